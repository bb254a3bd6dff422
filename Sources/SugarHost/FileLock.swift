import CLinux

#if canImport(Glibc)
  import Glibc
#endif

/// A lock that one process at a time can hold. The kernel takes it back when the process ends,
/// however it ends. (flock(2))
public struct FileLock: ~Copyable {
  private let descriptor: Int32

  private init(owning descriptor: Int32) { self.descriptor = descriptor }

  // A program that another thread is just starting has the descriptor until it is replaced, and a lock
  // ends with the last descriptor unless it is taken back.
  deinit {
    clinux_unlock(descriptor)
    close(descriptor)
  }

  /// Takes the lock, or throws when another process holds it.
  public static func take(_ path: String, busy: String) throws(HostError) -> FileLock {
    guard let lock = try attempt(path) else {
      throw HostError(operation: "lock", subject: path, reason: busy)
    }
    return lock
  }

  /// Takes the lock; while another process holds it, calls `waiting` once and tries again.
  public static func wait(_ path: String, waiting: () -> Void) throws(HostError) -> FileLock {
    var told = false
    while true {
      if let lock = try attempt(path) { return lock }
      if !told { waiting() }
      told = true
      usleep(100_000)
    }
  }

  private static func attempt(_ path: String) throws(HostError) -> FileLock? {
    let descriptor = try retrying("open", path) { clinux_open(path, O_RDWR | O_CREAT, 0o600) }
    let lock = FileLock(owning: descriptor)
    if clinux_try_lock(descriptor) == 0 { return lock }
    let code = errno
    if code == EWOULDBLOCK { return nil }
    throw .system("lock", path, code)
  }
}
