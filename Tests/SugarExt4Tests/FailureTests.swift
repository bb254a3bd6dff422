import SugarExt4
import SugarModel
import SugarTestSupport
import Testing

/// Volumes without room, storages that give up, and bytes that are wrong: an error each time, and
/// never a crash.
@Suite struct FailureTests {
  private static let access = Ext4Access(mode: 0o644)

  @Test(arguments: [Shape.usual, .smallBlocks]) func fullVolume(_ shape: Shape) throws {
    let volume = try Ext4Volume.open(
      MemoryStorage(Bases.bytes(shape)), name: "root", editing: editTime)
    let room = volume.freeSpace
    let error = #expect(throws: Ext4Error.self) {
      try volume.write(
        MemoryStorage(size: Int(room.bytes) + 4096), to: "/large", access: Self.access)
    }
    #expect(error?.reason == "Could not allocate block in ext2 filesystem")
  }

  @Test func noInodes() throws {
    let volume = try Ext4Volume.open(
      MemoryStorage(Bases.bytes(.usual)), name: "root", editing: editTime)
    try volume.makeDirectory("/many", access: nil)
    let room = volume.freeInodes
    #expect(room > 1000)
    var made: UInt64 = 0
    let error = #expect(throws: Ext4Error.self) {
      while made <= room {
        try volume.write(MemoryStorage([]), to: "/many/\(made)", access: Self.access)
        made += 1
      }
    }
    #expect(made == room)
    #expect(error?.reason == "Could not allocate inode in ext2 filesystem")
  }

  @Test func contentThatCannotBeRead() throws {
    let content = MemoryStorage(size: 3 << 20)
    content.failReads(after: 1)
    let volume = try Ext4Volume.open(
      MemoryStorage(Bases.bytes(.usual)), name: "root", editing: editTime)
    let error = #expect(throws: Ext4Error.self) {
      try volume.write(content, to: "/file", access: Self.access)
    }
    #expect(error?.reason == "cannot read 'memory': told to fail")
  }

  private static func edit(_ storage: MemoryStorage) throws {
    let volume = try Ext4Volume.open(storage, name: "root", editing: editTime)
    try volume.makeDirectory("/a/b", access: Ext4Access(mode: 0o700))
    for number in 0..<40 {
      try volume.write(
        MemoryStorage([1, 2, 3]), to: "/a/b/some file with number \(number)", access: access)
    }
    try volume.write(MemoryStorage(size: 300_000), to: "/usr/bin/large", access: access)
    try volume.link("/a/link", to: String(repeating: "x", count: 100))
    try volume.rename("/a/b", to: "c")
    try volume.remove("/etc/hostname")
    try volume.close()
  }

  /// Wherever the storage gives up, the caller is told, in the storage's own words.
  @Test(arguments: [Shape.smallBlocks, .raspberryPiOS]) func writesThatFail(_ shape: Shape) throws {
    let bytes = try Bases.bytes(shape)
    let whole = MemoryStorage(bytes)
    try Self.edit(whole)
    #expect(whole.writes > 40)
    for count in [0, 1, 2, 3, 5, 8]
      + Array(stride(from: 10, to: whole.writes, by: max(9, whole.writes / 20)))
      + [whole.writes - 1]
    {
      let storage = MemoryStorage(bytes)
      storage.failWrites(after: count)
      let error = #expect(throws: Ext4Error.self, "write \(count)") { try Self.edit(storage) }
      #expect(error?.reason == "cannot write 'memory': told to fail", "write \(count)")
    }
  }

  @Test func readsThatFail() throws {
    let bytes = try Bases.bytes(.usual)
    for count in 0..<60 {
      let storage = MemoryStorage(bytes)
      storage.failReads(after: count)
      do {
        try Self.edit(storage)
      } catch let error as Ext4Error {
        #expect(error.reason.contains("told to fail") || count < 3, "read \(count): \(error)")
        continue
      }
      #expect(count > 10, "an edit needs more than \(count) reads")
    }
  }
}
