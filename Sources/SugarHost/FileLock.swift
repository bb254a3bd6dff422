import CLinux

#if canImport(Glibc)
  import Glibc
#endif

/// A lock on a file. The kernel takes it back when the process ends, however it ends. (flock(2))
///
/// Its file may be removed by whoever has it for himself alone: others notice, and take the new one.
public struct FileLock: ~Copyable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// Nobody else has it.
    case exclusive
    /// Several have it, and nobody has it for himself alone.
    case shared
  }

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
  public static func wait(_ path: String, _ kind: Kind = .exclusive, waiting: () -> Void)
    throws(HostError) -> FileLock
  {
    var told = false
    while true {
      if let lock = try attempt(path, kind) { return lock }
      if !told { waiting() }
      told = true
      usleep(100_000)
    }
  }

  /// Takes the lock; nil when another process holds it.
  public static func attempt(_ path: String, _ kind: Kind = .exclusive) throws(HostError)
    -> FileLock?
  {
    while true {
      // Never through a link: as root, in somebody's folder, this writes and gives away what it opens.
      let descriptor = try retrying("open", path) {
        clinux_open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600)
      }
      let lock = FileLock(owning: descriptor)
      lock.leaveToOwner(ofFolder: path)
      if clinux_try_lock(descriptor, kind == .shared ? 1 : 0) != 0 {
        let code = errno
        if code == EWOULDBLOCK { return nil }
        throw .system("lock", path, code)
      }
      if lock.isOn(path) { return lock }
    }
  }

  /// Whether another process holds it in any way. Where there is no file, nobody does.
  public static func isHeld(_ path: String) throws(HostError) -> Bool {
    guard try Files.status(path) != nil else { return false }
    guard let lock = try attempt(path) else { return true }
    _ = consume lock
    return false
  }

  /// Writes `text` into the lock's file, which gives the file the present time.
  public borrowing func note(_ text: String) throws(HostError) {
    let (descriptor, bytes) = (descriptor, Array(text.utf8))
    try retrying("write", "a lock") { pwrite(descriptor, bytes, bytes.count, 0) }
    try retrying("write", "a lock") { ftruncate(descriptor, off_t(bytes.count)) }
    try retrying("write", "a lock") { futimens(descriptor, nil) }
  }

  /// Whether the path still leads to the file that is locked; somebody may have removed it meanwhile.
  private borrowing func isOn(_ path: String) -> Bool {
    var (mine, there) = (stat(), stat())
    return fstat(descriptor, &mine) == 0 && stat(path, &there) == 0
      && mine.st_dev == there.st_dev && mine.st_ino == there.st_ino
  }

  /// What root makes in somebody's folder, by sudo, must not lock that person out afterwards.
  private borrowing func leaveToOwner(ofFolder path: String) {
    var (mine, folder) = (stat(), stat())
    guard geteuid() == 0, fstat(descriptor, &mine) == 0, mine.st_uid == 0,
      stat(Files.folder(of: path), &folder) == 0, folder.st_uid != 0
    else { return }
    // Best effort: who cannot be given a file, as on some network file systems, has to be root again.
    if fchown(descriptor, folder.st_uid, folder.st_gid) != 0 {}
  }
}
