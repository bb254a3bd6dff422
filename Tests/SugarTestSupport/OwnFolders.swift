import Foundation
import Synchronization

/// Folders that go at the latest when this process ends, whoever still holds them: a bench that a closure of its own holds
/// has no other end.
public enum OwnFolders {
  private static let paths = Mutex<Set<String>>([])

  /// Asked for once; a fork of this process owns nothing.
  private static let owner: pid_t = {
    atexit {
      guard getpid() == OwnFolders.owner else { return }
      for path in OwnFolders.paths.withLock({ $0 }) {
        try? FileManager.default.removeItem(atPath: path)
      }
    }
    return getpid()
  }()

  /// Makes a folder, with those above it.
  public static func make(_ path: String) throws {
    _ = owner
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    paths.withLock { _ = $0.insert(path) }
  }

  /// Removes one, with all that is in it.
  public static func remove(_ path: String) {
    try? FileManager.default.removeItem(atPath: path)
    paths.withLock { _ = $0.remove(path) }
  }
}
