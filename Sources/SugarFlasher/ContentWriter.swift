import SugarImageBuilder
import SugarModel
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Writes the pieces of an image to a disk, several at a time: while one is read back, others are
/// being written.
struct ContentWriter: Sendable {
  enum Outcome: Hashable, Sendable {
    case done
    /// In `onlyCompares`: the disk holds something else.
    case differs
  }

  let device: any FlashDevice
  let disk: String
  let image: any Storage
  let verifies: Bool
  /// Nothing is written; the disk is only compared with the image.
  var onlyCompares = false
  /// What an earlier run wrote below this place is compared first, and written only where it
  /// differs.
  var comparesBelow: UInt64 = 0
  var digest: ImageDigest?
  /// Seconds of a clock that only goes forward.
  let now: @Sendable () -> Double
  /// Told how many more bytes are done.
  let progress: @Sendable (UInt64) -> Void
  /// Called from time to time with a place below which everything is written.
  let checkpoint: @Sendable (UInt64) throws(FlashError) -> Void

  /// So many at once keep a card, a USB bridge and an NVMe drive busy.
  static let workers = 4
  /// Seconds between two checkpoints.
  static let interval = 5.0

  private struct State: Sendable {
    var next = 0
    var finished: [Bool]
    /// Every piece before this one is finished.
    var low = 0
    var failure: FlashError?
    var differs = false
    var lastCheckpoint: Double
    var isCheckpointing = false
  }

  func run(_ pieces: [FlashPiece]) throws(FlashError) -> Outcome {
    let state = Mutex(
      State(finished: [Bool](repeating: false, count: pieces.count), lastCheckpoint: now()))
    Crew.run(min(Self.workers, max(1, pieces.count))) { _ in
      let buffers = (own: AlignedBuffer(Self.size), other: AlignedBuffer(Self.size))
      while let number = Self.take(state, pieces.count) {
        do throws(FlashError) {
          guard try write(pieces[number], buffers.own, buffers.other) else {
            state.withLock { $0.differs = true }
            return
          }
          progress(UInt64(pieces[number].range.count))
          try finish(number, pieces, state)
        } catch {
          state.withLock { $0.failure = $0.failure ?? error }
          return
        }
      }
    }
    if let failure = state.withLock({ $0.failure }) { throw failure }
    return state.withLock { $0.differs } ? .differs : .done
  }

  private static var size: Int { Int(FlashPieces.dataSize) }

  private static func take(_ state: borrowing Mutex<State>, _ count: Int) -> Int? {
    state.withLock { state in
      guard state.next < count, state.failure == nil, !state.differs else { return nil }
      state.next += 1
      return state.next - 1
    }
  }

  private func finish(
    _ number: Int, _ pieces: [FlashPiece], _ state: borrowing Mutex<State>
  ) throws(FlashError) {
    let time = now()
    let place = state.withLock { state -> UInt64? in
      state.finished[number] = true
      while state.low < pieces.count, state.finished[state.low] { state.low += 1 }
      guard state.low > 0, !state.isCheckpointing, time - state.lastCheckpoint >= Self.interval
      else { return nil }
      state.isCheckpointing = true
      return pieces[state.low - 1].range.upperBound
    }
    guard let place else { return }
    defer {
      let end = now()
      state.withLock { state in
        state.isCheckpointing = false
        state.lastCheckpoint = end
      }
    }
    try checkpoint(place)
  }

  /// False when the disk holds something else and is only to be compared.
  private func write(
    _ piece: FlashPiece, _ own: AlignedBuffer, _ other: AlignedBuffer
  ) throws(FlashError) -> Bool {
    piece.isData ? try writeData(piece.range, own, other) : try writeZeros(piece.range, own, other)
  }

