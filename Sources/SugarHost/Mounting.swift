import CLinux

#if canImport(Glibc)
  import Glibc
#endif

/// Mounts that only this process needs, for a moment. (mount(2))
public enum Mounting {
  /// Mounts a block device without programs, devices or set-user-id in it. Who has it for himself
  /// alone is waited for, at most five seconds.
  public static func mount(
    _ device: String, at place: String, kind: String
  ) throws(HostError) {
    let flags = UInt(MS_NOSUID | MS_NODEV | MS_NOEXEC)
    for _ in 0..<50 {
      guard Glibc.mount(device, place, kind, flags, nil) != 0 else { return }
      guard errno == EBUSY || errno == EINTR else { break }
      usleep(100_000)
    }
    try retrying("mount", device) { Glibc.mount(device, place, kind, flags, nil) }
  }

  /// Has the kernel write the superblock of a mounted ext4, and its checksum, anew: the label becomes
  /// what it is. (Linux 5.17 and later, fs/ext4/ioctl.c, ext4_ioctl_setlabel)
  public static func renewSuperblock(of place: String) throws(HostError) {
    let descriptor = try retrying("open", place) { clinux_open(place, O_RDONLY | O_DIRECTORY, 0) }
    defer { close(descriptor) }
    try retrying("write the superblock of", place) { clinux_renew_label(descriptor) }
  }

  public static func unmount(_ place: String) throws(HostError) {
    try retrying("unmount", place) { umount2(place, 0) }
  }
}
