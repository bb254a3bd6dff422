import Foundation
import SugarTestSupport

/// Five disks in an emulated PC, what the program said and did there, and what was left of them.
struct StickRun {
  static let (system, drive) = ("SYSTEM0001", "DRIVE0002")
  static let (good, other, broken, slow) = ("STICK0003", "STICK0004", "STICK0005", "STICK0006")

  /// Little, because the program reads all of such small disks, and is slow in emulation.
  static let imageSize = 12 << 20
  static let diskSize = 16 << 20
  static let brokenPlace = 5 << 20 + 3 << 10
  /// So slow that the run notes how far it is, every five seconds, before it ends.
  static let slowSpeed = 5 << 18

  private(set) var answers: [String: Program.Result] = [:]
  /// Digests of whole disks by serial number.
  private(set) var before: [String: String] = [:]
  private(set) var after: [String: String] = [:]
  /// Disks that begin with the image's own bytes.
  private(set) var holders: Set<String> = []
  /// Disks whose first 4 KiB are zeros.
  private(set) var empty: Set<String> = []
  /// Disks whose media the PC ejected, as QEMU saw it.
  private(set) var ejected: Set<String> = []
  private(set) var pulledOutAt = 0

  init() throws {
    let folder = try TemporaryDirectory()
    let serials = [Self.system, Self.drive, Self.good, Self.other, Self.broken, Self.slow]
    for serial in serials { try Self.fill(folder.path(serial)) }
    try Self.makeSystem(folder.path(Self.system), folder)
    let image = folder.path("share/image.img")
    try FileManager.default.createDirectory(
      atPath: folder.path("share"), withIntermediateDirectories: true)
    try Self.makeImage(image, folder)
    for serial in serials { before[serial] = try Tool.sha256(of: folder.path(serial)) }

    let pc = try EmulatedPC(
      folder.url.path,
      serials.map { serial in
        EmulatedPC.Disk(
          bus: serial == Self.system ? .sata : serial == Self.drive ? .nvme : .usb, serial: serial,
          file: folder.path(serial),
          flaw: serial == Self.broken
            ? .badSector(Self.brokenPlace / 512)
            : serial == Self.slow ? .slow(Self.slowSpeed) : .none)
      }, running: Self.script)
    for step in ["disks", "shown", "refused", "several"] { answers[step] = try pc.answer(step) }
    try pc.wait("the note how far it is") {
      pulledOutAt = Self.noted(in: pc.share + "/cache/sugarimage/flash")
      return pulledOutAt > 0
    }
    try pc.pullOut(Self.slow)
    for step in ["pulled", "gone"] { answers[step] = try pc.answer(step) }
    try pc.putIn(Self.slow)
    for step in ["resumed", "written", "ejected", "size", "broken"] {
      answers[step] = try pc.answer(step)
    }
    try pc.waitForEnd()

    let bytes = try Data(contentsOf: URL(fileURLWithPath: image))
    for serial in serials {
      if pc.monitor.sawEjection(of: serial) { ejected.insert(serial) }
      let file = URL(fileURLWithPath: folder.path(serial))
      after[serial] = try Tool.sha256(of: file.path)
      let content = try Data(contentsOf: file)
      if content.prefix(bytes.count) == bytes { holders.insert(serial) }
      if content.prefix(4096).allSatisfy({ $0 == 0 }) { empty.insert(serial) }
    }
  }

  /// What was said at a step.
  func said(_ step: String) -> Program.Result {
    answers[step] ?? Program.Result(status: -1, output: "", complaints: "there is no \(step)")
  }

