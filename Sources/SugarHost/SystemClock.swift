import CLinux

#if canImport(Glibc)
  import Glibc
#endif

/// The clock that people read.
public enum SystemClock {
  /// Seconds since 1970.
  public static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// Whether something steers it, as timesyncd and chrony tell the kernel. (adjtimex(2))
  public static var isSynchronised: Bool { clinux_clock_is_synchronised() == 1 }

  /// Sets it. Needs CAP_SYS_TIME.
  public static func set(_ seconds: Double) throws(HostError) {
    var time = timespec(
      tv_sec: Int(seconds), tv_nsec: Int((seconds - seconds.rounded(.down)) * 1e9))
    try retrying("set", "the clock") { clock_settime(CLOCK_REALTIME, &time) }
  }
}
