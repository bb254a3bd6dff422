import SugarHost
import SugarModel
import Synchronization

extension Flasher {
  /// Runs what touches the disk; an error tells in which state the disk is left.
  func attempt(
    _ stage: FlashStage, _ body: () throws(StorageError) -> Void
  ) throws(FlashError) {
    do { try body() } catch { throw FlashError(error, disk, at: stage) }
  }

  /// Runs what touches the journal.
  func record(_ body: () throws(HostError) -> Void) throws(FlashError) {
    do { try body() } catch {
      throw FlashError(
        .machine, "cannot keep the journal: \(error)", note: "it is needed to go on after a cut")
    }
  }
}

/// Counts bytes for several threads. A class, because they share it.
final class ByteCounter: Sendable {
  private let value = Mutex<UInt64>(0)

  /// Gives the new sum.
  func add(_ count: UInt64) -> UInt64 {
    value.withLock { value in
      value += count
      return value
    }
  }
}
