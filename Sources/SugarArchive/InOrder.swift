import Dispatch
import Synchronization

/// Work on several threads whose results are wanted in order: packing the pieces of an image.
enum InOrder {
  private struct State<Value: Sendable>: Sendable {
    /// The next piece that nobody works on yet.
    var next = 0
    /// How many results were handed on.
    var taken = 0
    var waiting: [Int: Value] = [:]
    var isTaking = false
    var failure: ArchiveError?
  }

  /// Calls `make` for each number below `count` on `workers` threads, and `take` with each result,
  /// in order and never twice at a time. At most four results a thread wait for their turn.
  static func run<Value: Sendable>(
    _ count: Int, workers: Int, make: @Sendable (Int) throws(ArchiveError) -> Value,
    take: @Sendable (Int, Value) throws(ArchiveError) -> Void
  ) throws(ArchiveError) {
    let state = Mutex(State<Value>())
    let threads = max(1, min(workers, count))
    // Begins at zero: libdispatch wants a semaphore back with no less than it began with.
    let room = DispatchSemaphore(value: 0)
    for _ in 0..<threads * 4 { room.signal() }
    DispatchQueue.concurrentPerform(iterations: threads) { _ in
      while true {
        room.wait()
        let number = state.withLock { state -> Int? in
          guard state.failure == nil, state.next < count else { return nil }
          defer { state.next += 1 }
          return state.next
        }
        guard let number else {
          // Whoever waits behind us is to see the end, too.
          room.signal()
          return
        }
        do throws(ArchiveError) {
          let value = try make(number)
          state.withLock { $0.waiting[number] = value }
          try handOn(state, room, take)
        } catch {
          state.withLock { $0.failure = $0.failure ?? error }
          room.signal()
        }
      }
    }
    if let failure = state.withLock({ $0.failure }) { throw failure }
  }

  /// Hands on what is ready, unless another thread does; that one looks again before it stops.
  private static func handOn<Value: Sendable>(
    _ state: borrowing Mutex<State<Value>>, _ room: DispatchSemaphore,
    _ take: (Int, Value) throws(ArchiveError) -> Void
  ) throws(ArchiveError) {
    guard
      state.withLock({ state in
        defer { state.isTaking = true }
        return !state.isTaking
      })
    else { return }
    while true {
      let ready = state.withLock { state -> (Int, Value)? in
        guard state.failure == nil, let value = state.waiting.removeValue(forKey: state.taken)
        else {
          state.isTaking = false
          return nil
        }
        defer { state.taken += 1 }
        return (state.taken, value)
      }
      guard let ready else { return }
      try take(ready.0, ready.1)
      room.signal()
    }
  }
}
