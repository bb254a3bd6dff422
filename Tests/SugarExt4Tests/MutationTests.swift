import Foundation
import SugarExt4
import SugarModel
import SugarTestSupport
import Testing

/// Seeded damage: whatever the bytes say, a call succeeds or throws, and comes back.
@Suite struct MutationTests {
  /// Small volumes, with checksums and without: without, damage reaches further.
  static let volumes = Result {
    try [["-b", "1024"], ["-b", "1024", "-O", "^metadata_csum"]].map { options in
      let folder = try TemporaryDirectory()
      let tree = folder.path("tree")
      try FileManager.default.createDirectory(
        atPath: tree + "/folder/below", withIntermediateDirectories: true)
      for number in 0..<150 {
        try Data("\(number)".utf8).write(
          to: URL(fileURLWithPath: "\(tree)/folder/a file with the number \(number)"))
      }
      try Data(count: 200_000).write(to: URL(fileURLWithPath: tree + "/large"))
      for (name, length) in [("fast", 20), ("slow", 400)] {
        try FileManager.default.createSymbolicLink(
          atPath: "\(tree)/\(name)", withDestinationPath: String(repeating: "x/", count: length / 2)
        )
      }
      let path = folder.path("volume.img")
      try ImageMaker.ext4(
        at: path, mebibytes: 4, options: options + ["-N", "256"], tree: tree, indexed: true)
      return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var area: String
    /// Bytes of the volume that are changed.
    var range: Range<Int>
    var hasChecksums: Bool
    var testDescription: String { "\(area)\(hasChecksums ? ", with checksums" : "")" }
  }

  static let cases = [false, true].flatMap { hasChecksums in
    [
      ("superblock", 1024..<2048), ("superblock, its numbers", 1024..<1144),
      ("group descriptors", 2048..<2112), ("everything before the data", 2048..<(200 << 10)),
      ("anything", 1024..<(4 << 20)),
    ].map { Case(area: $0.0, range: $0.1, hasChecksums: hasChecksums) }
  }

  @Test(arguments: cases) func neverCrashes(_ row: Case) throws {
    let bytes = try Self.volumes.get()[row.hasChecksums ? 0 : 1]
    let start = ContinuousClock.now
    for seed in 0..<60 {
      var random = SeededGenerator(seed: UInt64(seed))
      var broken = bytes
      for _ in 0..<Int.random(in: 1...12, using: &random) {
        let place = Int.random(in: row.range, using: &random)
        // Zeros and ones besides noise: they make the largest and the smallest numbers.
        let value = [0, 0xff, UInt8.random(in: 0...255, using: &random)]
          .randomElement(using: &random)
        broken[place] = value ?? 0
      }
      tryEverything(MemoryStorage(broken))
    }
    #expect(ContinuousClock.now - start < .seconds(30))
  }

  /// The tables of inodes and directories are few bytes of a volume; these hit them.
  @Test(arguments: [false, true]) func brokenInodes(_ hasChecksums: Bool) throws {
    let bytes = try Self.volumes.get()[hasChecksums ? 0 : 1]
    // The first group's table: the place of its block stands in the group's descriptor.
    let table = 1024 * (0..<4).reduce(0) { $0 | Int(bytes[2048 + 8 + $1]) << (8 * $1) }
    for seed in 0..<200 {
      var random = SeededGenerator(seed: UInt64(seed))
      var broken = bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let inode = [1, 7, 10, 11, 12, 13, 14, 15, 160, 163].randomElement(using: &random) ?? 1
        let place = table + 256 * inode + Int.random(in: 0..<160, using: &random)
        broken[place] =
          [0, 0xff, 0x80, UInt8.random(in: 0...255, using: &random)]
          .randomElement(using: &random) ?? 0
      }
      tryEverything(MemoryStorage(broken))
    }
  }

  /// A link's inode that claims to be huge is not read to its end.
  @Test func hugeLink() throws {
    var bytes = try Self.volumes.get()[1]
    let folder = try TemporaryDirectory()
    let path = folder.path("volume.img")
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    try Tool("debugfs").check(["-w", "-R", "set_inode_field /slow size 0x3fffffffffff", path])
    bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    let volume = try Ext4Volume.open(MemoryStorage(bytes), name: "root")
    let start = ContinuousClock.now
    #expect(throws: Ext4Error.self) { _ = try volume.entry(at: "/slow") }
    #expect(throws: Ext4Error.self) { _ = try volume.target(of: "/slow") }
    #expect(ContinuousClock.now - start < .seconds(5))
  }

  private func tryEverything(_ storage: MemoryStorage) {
    if let volume = try? Ext4Volume.open(storage, name: "root") { walk(volume) }
    guard let volume = try? Ext4Volume.open(storage, name: "root", editing: editTime) else {
      return
    }
    let access = Ext4Access(mode: 0o644)
    try? volume.write(MemoryStorage(size: 50_000), to: "/large", access: access)
    try? volume.write(MemoryStorage([1]), to: "/folder/new", access: access)
    try? volume.makeDirectory("/folder/below/more", access: access)
    try? volume.link("/slow", to: String(repeating: "y", count: 200))
    _ = try? volume.remove("/folder/a file with the number 7")
    _ = try? volume.remove("/folder/below")
    try? volume.rename("/fast", to: "slower")
    try? volume.close()
  }

  private func walk(_ volume: borrowing Ext4Volume) {
    var folders = ["/"]
    var visits = 0
    while let folder = folders.popLast(), visits < 400 {
      for name in (try? volume.list(folder)) ?? [] {
        visits += 1
        let path = "\(folder == "/" ? "" : folder)/\(name)"
        guard visits < 400, let entry = try? volume.entry(at: path) else { continue }
        switch entry.kind {
        case .directory: if path.utf8.count < 200 { folders.append(path) }
        case .file: _ = try? volume.read(path, limit: .mib(1))
        case .symlink: _ = try? volume.target(of: path)
        case .special: break
        }
      }
    }
  }
}
