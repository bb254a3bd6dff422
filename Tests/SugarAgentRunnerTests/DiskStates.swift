import Foundation
import SugarTestSupport

/// A disk as the power cut left it, and how far the log had come.
struct DiskState: Sendable {
  /// What differs from the base: sectors by number.
  var sectors: [UInt64: [UInt8]]
  /// The last write that began, by its index.
  var cut: Int
  var isTorn: Bool

  /// Makes a file of it: the base with the sectors that differ.
  func write(over base: String, to file: String) throws {
    try Tool("cp").check(["--sparse=always", base, file])
    let handle = try FileHandle(forUpdating: URL(fileURLWithPath: file))
    for (number, content) in sectors {
      try handle.seek(toOffset: number * UInt64(DiskStates.sector))
      try handle.write(contentsOf: Data(content))
    }
    try handle.close()
  }
}

/// Every state in which a power cut can leave a disk, by what was written and what was flushed.
///
/// Flushes are barriers: what was written before one is there after it. Of the writes since the last
/// flush, the medium may hold any prefix, the last write of it torn after any sector, and, because a
/// cache may reorder, any single one of them or all but one.
struct DiskStates {
  private let base: [UInt8]
  private var seen = Set<UInt64>()
  private(set) var states: [DiskState] = []
  static let sector = 512

  init(base: [UInt8], writes: [RecordedWrite]) {
    self.base = base
    var durable: [UInt64: [UInt8]] = [:]
    // The journal says that it begins, and nothing was written yet.
    add(durable, 0, isTorn: false)
    var window: [(Int, RecordedWrite)] = []
    for (index, write) in writes.enumerated() {
      if !write.content.isEmpty { window.append((index, write)) }
      guard write.isFlush || index == writes.count - 1 else { continue }
      addStates(of: window, on: durable)
      for (_, done) in window { apply(done, to: &durable, count: .max) }
      window = []
    }
    add(durable, writes.count - 1, isTorn: false)
  }

  private mutating func addStates(
    of window: [(Int, RecordedWrite)], on durable: [UInt64: [UInt8]]
  ) {
    var prefix = durable
    for (index, write) in window {
      var torn = prefix
      for sector in 0..<(write.content.count / Self.sector) {
        guard applySector(sector, of: write, to: &torn) else { continue }
        add(torn, index, isTorn: true)
      }
      prefix = torn
      add(prefix, index, isTorn: false)
    }
    guard window.count > 1 else { return }
    for (chosen, (index, write)) in window.enumerated() {
      var alone = durable
      apply(write, to: &alone, count: .max)
      add(alone, index, isTorn: false)
      var without = durable
      for (other, (_, write)) in window.enumerated() where other != chosen {
        apply(write, to: &without, count: .max)
      }
      add(without, window[window.count - 1].0, isTorn: false)
    }
  }

  private func apply(
    _ write: RecordedWrite, to sectors: inout [UInt64: [UInt8]], count: Int
  ) {
    for sector in 0..<min(count, write.content.count / Self.sector) {
      _ = applySector(sector, of: write, to: &sectors)
    }
  }

  /// False when the sector holds this already.
  private func applySector(
    _ index: Int, of write: RecordedWrite, to sectors: inout [UInt64: [UInt8]]
  ) -> Bool {
    let number = write.place / UInt64(Self.sector) + UInt64(index)
    let range = (index * Self.sector)..<((index + 1) * Self.sector)
    let content = Array(write.content[range])
    let before = Int(number) * Self.sector
    if let present = sectors[number] {
      guard present != content else { return false }
    } else if base[before..<(before + Self.sector)].elementsEqual(content) {
      return false
    }
    if base[before..<(before + Self.sector)].elementsEqual(content) {
      sectors[number] = nil
    } else {
      sectors[number] = content
    }
    return true
  }

  /// The same content reached in another way is one state.
  private mutating func add(_ sectors: [UInt64: [UInt8]], _ cut: Int, isTorn: Bool) {
    var key: UInt64 = 0
    for (number, content) in sectors {
      var hasher = Hasher()
      hasher.combine(number)
      hasher.combine(content)
      key ^= UInt64(bitPattern: Int64(hasher.finalize()))
    }
    guard seen.insert(key).inserted else { return }
    states.append(DiskState(sectors: sectors, cut: cut, isTorn: isTorn))
  }
}
