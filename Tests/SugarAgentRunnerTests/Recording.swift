import Foundation
import SugarAgentPlan
import SugarAgentRunner
import SugarHost
import SugarModel
import SugarTestSupport
import Testing

/// What the agent did to a disk in one run: every write, and the agent's own files as they were at
/// each line of its journal.
final class Recording {
  /// The agent's state at one moment.
  struct Snapshot {
    /// A copy of the state folder.
    var state: String
    /// How long the log of writes was then.
    var position: UInt64
    var lines: Int
  }

  let baseFile: String
  let base: [UInt8]
  private(set) var writes: [RecordedWrite] = []
  /// What the operation's end is known by.
  private(set) var final = ""
  private var snapshots: [Snapshot] = []

  init(_ bench: AgentBench, _ disk: LoopDisk, _ operation: CutOperation) throws {
    baseFile = disk.file
    disk.detach()
    base = [UInt8](try Data(contentsOf: URL(fileURLWithPath: disk.file)))
    let recorder = try WriteRecorder(bench.folder, base: disk.file)
    let recorded = try LoopDisk(bench.folder, serial: AgentBench.serial, file: recorder.file)
    bench.disks = [recorded]
    try operation.boot(bench, recorded)
    try Files.makeDirectory(bench.places.state, mode: 0o700)
    try snapshot(bench, recorder)
    bench.onAppend = { [unowned self] in try self.snapshot(bench, recorder) }
    bench.boot = "boot-of-the-cut"
    let ruling = try bench.run()
    bench.onAppend = {}
    try #require(ruling.decision == .keep, "\(ruling.decision)")
    try bench.unmount()
    final = try operation.end(recorded)
    bench.disks = []
    recorded.detach()
    writes = try recorder.finish()
  }

  private func snapshot(_ bench: AgentBench, _ recorder: WriteRecorder) throws {
    let copy = bench.folder.path("state-\(snapshots.count)")
    try Tool("cp").check(["-a", bench.places.state, copy])
    let journal = (try? Files.read(bench.places.journal)) ?? []
    snapshots.append(
      Snapshot(
        state: copy, position: recorder.position, lines: journal.count { $0 == 10 }))
  }

  /// What the agent's files can have been when the power went in that state: as they were when the
  /// last write began, and, when it was whole, as they became before the next one.
  func snapshots(around state: DiskState) -> [Snapshot] {
    let begin = state.cut > 0 ? writes[state.cut - 1].end : 0
    let next = writes[state.cut].end
    let earliest = snapshots.lastIndex { $0.position <= max(begin, 512) } ?? 0
    guard !state.isTorn else { return [snapshots[earliest]] }
    let latest = snapshots.lastIndex { $0.position <= next } ?? earliest
    return (earliest...max(earliest, latest)).map { snapshots[$0] }
  }
}

extension AgentBench {
  /// `/` is partition 2 of this disk, as far as the agent can see.
  func pretendToRun(from disk: LoopDisk) throws {
    for number in 1...2 { _ = try Tool("partx").run(["--add", "--nr", "\(number)", disk.path]) }
    let device = try String(
      contentsOfFile: "/sys/block/\(disk.name)/\(disk.name)p2/dev", encoding: .utf8)
    try fake(
      "/proc/self/mountinfo",
      "27 1 \(device.trimmingCharacters(in: .whitespacesAndNewlines)) / / rw - ext4 /dev/root rw\n")
  }
}

extension Recipe {
  /// A boot disk with a small root that nothing mounts, with the files of a folder in it.
  static func raspberryMedium(
    _ bench: AgentBench, _ disk: LoopDisk, mebibytes: Int = 8, tree: String? = nil
  ) throws {
    try table(
      disk,
      "label: dos\nlabel-id: 0x\(bench.imageID)\n\nstart=2048, size=4MiB, type=c\nsize=\(mebibytes)MiB, type=83\n"
    )
    let file = disk.file + ".root"
    try Tool("truncate").check(["--size", "\(mebibytes)M", file])
    let content = tree.map { ["-d", $0] } ?? []
    try Tool("mke2fs").check(["-q", "-F", "-t", "ext4", "-L", "rootfs"] + content + [file])
    try Tool("dd").check(["if=\(file)", "of=\(disk.path)", "bs=1M", "seek=5", "conv=fsync"])
    try bench.pretendToRun(from: disk)
  }
}
