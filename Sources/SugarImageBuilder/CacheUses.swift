import SugarHost
import SugarModel
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// What a run uses of the cache. Each item is held by a shared lock until this goes, so that
/// `cache prune` leaves it, in the middle of a build and between its steps.
///
/// A class: all copies of a `CacheFolder` hold the same items.
public final class CacheUses: Sendable {
  /// One lock; a class, because a dictionary cannot hold what cannot be copied.
  private final class Held: Sendable {
    let lock: FileLock
    init(_ lock: consuming FileLock) { self.lock = lock }
  }

  private let held = Mutex<[String: Held]>([:])

  public init() {}

  /// Holds an item and notes the time, once for each run. Waits while it is being removed.
  ///
  /// In a cache that this user may only read nothing can be noted; there is nothing to do then.
  func hold(_ path: String, note: String?) throws(HostError) {
    try held.withLock { (held) throws(HostError) in
      guard held[path] == nil else { return }
      do throws(HostError) {
        let lock = try FileLock.wait(path, .shared, waiting: {})
        if let note { try lock.note(note) } else { try lock.note(try Self.text(path)) }
        held[path] = Held(lock)
      } catch {
        guard let code = error.code, [EROFS, EACCES, EPERM].contains(code) else { throw error }
      }
    }
  }

  private static func text(_ path: String) throws(HostError) -> String {
    String(decoding: try Files.read(path, limit: .mib(1)), as: UTF8.self)
  }
}

extension CacheFolder {
  /// An item that this run uses from here on; to be held before anybody looks whether it is there.
  ///
  /// - Parameter name: what a person calls it, for items that do not say so themselves.
  func use(_ kind: CacheItem.Kind, _ key: String, name: String? = nil) throws(BuildError)
    -> CacheItem
  {
    let item = CacheItem(kind, key, in: self)
    try building {
      // Where there is no folder, there is nothing; who makes one calls `make` first.
      guard try Files.exists("\(path)/\(kind.folder)") else { return }
      try uses.hold(item.useLock, note: name)
    }
    return item
  }
}
