public import SugarModel
internal import Synchronization

/// A storage in memory, for tests. It counts its writes, and can be told to fail.
public final class MemoryStorage: Storage {
  private struct State {
    var bytes: [UInt8]
    var writes = 0
    var readsUntilFailure: Int?
    var writesUntilFailure: Int?
  }
  private let state: Mutex<State>
  private let grows: Bool

  public init(_ bytes: [UInt8]) {
    state = Mutex(State(bytes: bytes))
    grows = false
  }

  public init(size: Int) {
    state = Mutex(State(bytes: [UInt8](repeating: 0, count: size)))
    grows = false
  }

  /// A storage that has room for every write.
  public init(growing: Void) {
    state = Mutex(State(bytes: []))
    grows = true
  }

  public var size: ByteCount {
    grows ? ByteCount(UInt64.max) : ByteCount(state.withLock { $0.bytes.count })
  }
  public var content: [UInt8] { state.withLock { $0.bytes } }
  public var writes: Int { state.withLock { $0.writes } }

  /// After this many more reads, every read fails.
  public func failReads(after count: Int?) { state.withLock { $0.readsUntilFailure = count } }
  /// After this many more writes, every write fails.
  public func failWrites(after count: Int?) { state.withLock { $0.writesUntilFailure = count } }

  public func read(at place: ByteCount, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) {
    try checkEdges("read", at: place, count: buffer.count, of: "memory")
    let failed = state.withLock { state in
      if let left = state.readsUntilFailure {
        if left == 0 { return true }
        state.readsUntilFailure = left - 1
      }
      let start = min(Int(clamping: place.bytes), state.bytes.count)
      let end = min(start + buffer.count, state.bytes.count)
      buffer.copyBytes(from: state.bytes[start..<end])
      for index in (end - start)..<buffer.count { buffer[index] = 0 }
      return false
    }
    if failed { throw StorageError(operation: "read", subject: "memory", reason: "told to fail", code: 5) }
  }

  public func write(at place: ByteCount, from buffer: UnsafeRawBufferPointer) throws(StorageError) {
    try checkEdges("write", at: place, count: buffer.count, of: "memory")
    let failed = state.withLock { state in
      if let left = state.writesUntilFailure {
        if left == 0 { return true }
        state.writesUntilFailure = left - 1
      }
      state.writes += 1
      let end = Int(place.bytes) + buffer.count
      if end > state.bytes.count {
        state.bytes += [UInt8](repeating: 0, count: end - state.bytes.count)
      }
      state.bytes.replaceSubrange(Int(place.bytes)..<end, with: buffer)
      return false
    }
    if failed { throw StorageError(operation: "write", subject: "memory", reason: "told to fail", code: 5) }
  }
}
