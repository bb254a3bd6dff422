import CLinux

/// The terminal that a person watches.
public enum Terminal {
  /// How many columns it has; 80 where that cannot be found out. (TIOCGWINSZ, ioctl_tty(2))
  public static func columns(_ descriptor: Int32) -> Int {
    let columns = Int(clinux_columns(descriptor))
    return columns > 0 ? columns : 80
  }
}
