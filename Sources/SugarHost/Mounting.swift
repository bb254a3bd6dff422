#if canImport(Glibc)
  import Glibc
#endif

/// Mounts that only this process needs, for a moment. (mount(2))
public enum Mounting {
  /// Mounts a block device without programs, devices or set-user-id in it.
  public static func mount(
    _ device: String, at place: String, kind: String
  ) throws(HostError) {
    let flags = UInt(MS_NOSUID | MS_NODEV | MS_NOEXEC)
    try retrying("mount", device) { Glibc.mount(device, place, kind, flags, nil) }
  }

  public static func unmount(_ place: String) throws(HostError) {
    try retrying("unmount", place) { umount2(place, 0) }
  }
}