  private func writeData(
    _ range: Range<UInt64>, _ own: AlignedBuffer, _ other: AlignedBuffer
  ) throws(FlashError) -> Bool {
    let place = ByteCount(range.lowerBound)
    let bytes = own.prefix(Self.padded(range.count))
    let inside = own.prefix(range.count)
    do { try image.read(at: place, into: inside) } catch {
      throw FlashError(.machine, "cannot read the image: \(error)", note: FlashStage.begun.note)
    }
    for index in range.count..<bytes.count { bytes[index] = 0 }
    digest?.add(UnsafeRawBufferPointer(inside), at: place)
    if onlyCompares || range.upperBound <= comparesBelow {
      if try reads(UnsafeRawBufferPointer(bytes), at: place, other) { return true }
      if onlyCompares { return false }
    }
    try attempt { () throws(StorageError) in
      try device.write(at: place, from: UnsafeRawBufferPointer(bytes))
    }
    guard verifies else { return true }
    guard try reads(UnsafeRawBufferPointer(bytes), at: place, other) else { throw untrue(place) }
    return true
  }

  /// A hole of the image. What reads as zeros already is left alone; the rest is cleared by the
  /// device or, where that does not hold, written.
  private func writeZeros(
    _ range: Range<UInt64>, _ own: AlignedBuffer, _ other: AlignedBuffer
  ) throws(FlashError) -> Bool {
    digest?.addZeros(range)
    guard verifies || onlyCompares else {
      try attempt { () throws(StorageError) in
        try device.zero(range.lowerBound..<range.lowerBound + UInt64(Self.padded(range.count)))
      }
      return true
    }
    var start = range.lowerBound
    while start < range.upperBound {
      let count = Self.padded(Int(min(UInt64(Self.size), range.upperBound - start)))
      let part = start..<start + UInt64(count)
      start = part.upperBound
      if try isZero(part, other) { continue }
      if onlyCompares { return false }
      try attempt { () throws(StorageError) in try device.zero(part) }
      if try isZero(part, other) { continue }
      let zeros = own.prefix(count)
      zeros.initializeMemory(as: UInt8.self, repeating: 0)
      try attempt { () throws(StorageError) in
        try device.write(at: ByteCount(part.lowerBound), from: UnsafeRawBufferPointer(zeros))
      }
      guard try isZero(part, other) else { throw untrue(ByteCount(part.lowerBound)) }
    }
    return true
  }

  /// Whole sectors only can be written; what is behind the end of the image is zeros.
  static func padded(_ count: Int) -> Int { (count + 511) / 512 * 512 }

  private func reads(
    _ bytes: UnsafeRawBufferPointer, at place: ByteCount, _ other: AlignedBuffer
  ) throws(FlashError) -> Bool {
    let found = other.prefix(bytes.count)
    try attempt { () throws(StorageError) in try device.read(at: place, into: found) }
    guard let a = bytes.baseAddress, let b = found.baseAddress else { return true }
    return memcmp(a, b, bytes.count) == 0
  }

  private func isZero(_ range: Range<UInt64>, _ other: AlignedBuffer) throws(FlashError) -> Bool {
    let found = other.prefix(range.count)
    try attempt { () throws(StorageError) in
      try device.read(at: ByteCount(range.lowerBound), into: found)
    }
    return found.isAllZero
  }

  private func attempt(_ body: () throws(StorageError) -> Void) throws(FlashError) {
    do { try body() } catch { throw FlashError(error, disk, at: .begun) }
  }

  private func untrue(_ place: ByteCount) -> FlashError { .untrue(disk, place) }
}

extension FlashError {
  /// What was written is not what is read.
  static func untrue(_ disk: String, _ place: ByteCount) -> FlashError {
    FlashError(
      .machine,
      "cannot trust '\(disk)': what was written at \(place) reads back as something else",
      note: "it is worn, or not what it says it is, and boots nothing now; take another one")
  }
}

extension UnsafeMutableRawBufferPointer {
  /// Compares the buffer with itself moved by one byte.
  var isAllZero: Bool {
    guard let start = baseAddress, count > 0 else { return true }
    return self[0] == 0 && memcmp(start, start + 1, count - 1) == 0
  }
}
