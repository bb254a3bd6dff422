import Dispatch
import Synchronization

/// Work that another thread does meanwhile. A class, because both threads hold it.
final class Background<Value: Sendable, Failure: Error>: Sendable {
  private let result = Mutex<Result<Value, Failure>?>(nil)
  private let group = DispatchGroup()

  init(_ work: @escaping @Sendable () throws(Failure) -> Value) {
    DispatchQueue.global().async(group: group) { [self] in
      let outcome = Result { () throws(Failure) in try work() }
      result.withLock { $0 = outcome }
    }
  }

  /// Waits for the work to end, and gives or throws what came of it.
  func wait() throws(Failure) -> Value {
    group.wait()
    guard let outcome = result.withLock({ $0 }) else {
      preconditionFailure("the group was left early")
    }
    return try outcome.get()
  }
}
