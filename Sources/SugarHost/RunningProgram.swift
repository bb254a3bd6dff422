import CLinux

#if canImport(Glibc)
  import Glibc
#endif

/// A program that runs beside this one until it ends or is ended.
public struct RunningProgram: Hashable, Sendable {
  public enum Signal: Hashable, Sendable {
    /// It is asked to end.
    case terminate
    /// It ends at once and cannot do anything about it: the power goes.
    case kill
  }

  /// The process's number.
  public let process: Int32

  /// The exit status, or 128 plus the signal that ended it; nil while it runs. Ask once more and the
  /// number may be another process's. (waitpid(2), WNOHANG)
  public func endStatus() -> Int32? {
    var status: Int32 = 0
    guard waitpid(process, &status, WNOHANG) == process else { return nil }
    return Self.words(status)
  }

  /// Waits for the end. (waitpid(2))
  @discardableResult
  public func wait() throws(HostError) -> Int32 {
    var status: Int32 = 0
    try retrying("wait for", "process \(process)") { waitpid(process, &status, 0) }
    return Self.words(status)
  }

  public func send(_ signal: Signal) {
    kill(process, signal == .kill ? SIGKILL : SIGTERM)
  }

  static func words(_ status: Int32) -> Int32 {
    let signal = status & 0x7f
    return signal == 0 ? (status >> 8) & 0xff : 128 + signal
  }
}

extension Program {
  /// Starts the program and comes back at once. It reads nothing, writes both outputs to `output`,
  /// and finds `descriptors` from 3 on.
  public func start(
    _ arguments: [String], output: Int32, descriptors: [Int32] = []
  ) throws(HostError) -> RunningProgram {
    let nothing = try retrying("open", "/dev/null") { clinux_open("/dev/null", O_RDONLY, 0) }
    defer { close(nothing) }
    return RunningProgram(
      process: try spawn(arguments, [:], placing: [nothing, output, output] + descriptors))
  }
}
