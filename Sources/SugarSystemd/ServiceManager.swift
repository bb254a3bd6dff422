import CSystemd

/// What a service tells the systemd that started it. Started by anyone else, all of it does nothing. (sd_notify(3))
///
/// systemd is found by the environment variables `NOTIFY_SOCKET` and `WATCHDOG_USEC`.
public struct ServiceManager: Sendable {
  public init() {}

  /// The service is up: systemd starts what waits for it.
  ///
  /// - Returns: false when nobody wants to know.
  @discardableResult
  public func tellReady(_ status: String) throws(SystemdError) -> Bool {
    try tell("READY=1\nSTATUS=\(Self.line(status))")
  }

  /// What the service is doing, in a line that `systemctl status` shows.
  @discardableResult
  public func tellStatus(_ status: String) throws(SystemdError) -> Bool {
    try tell("STATUS=\(Self.line(status))")
  }

  /// The service is alive. It has to say so within every `watchdogInterval`, or systemd ends it.
  @discardableResult
  public func tellAlive() throws(SystemdError) -> Bool { try tell("WATCHDOG=1") }

  /// The service is about to end.
  @discardableResult
  public func tellStopping() throws(SystemdError) -> Bool { try tell("STOPPING=1") }

  /// The longest time between two signs of life; half of it is a good pace. nil when systemd does not ask for them.
  /// (sd_watchdog_enabled(3))
  public var watchdogInterval: Duration? {
    get throws(SystemdError) {
      var microseconds: UInt64 = 0
      let isOn = try check(
        "ask", "the service manager about its watchdog", sd_watchdog_enabled(0, &microseconds))
      return isOn > 0 ? .microseconds(microseconds) : nil
    }
  }

  private func tell(_ assignments: String) throws(SystemdError) -> Bool {
    try check("tell", "the service manager", sd_notify(0, assignments)) > 0
  }

  /// A line break would begin another assignment.
  private static func line(_ text: String) -> String {
    String(text.map { $0.isNewline || $0 == "\0" ? " " : $0 })
  }
}
