import Foundation
import SugarFAT
import SugarModel
import SugarTestSupport
import Testing

/// The volumes that the tests are run on.
enum Shape: String, CaseIterable, Sendable {
  case fat12, fat16, fat32Small, fat32Large

  var mebibytes: Int {
    switch self {
    case .fat12: return 1
    case .fat16: return 16
    case .fat32Small: return 64
    case .fat32Large: return 300  // mtools knows FAT32 by having 65 525 clusters
    }
  }

  var kind: FATKind {
    switch self {
    case .fat12: return .fat12
    case .fat16: return .fat16
    case .fat32Small, .fat32Large: return .fat32
    }
  }

  /// Arguments of `mkfs.vfat`; `fat32Small` is what Raspberry Pi OS uses.
  var arguments: [String] {
    switch self {
    case .fat12: return ["-F", "12"]
    case .fat16: return ["-F", "16"]
    case .fat32Small: return ["-F", "32", "-s", "1"]
    case .fat32Large: return ["-F", "32", "-s", "8"]
    }
  }
}

/// What a path of a volume leads to.
enum Content: Hashable, Sendable {
  case directory
  case file([UInt8])
}

/// A volume in a file that `mkfs.vfat` made, and what mtools and `fsck.vfat` say about it.
struct TestVolume {
  let folder: TemporaryDirectory
  let path: String

  init(_ shape: Shape) throws {
    try self.init(shape.arguments, mebibytes: shape.mebibytes)
  }

  init(_ arguments: [String], mebibytes: Int) throws {
    folder = try TemporaryDirectory()
    path = folder.path("volume.img")
    let fixed = ["-C", "-n", "bootfs", "-i", "12345678"]
    try Tool("mkfs.vfat").check(fixed + arguments + [path, "\(mebibytes * 1024)"])
  }

  init(copying other: TestVolume) throws {
    folder = try TemporaryDirectory()
    path = folder.path("volume.img")
    try Tool("cp").check(["--sparse=always", other.path, path])
  }

  func open() throws -> FATVolume { try FATVolume.open(OpenFileStorage(path)) }

  func bytes() throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

  /// The complaints of `fsck.vfat -n`; empty when it finds nothing.
  func complaints() throws -> String { try Self.complaints(path) }

  static func complaints(_ path: String) throws -> String {
    let answer = try Tool("fsck.vfat").run(["-n", path])
    // One line with its version, one that sums up.
    let lines = answer.text.split(separator: "\n")
    return answer.status == 0 && lines.count == 2
      ? "" : "exit \(answer.status)\n" + answer.text + answer.complaints
  }

  /// Every file with its bytes, and every directory, as `mcopy` gets them out.
  func contentsByMtools() throws -> [String: Content] {
    let out = try TemporaryDirectory()
    guard try !mtools("mdir", ["-b", "-/", "::"]).isEmpty else { return [:] }
    try mtools("mcopy", ["-s", "-n", "-Q", "::*", out.url.path])
    var result: [String: Content] = [:]
    let start = out.url.resolvingSymlinksInPath().path.count + 1
    let walk = FileManager.default.enumerator(
      at: out.url.resolvingSymlinksInPath(), includingPropertiesForKeys: [.isDirectoryKey])
    while let url = walk?.nextObject() as? URL {
      let name = String(url.path.dropFirst(start))
      let isDirectory = try url.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true
      result[name] = isDirectory ? .directory : .file([UInt8](try Data(contentsOf: url)))
    }
    return result
  }

  /// Runs one of mtools on the volume.
  @discardableResult
  func mtools(_ name: String, _ arguments: [String]) throws -> [UInt8] {
    // Short names are in the code page that Linux takes by default; mtools has another default.
    let settings = folder.path("mtoolsrc")
    try Data("default_codepage=437\n".utf8).write(to: URL(fileURLWithPath: settings))
    return try Tool(name).check(["-i", path] + arguments, environment: ["MTOOLSRC": settings])
      .output
  }
}

extension FATVolume {
  /// Every file with its bytes, and every directory, as we read them.
  borrowing func contents() throws -> [String: Content] {
    var result: [String: Content] = [:]
    var waiting = [""]
    while let path = waiting.popLast() {
      for entry in try list(path) {
        let name = path.isEmpty ? entry.name : path + "/" + entry.name
        result[name] = entry.isDirectory ? .directory : .file(try read(name))
        if entry.isDirectory { waiting.append(name) }
      }
    }
    return result
  }
}

let someTime = FATTime(unixSeconds: 1_750_000_000)