  private static let script = """
    flash() { step "$1" "$sugarimage" flash /share/image.img "${@:2}"; }
    write() { flash "$1" --disk "$2" --write --yes --expect-serial "$2" "${@:3}"; }

    # The kernel finds sticks one after the other, and udev knows of none that it has not found.
    for serial in \(system) \(drive) \(good) \(other) \(broken) \(slow); do
      until named $serial >/dev/null; do sleep 0.1; done
    done
    disk=$(named \(good))
    step disks "$sugarimage" disks --json
    flash shown --disk \(good)
    write refused \(system)
    flash several --write --yes --expect-serial \(good)
    write pulled \(slow)
    until ! named \(slow) >/dev/null; do sleep 0.1; done
    step gone true
    until named \(slow) >/dev/null; do sleep 0.1; done
    write resumed \(slow) --json
    write written \(good)
    step ejected "$sugarimage" disks --json
    step size cat "/sys/block/$disk/size"
    write broken \(broken)
    """

  /// How far the run on the slow stick says it is.
  private static func noted(in folder: String) -> Int {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for name in names where name.hasSuffix(".journal") {
      let lines = ((try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)) ?? "").split(
        separator: "\n")
      guard let first = lines.first, first.contains(slow), let last = lines.last,
        last.hasPrefix("done ")
      else { continue }
      return Int(last.dropFirst("done ".count)) ?? 0
    }
    return 0
  }

  // MARK: what is on the disks

  /// Old bytes at a few places, as a used stick has them.
  private static func fill(_ path: String) throws {
    let random = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/dev/urandom"))
    try Data().write(to: URL(fileURLWithPath: path))
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    for place in [0, 2 << 20, 7 << 20, 14 << 20, diskSize - 16 << 10] {
      try file.seek(toOffset: UInt64(place))
      try file.write(contentsOf: random.read(upToCount: 16 << 10) ?? Data())
    }
  }

  /// The PC's own disk. Its root leads to this machine's folders, and has a few of its own.
  private static func makeSystem(_ path: String, _ folder: TemporaryDirectory) throws {
    let tree = folder.path("tree")
    let files = FileManager.default
    let own = ["proc", "sys", "dev", "run", "tmp", "host", "share"]
    for name in own {
      try files.createDirectory(atPath: "\(tree)/\(name)", withIntermediateDirectories: true)
    }
    for name in try files.contentsOfDirectory(atPath: "/")
    where !own.contains(name) && name != "lost+found" {
      try files.createSymbolicLink(
        atPath: "\(tree)/\(name)", withDestinationPath: EmulatedPC.path("/\(name)"))
    }
    try files.removeItem(atPath: path)
    try Data().write(to: URL(fileURLWithPath: path))
    try FileHandle(forWritingTo: URL(fileURLWithPath: path)).truncate(atOffset: UInt64(diskSize))
    try Tool("sh").check([
      "-c", "printf 'label: dos\\nstart=2048\\n' | sfdisk --quiet \"$1\"", "sh", path,
    ])
    try Tool("mke2fs").check([
      "-q", "-t", "ext4", "-L", "system", "-d", tree, "-E", "offset=\(1 << 20)", path,
      "\(diskSize >> 20 - 2)m",
    ])
  }

  /// An image that is not ours: one FAT partition, with a file that fills it. Most of the file is zeros,
  /// which are written like anything else and need no digest when a disk is looked at.
  private static func makeImage(_ path: String, _ folder: TemporaryDirectory) throws {
    let payload = folder.path("payload")
    let random = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/dev/urandom"))
    var content = Data()
    while content.count < imageSize - 2 << 20 {
      content += try random.read(upToCount: 4 << 10) ?? Data()
      content += Data(count: 60 << 10)
    }
    try content.write(to: URL(fileURLWithPath: payload))
    try Data().write(to: URL(fileURLWithPath: path))
    try FileHandle(forWritingTo: URL(fileURLWithPath: path)).truncate(atOffset: UInt64(imageSize))
    try Tool("sh").check([
      "-c", "printf 'label: dos\\nstart=2048, type=c\\n' | sfdisk --quiet \"$1\"", "sh", path,
    ])
    try Tool("mkfs.vfat").check([
      "--offset", "2048", "-n", "OTHERS", path, "\(imageSize >> 10 - 1024)",
    ])
    try Tool("mcopy").check(["-i", "\(path)@@1M", payload, "::/payload"])
  }
}
