import Foundation
import SugarAgentPlan
import SugarAgentRunner
import SugarHost
import SugarModel
import SugarTestSupport
import Testing

/// A node with real block devices: the agent's own code, the system's own programs.
final class AgentBench {
  static let serial = "S5GXNF0R"
  let folder: TemporaryDirectory
  var disks: [LoopDisk] = []
  var layout: DiskLayout
  var consents: [String] = []
  var isSettled = true
  var boot = "boot-1"
  var told: [String] = []
  var onTell: (String) -> Void = { _ in }
  /// Called after each line of the journal.
  var onAppend: () throws -> Void = {}
  var afterRun: () -> Void = {}
  private var mounted: [String] = []
  /// The MBR id that the node's image has.
  var imageID = "0badcafe"
  var rootSize = ByteCount.mib(24)

  init(_ wishes: [PartitionWish] = [PartitionWish(number: 1, label: "data", size: .rest)]) throws {
    folder = try TemporaryDirectory.inMemory()
    layout = DiskLayout(
      name: "data", place: .disk(DiskSelector(identifiers: [Self.serial])), partitions: wishes)
    try Files.makeDirectory(folder.path("root/etc"), mode: 0o755)
    // This machine's own disks are none of the tests' business.
    for name in try Files.list("/sys/block") where !name.hasPrefix("loop") {
      try fake("/sys/block/\(name)/size", "0")
    }
  }

  @discardableResult
  func add(serial: String? = serial, mebibytes: UInt64 = 64, sectorSize: Int = 512) throws
    -> LoopDisk
  {
    let disk = try LoopDisk(
      folder, serial: serial, mebibytes: mebibytes, sectorSize: sectorSize)
    disks.append(disk)
    return disk
  }

  /// Somebody has a device open for himself alone for a second, from the moment of these words on.
  func hold(_ device: String, at words: String) {
    onTell = { if $0.contains(words) { Self.hold(device) } }
  }

  static func hold(_ device: String) {
    let descriptor = open(device, O_RDONLY | O_EXCL | O_CLOEXEC)
    #expect(descriptor >= 0, "\(device)")
    Thread.detachNewThread {
      sleep(1)
      close(descriptor)
    }
  }

  /// Lays a file over this machine's own: `/proc/self/mountinfo`.
  func fake(_ path: String, _ text: String) throws {
    let place = URL(fileURLWithPath: folder.path("machine") + path)
    try FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: place)
  }

  var places: AgentPlaces { AgentPlaces(root: folder.path("root")) }
  var finder: DiskFinder {
    DiskFinder(
      SystemTree(overlays: [folder.path("machine")]), loops: Set(disks.map(\.name)))
  }

  var identity: NodeIdentity {
    NodeIdentity(
      fleet: "sugarkube", site: "lab", node: "sugarkube0", domain: "sugarkube.home.arpa",
      generation: 1,
      cluster: ClusterIdentity(
        name: "prod", tier: "prod", distribution: "k3s", version: "v1.33.5+k3s1",
        pin: String(repeating: "0", count: 64), server: nil, members: [], binaryIncluded: false),
      role: .serverInit, spare: false, address: nil, networks: [], labels: [:], taints: [],
      disk: DiskIdentity(target: "sd", id: imageID, rootSize: rootSize),
      boot: BootIdentity(order: nil, hardware: "rpi5-8"),
      base: BaseIdentity(os: "test", name: "test", sha256: "", standIn: nil), clockFloor: 1)
  }

  func worker() throws -> DiskWorker {
    let settings = AgentSettings(
      places: places, finder: finder, consents: consents, isSettled: isSettled,
      fixedTime: 1_767_225_600)
    let journal = try AgentJournal(places.journal, boot: boot) { 1_767_225_600 }
    journal.onAppend = { [self] in
      do { try onAppend() } catch { Issue.record(error) }
    }
    return DiskWorker(settings: settings, identity: identity, journal: journal) { [self] line in
      told.append(line)
      onTell(line)
    }
  }

  /// One boot's work on the layout.
  @discardableResult
  func run() throws -> DiskRuling {
    defer { afterRun() }
    return try worker().run(layout)
  }

  /// Really mounts a partition until the bench goes.
  @discardableResult
  func mount(_ node: String) throws -> String {
    let place = folder.path("mount-\(mounted.count)")
    try Files.makeDirectory(place)
    try Tool("mount").check(["-t", "ext4", node, place])
    mounted.append(place)
    return place
  }

  func unmount() throws {
    for place in mounted.reversed() { try Tool("umount").check([place]) }
    mounted = []
  }

  deinit { try? unmount() }

  func history() throws -> DiskHistory {
    try AgentJournal(places.journal, boot: boot) { 0 }.history
  }

  func digests() throws -> [String] { try disks.map { try $0.digest() } }
}

/// `CREATE`, or `REFUSE too-small`.
func word(_ decision: DiskDecision) -> String {
  if case .refuse(let refusal) = decision { return "REFUSE \(refusal.code.rawValue)" }
  return decision.word
}
