import Foundation
import SugarTestSupport
import Testing

/// What must be the same at the end of every growth. The kernel writes it, with its own times and
/// counts, so not every byte can be.
struct GrownDisk: Equatable, CustomStringConvertible {
  var table: String
  /// Of each file system: its shape, as its superblock tells it, and every file with its content.
  var volumes: [String]

  var description: String { ([table] + volumes).joined(separator: "\n") }

  private static let shape = [
    "Filesystem volume name", "Filesystem UUID", "Filesystem features", "Filesystem state",
    "Inode count", "Block count", "Reserved block count", "Free blocks", "Free inodes",
    "First block", "Block size", "Blocks per group", "Inode size", "Maximum mount count",
  ]

  /// Of a disk that nothing mounts. e2fsck must find no fault.
  init(_ disk: LoopDisk, partitions: [Int]) throws {
    try Tool("blockdev").check(["--flushbufs", disk.path])
    table = try Tool("sfdisk").check(["--dump", disk.path]).text
      .replacingOccurrences(of: disk.path, with: "disk")
    volumes = try partitions.map { number in
      // Of a partition that was right already the agent tells the kernel nothing.
      _ = try Tool("partx").run(["--add", "--nr", "\(number)", disk.path])
      let node = "\(disk.path)p\(number)"
      try Tool("e2fsck").check(["-f", "-n", node])
      // One program for all of it: starting one takes the tests' own kernel a fifth of a second.
      let questions = disk.file + ".questions"
      try Data(("stats -h\n" + Self.files.map { "cat /\($0)\n" }.joined()).utf8).write(
        to: URL(fileURLWithPath: questions))
      let answer = Data(try Tool("debugfs").check(["-f", questions, node]).output)
      let files = try #require(answer.range(of: Data("debugfs: cat ".utf8))).lowerBound
      return [
        Self.lines(answer[..<files], Self.shape), try Self.copy(node),
        "\(answer.count - files) bytes, \(answer[files...].hashValue)",
      ].joined(separator: "\n")
    }
  }

  /// What the first copy of the superblock says of itself: with it a torn one is mended.
  private static func copy(_ node: String) throws -> String {
    let head = try Tool("dumpe2fs").check([
      "-h", "-o", "superblock=8193", "-o", "blocksize=1024", node,
    ])
    return lines(
      Data(head.output), ["Filesystem features", "Filesystem state", "Maximum mount count"])
  }

  private static func lines(_ text: Data, _ names: [String]) -> String {
    String(decoding: text, as: UTF8.self).split(separator: "\n").filter { line in
      names.contains { line.hasPrefix("\($0):") }
    }.joined(separator: "\n")
  }

  /// What people have on a file system that grows.
  static let files = ["first", "last"]

  /// A folder with these files, for `mke2fs -d`.
  static func tree(_ folder: TemporaryDirectory) throws -> String {
    let tree = folder.path("tree")
    try FileManager.default.createDirectory(atPath: tree, withIntermediateDirectories: true)
    for (index, name) in files.enumerated() {
      let content = (0..<(200_000 + index * 7777)).map {
        UInt8(truncatingIfNeeded: $0 &* 31 &+ index)
      }
      try Data(content).write(to: URL(fileURLWithPath: "\(tree)/\(name)"))
    }
    return tree
  }
}
