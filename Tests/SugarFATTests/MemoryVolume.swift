import Foundation
import SugarFAT
import SugarModel
import SugarTestSupport

/// Small volumes in memory with a few files, for tests that break something.
enum SmallShape: String, CaseIterable, Sendable {
  case fat12, fat16, fat32

  /// FAT32 with few clusters: `mkfs.vfat` warns, Linux and `fsck.vfat` read it.
  var arguments: [String] {
    switch self {
    case .fat12: return ["-F", "12", "-r", "32"]
    case .fat16: return ["-F", "16", "-s", "1"]
    case .fat32: return ["-F", "32", "-s", "1", "-a"]
    }
  }

  var mebibytes: Int {
    switch self {
    case .fat12: return 1
    case .fat16, .fat32: return 3
    }
  }

  static let files: [String: Content] = [
    "config.txt": .file(pattern(1500, 1)), "overlays": .directory,
    "overlays/a long name of an overlay.dtbo": .file(pattern(5000, 2)),
    "overlays/README": .file(pattern(100, 3)), "empty": .file([]),
    "kernel_2712.img": .file(pattern(30_000, 4)),
  ]

  static func pattern(_ count: Int, _ seed: UInt8) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 / 256) ^ seed }
  }

  /// The bytes of a volume that holds `files`.
  func bytes() throws -> [UInt8] {
    let test = try TestVolume(arguments, mebibytes: mebibytes)
    var volume = try test.open()
    try volume.makeDirectory("overlays", modified: someTime)
    for (path, content) in Self.files.sorted(by: { $0.key < $1.key }) {
      if case .file(let bytes) = content { try volume.write(bytes, to: path, modified: someTime) }
    }
    return try test.bytes()
  }

  func memory() throws -> MemoryStorage { MemoryStorage(try bytes()) }
}

extension MemoryStorage {
  /// What `fsck.vfat -n` says of a copy; empty when it finds nothing.
  func complaints() throws -> String {
    let folder = try TemporaryDirectory()
    let path = folder.path("copy.img")
    try Data(content).write(to: URL(fileURLWithPath: path))
    return try TestVolume.complaints(path)
  }
}
