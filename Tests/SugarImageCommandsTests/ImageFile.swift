import Foundation
import SugarTestSupport

/// A whole image as other people's tools see it.
struct ImageFile {
  let path: String
  /// Bytes at which the boot partition starts.
  let bootStart: Int
  let bootSize: Int
  let rootStart: Int
  let diskID: String
  let types: [String]

  init(path: String) throws {
    self.path = path
    let json = try Tool("sfdisk").check(["--json", path]).text
    let table = try JSONDecoder().decode(Sfdisk.self, from: Data(json.utf8)).partitiontable
    guard table.partitions.count == 2 else {
      throw Program.Failure(description: "not two partitions: \(json)")
    }
    (bootStart, bootSize) = (table.partitions[0].start * 512, table.partitions[0].size * 512)
    rootStart = table.partitions[1].start * 512
    diskID = String(table.id.dropFirst(2))
    types = table.partitions.map(\.type)
  }

  private struct Sfdisk: Decodable {
    struct Partition: Decodable {
      var start: Int
      var size: Int
      var type: String
    }
    struct Table: Decodable {
      var id: String
      var partitions: [Partition]
    }
    var partitiontable: Table
  }

  /// The root file system, as e2fsprogs address it.
  var rootName: String { "\(path)?offset=\(rootStart)" }

  /// A file of the root file system, by debugfs.
  func root(_ file: String) throws -> String {
    let answer = try Tool("debugfs").run(["-R", "cat \(file)", rootName])
    guard !answer.complaints.contains("not found") else {
      throw Program.Failure(description: "\(file): \(answer.complaints)")
    }
    return answer.text
  }

  func exists(_ file: String) throws -> Bool {
    let answer = try Tool("debugfs").run(["-R", "stat \(file)", rootName])
    return answer.text.contains("Inode:")
  }

  /// Owner, group and mode as `0:0 0600`, and the type, by debugfs.
  func access(_ file: String) throws -> String {
    let text = try Tool("debugfs").run(["-R", "stat \(file)", rootName]).text
    func word(after label: String) -> String {
      guard let range = text.range(of: label) else { return "?" }
      return String(text[range.upperBound...].drop { $0 == " " }.prefix { !$0.isWhitespace })
    }
    return "\(word(after: "User:")):\(word(after: "Group:")) \(word(after: "Mode:"))"
  }

  /// Where a short symbolic link points, by debugfs.
  func link(_ file: String) throws -> String {
    let text = try Tool("debugfs").run(["-R", "stat \(file)", rootName]).text
    guard let range = text.range(of: "Fast link dest: \"") else { return "" }
    return String(text[range.upperBound...].prefix { $0 != "\"" })
  }

  /// A file of the boot partition, by mtools.
  func boot(_ file: String) throws -> String {
    String(decoding: try bootBytes(file), as: UTF8.self)
  }

  func bootBytes(_ file: String) throws -> [UInt8] {
    try Tool("mtype").check(["-i", "\(path)@@\(bootStart)", "::/\(file)"]).output
  }

  func checkRoot() throws -> (status: Int32, text: String) {
    let answer = try Tool("e2fsck").run(["-fn", rootName])
    return (answer.status, answer.text + answer.complaints)
  }

  /// fsck.vfat wants the partition as a file of its own.
  func checkBoot() throws -> (status: Int32, text: String) {
    let copy = path + ".boot"
    defer { try? FileManager.default.removeItem(atPath: copy) }
    try Tool("dd").check([
      "if=\(path)", "of=\(copy)", "bs=1M", "iflag=skip_bytes,count_bytes", "skip=\(bootStart)",
      "count=\(bootSize)", "conv=sparse", "status=none",
    ])
    let answer = try Tool("fsck.vfat").run(["-n", copy])
    return (answer.status, answer.text + answer.complaints)
  }

  /// Takes one file of the root file system out of the image.
  func extract(_ file: String, to path: String) throws {
    try Tool("debugfs").check(["-R", "dump \(file) \(path)", rootName])
  }

  /// Takes the whole root file system out of the image.
  func extractRoot(to folder: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Tool("debugfs").check(["-R", "rdump / \(folder)", rootName])
  }
}
