import SugarModel
import SugarTestSupport
import Testing

@Suite struct RegionTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var place: UInt64
    var count: Int
    var allowed: Bool
    var testDescription: String { "\(count) bytes at \(place): \(allowed ? "inside" : "refused")" }
  }

  static let rows: [Row] = [
    Row(place: 0, count: 1, allowed: true),
    Row(place: 99, count: 1, allowed: true),
    Row(place: 0, count: 100, allowed: true),
    Row(place: 100, count: 0, allowed: true),
    Row(place: 100, count: 1, allowed: false),
    Row(place: 99, count: 2, allowed: false),
    Row(place: 0, count: 101, allowed: false),
    Row(place: 101, count: 0, allowed: false),
    Row(place: UInt64.max, count: 1, allowed: false),
    Row(place: UInt64.max - 1, count: 2, allowed: false),
    Row(place: UInt64(Int64.max), count: 8, allowed: false),
  ]

  @Test(arguments: rows) func everyEdge(_ row: Row) throws {
    let memory = MemoryStorage([UInt8](repeating: 7, count: 300))
    let region = try Region(
      of: memory, from: ByteCount(100), size: ByteCount(100), name: "partition 1")
    let place = ByteCount(row.place)
    if row.allowed {
      #expect(
        try region.bytes(at: place, count: row.count) == [UInt8](repeating: 7, count: row.count))
      try region.write([UInt8](repeating: 9, count: row.count), at: place)
      for (index, byte) in memory.content.enumerated() {
        let inside = index >= 100 + Int(row.place) && index < 100 + Int(row.place) + row.count
        #expect(byte == (inside ? 9 : 7))
      }
    } else {
      #expect(throws: StorageError.self) { try region.bytes(at: place, count: row.count) }
      #expect(throws: StorageError.self) {
        try region.write([UInt8](repeating: 9, count: row.count), at: place)
      }
      #expect(memory.writes == 0)
      #expect(memory.content == [UInt8](repeating: 7, count: 300))
    }
  }

  @Test(arguments: [
    (0, 300, true), (300, 0, true), (299, 1, true), (299, 2, false), (301, 0, false),
  ])
  func aWindowMustLieInside(start: Int, size: Int, allowed: Bool) {
    let memory = MemoryStorage(size: 300)
    let open = { try Region(of: memory, from: ByteCount(start), size: ByteCount(size), name: "p") }
    if allowed {
      #expect(throws: Never.self) { _ = try open() }
    } else {
      #expect(throws: StorageError.self) { _ = try open() }
    }
  }

  @Test func aWindowWhoseEndOverflowsIsRefused() {
    let memory = MemoryStorage(size: 300)
    #expect(throws: StorageError.self) {
      try Region(of: memory, from: ByteCount(UInt64.max), size: ByteCount(2), name: "p")
    }
  }
}
