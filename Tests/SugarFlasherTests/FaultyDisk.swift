import SugarFlasher
import SugarModel
import Synchronization

/// A disk in memory that is as strict as the kernel about sectors and alignment, notes what is written
/// in which order, and fails as disks fail.
final class FaultyDisk: FlashDevice {
  enum Fault: Sendable {
    case none
    /// Reading or writing there gives an I/O error.
    case broken(Range<UInt64>)
    /// After so many reads, writes and flushes it is gone.
    case vanishes(after: Int)
    /// It has less memory than it says.
    case smaller(UInt64, Lie)
    /// Writes after the first few are lost without a word.
    case dropsWrites(after: Int)
    /// What the device clears by itself stays as it was.
    case doesNotClear
  }

  enum Lie: Sendable { case drops, wraps, readsAsOnes }

  enum Event: Hashable, Sendable {
    case write(Range<UInt64>)
    case zero(Range<UInt64>)
    case flush
  }

  private struct State: Sendable {
    var bytes: [UInt8]
    var fault = Fault.none
    var operations = 0
    var writes = 0
    var events: [Event] = []
  }

  private let state: Mutex<State>
  let size: ByteCount

  init(_ bytes: [UInt8], _ fault: Fault = .none) {
    size = ByteCount(bytes.count)
    state = Mutex(State(bytes: bytes, fault: fault))
  }

  var content: [UInt8] { state.withLock { $0.bytes } }
  var events: [Event] { state.withLock { $0.events } }
  var operations: Int { state.withLock { $0.operations } }
  var writes: Int { state.withLock { $0.writes } }

  func change(_ body: @Sendable (inout [UInt8]) -> Void) { state.withLock { body(&$0.bytes) } }

  /// From now on it fails that way; counting starts anew.
  func set(_ fault: Fault) {
    state.withLock { ($0.fault, $0.operations, $0.writes, $0.events) = (fault, 0, 0, []) }
  }

  func read(at place: ByteCount, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) {
    try check("read", place, UnsafeRawBufferPointer(buffer))
    let range = Int(place.bytes)..<Int(place.bytes) + buffer.count
    let code = state.withLock { state -> Int32 in
      if let code = Self.failure(&state, range) { return code }
      switch state.fault {
      case .smaller(let real, .wraps):
        for (index, byte) in range.enumerated() { buffer[index] = state.bytes[byte % Int(real)] }
      case .smaller(let real, .readsAsOnes) where range.upperBound > Int(real):
        for (index, byte) in range.enumerated() {
          buffer[index] = byte < Int(real) ? state.bytes[byte] : 0xff
        }
      default: buffer.copyBytes(from: state.bytes[range])
      }
      return 0
    }
    if code != 0 { throw Self.error("read", code) }
  }

  func write(at place: ByteCount, from buffer: UnsafeRawBufferPointer) throws(StorageError) {
    try check("write", place, buffer)
    let range = Int(place.bytes)..<Int(place.bytes) + buffer.count
    let code = state.withLock { state -> Int32 in
      if let code = Self.failure(&state, range) { return code }
      state.events.append(.write(UInt64(range.lowerBound)..<UInt64(range.upperBound)))
      Self.put(&state, range, buffer)
      return 0
    }
    if code != 0 { throw Self.error("write", code) }
  }

  func zero(_ range: Range<UInt64>) throws(StorageError) {
    let bytes = Int(range.lowerBound)..<Int(range.upperBound)
    let code = state.withLock { state -> Int32 in
      if let code = Self.failure(&state, bytes) { return code }
      state.events.append(.zero(range))
      if case .doesNotClear = state.fault { return 0 }
      Self.put(&state, bytes, nil)
      return 0
    }
    if code != 0 { throw Self.error("clear", code) }
  }

  /// It takes no such hints.
  func discard(_ range: Range<UInt64>) {}

  func looksBlank(_ range: Range<UInt64>) throws(StorageError) -> Bool {
    state.withLock { $0.bytes[Int(range.lowerBound)..<Int(range.upperBound)] }.allSatisfy {
      $0 == 0
    }
  }

  func flush() throws(StorageError) {
    let code = state.withLock { state -> Int32 in
      if let code = Self.failure(&state, nil) { return code }
      state.events.append(.flush)
      return 0
    }
    if code != 0 { throw Self.error("write out", code) }
  }

  func confirm() throws(StorageError) {
    let isGone = state.withLock { state in
      if case .vanishes(let count) = state.fault { state.operations >= count } else { false }
    }
    if isGone { throw StorageError(operation: "write", subject: "disk", reason: "it is gone") }
  }

  /// - Parameter new: nil for zeros.
  private static func put(
    _ state: inout State, _ range: Range<Int>, _ new: UnsafeRawBufferPointer?
  ) {
    state.writes += 1
    let zeros = [UInt8](repeating: 0, count: new == nil ? range.count : 0)
    zeros.withUnsafeBytes { put(&state, range, new ?? $0) }
  }

  private static func put(
    _ state: inout State, _ range: Range<Int>, _ bytes: UnsafeRawBufferPointer
  ) {
    switch state.fault {
    case .dropsWrites(let count) where state.writes > count: return
    case .smaller(let real, let lie):
      for (byte, place) in zip(bytes, range) {
        if place < Int(real) {
          state.bytes[place] = byte
        } else if lie == .wraps {
          state.bytes[place % Int(real)] = byte
        }
      }
    default:
      state.bytes.withUnsafeMutableBytes { held in
        UnsafeMutableRawBufferPointer(rebasing: held[range]).copyMemory(from: bytes)
      }
    }
  }

  /// The error number of what fails now: EIO, or ENODEV.
  private static func failure(_ state: inout State, _ range: Range<Int>?) -> Int32? {
    defer { state.operations += 1 }
    switch state.fault {
    case .broken(let part):
      guard let range else { return nil }
      return part.overlaps(UInt64(range.lowerBound)..<UInt64(range.upperBound)) ? 5 : nil
    case .vanishes(let count): return state.operations >= count ? 19 : nil
    case .none, .smaller, .dropsWrites, .doesNotClear: return nil
    }
  }

  private static func error(_ operation: String, _ code: Int32) -> StorageError {
    StorageError(
      operation: operation, subject: "disk",
      reason: code == 5 ? "Input/output error" : "No such device", code: code)
  }

  private func check(
    _ operation: String, _ place: ByteCount, _ buffer: UnsafeRawBufferPointer
  ) throws(StorageError) {
    try checkEdges(operation, at: place, count: buffer.count, of: "disk")
    let address = UInt64(UInt(bitPattern: buffer.baseAddress))
    guard place.bytes % 512 == 0, buffer.count % 512 == 0, address % 512 == 0 else {
      throw StorageError(
        operation: operation, subject: "disk", reason: "Invalid argument", code: 22)
    }
  }
}
