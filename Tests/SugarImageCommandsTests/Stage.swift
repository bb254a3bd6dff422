import Foundation
import SugarTestSupport

/// A small fleet, built, and a program in QEMU's place that plays a scene for each boot of a node.
final class Stage {
  private let fleet: SmallFleet
  private let folder: TemporaryDirectory

  /// - Parameter scenes: for each node what each of its boots does; the last one is played again.
  ///   `say TEXT`, `reset` and `off` as the guest does it, `die` without a word, `hang`, `button`:
  ///   wait for the power button.
  init(_ scenes: [String: [[String]]]) throws {
    folder = try TemporaryDirectory()
    fleet = try SmallFleet(more: "overlays: [kernel]")
    // So that nobody looks for another kernel.
    try fleet.put(
      "kernel/drivers/net/virtio_net.ko\nkernel/drivers/virtio/virtio_pci.ko\n",
      at: "overlays/kernel/root/usr/lib/modules/6.1/modules.builtin")
    try fleet.keys()
    let built = try fleet.run()
    guard built.status == 0 else { throw Program.Failure(description: built.complaints) }
    let program = folder.path("bin/qemu-system-aarch64")
    try FileManager.default.createDirectory(
      atPath: folder.path("bin"), withIntermediateDirectories: true)
    try Self.player.write(toFile: program, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
    for (node, boots) in scenes {
      let text = boots.map { $0.joined(separator: "\n") }.joined(separator: "\n--\n")
      try text.write(toFile: folder.path(node), atomically: true, encoding: .utf8)
    }
  }

  var environment: [String: String] {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return fleet.environment.merging([
      "PATH": "\(folder.path("bin")):\(path)", "STAGE": folder.path(""),
      "SUGARIMAGE_SHARE": Program.repository, "REHEARSAL": Program.path, "FLEET": fleet.folder,
      "OUT": fleet.output,
    ]) { $1 }
  }

  func rehearse(_ words: [String]) throws -> Program.Result {
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path(""))
    where name.hasSuffix(".boots") {
      try FileManager.default.removeItem(atPath: folder.path(name))
    }
    return try Program.run(
      ["rehearse", fleet.folder] + words + ["--output", fleet.output], environment: environment)
  }

  /// The same, ended by a signal once the node has spoken.
  func rehearseInterrupted(_ words: [String], by signal: String) throws -> Program.Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = ["rehearse", fleet.folder] + words + ["--output", fleet.output]
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let complaints = Pipe()
    process.standardOutput = FileHandle.nullDevice
    process.standardError = complaints
    try process.run()
    var text = ""
    while !text.contains("peers waiting") {
      let data = complaints.fileHandleForReading.availableData
      if data.isEmpty { break }
      text += String(decoding: data, as: UTF8.self)
    }
    try Tool("kill").check(["-\(signal)", "\(process.processIdentifier)"])
    _ = complaints.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Program.Result(status: process.terminationStatus, output: "", complaints: text)
  }

  func report(_ answer: Program.Result) throws -> RehearsalRun.Report {
    try RehearsalRun(folder: "", answer: answer).report()
  }

  /// The words of the last emulator of this node, each on a line.
  func words(_ node: String) throws -> String {
    try String(contentsOfFile: folder.path(node + ".words"), encoding: .utf8)
  }

  /// Emulators of this stage that still run.
  func processes() throws -> [String] {
    // What was killed with its parent is gone a moment later.
    for _ in 0..<50 {
      let found = try Tool("pgrep").run(["-f", folder.path("bin/qemu-system-aarch64")]).text
      if found.isEmpty { return [] }
      usleep(100_000)
    }
    return try Tool("pgrep").run(["-af", folder.path("bin/qemu-system-aarch64")]).text
      .split(separator: "\n").map(String.init)
  }

  /// Neither an emulator runs, nor is there a disk.
  func isEmpty() throws -> Bool {
    let left = try FileManager.default.contentsOfDirectory(atPath: fleet.output + "/rehearsal")
    return try processes().isEmpty && left.allSatisfy { $0.hasSuffix(".console.log") }
  }

  private static let player = """
    #!/usr/bin/python3
    import json, os, sys, time
    words = sys.argv[1:]
    if "--version" in words:
        sys.exit(print("QEMU emulator version 7.2.0"))
    if "virt,help" in words:
        sys.exit(print("dtb-randomness=<bool>"))
    stage, node = os.environ["STAGE"], words[words.index("-name") + 1]
    boots = os.path.join(stage, node + ".boots")
    count = int(open(boots).read()) if os.path.exists(boots) else 0
    open(boots, "w").write(str(count + 1))
    open(os.path.join(stage, node + ".words"), "w").write("\\n".join(words) + "\\n")
    scenes = open(os.path.join(stage, node)).read().split("\\n--\\n")
    monitor = os.fdopen(3, "rb+", buffering=0)
    def end(reason):
        monitor.write((json.dumps({"event": "SHUTDOWN", "data": {"guest": True, "reason": reason}}) + "\\r\\n").encode())
        sys.exit()
    for line in scenes[min(count, len(scenes) - 1)].splitlines():
        verb, _, rest = line.partition(" ")
        if verb == "say":
            print(rest, end="\\r\\n", flush=True)
            time.sleep(0.02)
        elif verb == "reset":
            end("guest-reset")
        elif verb == "off":
            end("guest-shutdown")
        elif verb == "die":
            sys.exit(1)
        elif verb == "button":
            os.set_blocking(3, True)
            while b"system_powerdown" not in monitor.read(4096):
                pass
            end("guest-shutdown")
        elif verb == "hang":
            time.sleep(600)

    """
}
