import Foundation
import SugarExt4
import SugarModel
import SugarTestSupport
import Synchronization
import Testing

/// The volumes that the tests are run on.
enum Shape: String, CaseIterable, Sendable {
  case smallBlocks, usual, raspberryPiOS, orphanFile, indexed, indexedSmallBlocks

  /// Arguments of `mke2fs`. 64bit and metadata_csum are its defaults.
  var options: [String] {
    switch self {
    case .smallBlocks, .indexedSmallBlocks: ["-b", "1024", "-N", "3000"]
    case .usual, .indexed: ["-b", "4096", "-N", "3000"]
    case .raspberryPiOS: ["-b", "4096", "-N", "3000", "-O", "^64bit,^huge_file"]
    case .orphanFile:
      ["-b", "4096", "-N", "3000", "-O", "64bit,metadata_csum_seed,orphan_file"]
    }
  }

  var blockSize: Int { self == .smallBlocks || self == .indexedSmallBlocks ? 1024 : 4096 }
  var isIndexed: Bool { self == .indexed || self == .indexedSmallBlocks }
}

/// What a path of a volume leads to.
enum Content: Hashable, Sendable {
  case directory
  case file([UInt8])
  case link(String)
}

struct Item: Hashable, Sendable {
  var content: Content
  var mode: UInt16
  var owner: UInt32 = 0
  var group: UInt32 = 0
  /// Seconds since 1970; of files and links only.
  var modified: Int64?
}

/// Seconds since 1970 that the tests' edits leave, and those that the bases were made with.
let editTime: Int64 = 1_750_000_000
let baseTime: Int64 = 1_700_000_000

/// A volume in a file that `mke2fs` made, and what e2fsprogs says about it.
struct TestVolume {
  let folder: TemporaryDirectory
  let path: String

  init(_ bytes: [UInt8]) throws {
    folder = try TemporaryDirectory()
    path = folder.path("volume.img")
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  init(_ shape: Shape) throws { try self.init(Bases.bytes(shape)) }

  func open() throws -> Ext4Volume {
    try Ext4Volume.open(OpenFileStorage(path), name: "test volume")
  }

  /// Opens the volume for edits, and closes it after them.
  func edit(_ body: (borrowing Ext4Volume) throws -> Void) throws {
    let volume = try Ext4Volume.open(OpenFileStorage(path), name: "test volume", editing: editTime)
    try body(volume)
    try volume.close()
  }

  func bytes() throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

  /// The complaints of `e2fsck -fn`; empty when it finds nothing.
  func complaints() throws -> String {
    let answer = try Tool("e2fsck").run(["-fn", path])
    return answer.status == 0 ? "" : "exit \(answer.status)\n" + answer.text + answer.complaints
  }

  /// Runs commands of `debugfs`. It exits with 0 whatever happens, so its words are checked: one
  /// line per command that says nothing.
  @discardableResult
  func debugfs(_ commands: [String], writing: Bool = false) throws -> String {
    let file = folder.path("commands")
    try commands.map { $0 + "\n" }.joined().write(toFile: file, atomically: true, encoding: .utf8)
    let answer = try Tool("debugfs").check(
      (writing ? ["-w"] : []) + ["-f", file, path],
      environment: ["E2FSPROGS_FAKE_TIME": "\(editTime)"])
    let complaints = answer.complaints.split(separator: "\n").dropFirst()  // its version
    guard complaints.allSatisfy({ $0.contains("Operation not permitted") }) else {
      throw Tool.Refusal(description: complaints.joined(separator: "\n"))
    }
    return answer.text
  }
}

/// Volumes are made once and then copied.
enum Bases {
  private static let made = Mutex<[Shape: [UInt8]]>([:])

  /// The size of all of them.
  static let mebibytes = 16

  static func bytes(_ shape: Shape) throws -> [UInt8] {
    try made.withLock { made in
      if let bytes = made[shape] { return bytes }
      let bytes = try make(shape)
      made[shape] = bytes
      return bytes
    }
  }

  /// What the bases hold, besides `lost+found`.
  static func content(_ shape: Shape) -> [String: Item] {
    var items: [String: Item] = [
      "/etc": Item(content: .directory, mode: 0o755),
      "/etc/hostname": Item(content: .file(Array("raspberrypi\n".utf8)), mode: 0o644),
      "/etc/empty": Item(content: .file([]), mode: 0o600),
      "/etc/mtab": Item(content: .link("../proc/self/mounts"), mode: 0o777),
      "/usr": Item(content: .directory, mode: 0o755),
      "/usr/bin": Item(content: .directory, mode: 0o755),
      "/usr/bin/large": Item(
        content: .file((0..<200_000).map { UInt8(truncatingIfNeeded: $0 / 7) }), mode: 0o755),
      "/bin": Item(content: .link("usr/bin"), mode: 0o777),
      "/long": Item(
        content: .link("/" + String(repeating: "a/very/long/way/", count: 12)), mode: 0o777),
      "/big": Item(content: .directory, mode: 0o755),
    ]
    for number in 0..<(shape.isIndexed ? 500 : 3) {
      items["/big/file number \(number) with a name of some length"] = Item(
        content: .file(Array("\(number)\n".utf8)), mode: 0o644)
    }
    return items
  }

  private static func make(_ shape: Shape) throws -> [UInt8] {
    let folder = try TemporaryDirectory()
    let tree = folder.path("tree")
    try FileManager.default.createDirectory(atPath: tree, withIntermediateDirectories: true)
    let items = content(shape)
    for (path, item) in items.sorted(by: { $0.key < $1.key }) {
      switch item.content {
      case .directory:
        try FileManager.default.createDirectory(
          atPath: tree + path, withIntermediateDirectories: true)
      case .file(let bytes): try Data(bytes).write(to: URL(fileURLWithPath: tree + path))
      case .link(let target):
        try FileManager.default.createSymbolicLink(
          atPath: tree + path, withDestinationPath: target)
      }
      guard case .link = item.content else {
        try FileManager.default.setAttributes(
          [.posixPermissions: NSNumber(value: item.mode)], ofItemAtPath: tree + path)
        continue
      }
    }
    try Tool("find").check([tree, "-exec", "touch", "-h", "-d", "@\(baseTime)", "{}", "+"])
    let path = folder.path("volume.img")
    try ImageMaker.ext4(
      at: path, mebibytes: mebibytes, options: shape.options, tree: tree,
      indexed: shape.isIndexed)
    return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }
}
