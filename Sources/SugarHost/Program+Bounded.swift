import CLinux
public import SugarModel

#if canImport(Glibc)
  import Glibc
#endif

extension Program {
  /// What a program printed within its bounds.
  public struct Answer: Sendable {
    /// The exit status, or 128 plus the signal that ended it.
    public var status: Int32
    /// Its standard output, cut off at the bound.
    public var output: [UInt8]
    /// Its standard error, cut off at 64 KiB.
    public var complaints: [UInt8]
    /// Why it was ended before its own end: it took too long, or said too much.
    public var cut: Cut?

    public enum Cut: Hashable, Sendable { case time, size }
  }

  /// Runs a program that talks to somebody who is not trusted: it is killed when it takes longer
  /// than `seconds` or prints more than `limit`. `input`, at most 48 KiB, is what it reads; nothing
  /// of it stands in the list of arguments, which everybody on the machine may read. (proc_pid_cmdline(5))
  public func ask(
    _ arguments: [String], environment: [String: String] = [:], input: String = "",
    limit: ByteCount, seconds: Int
  ) throws(HostError) -> Answer {
    var (inputEnds, outputEnds, errorEnds): ([Int32], [Int32], [Int32]) = (
      [-1, -1], [-1, -1], [-1, -1]
    )
    defer {
      for descriptor in inputEnds + outputEnds + errorEnds where descriptor >= 0 {
        close(descriptor)
      }
    }
    try retrying("run", path) { pipe(&inputEnds) }
    try retrying("run", path) { pipe(&outputEnds) }
    try retrying("run", path) { pipe(&errorEnds) }
    // A pipe holds 64 KiB: nobody has to wait for a reader.
    let bytes = Array(input.utf8)
    precondition(bytes.count <= 48 << 10, "the input must fit into a pipe")
    let written = try retrying("run", path) { write(inputEnds[1], bytes, bytes.count) }
    guard written == bytes.count else { throw .system("run", path, EPIPE) }
    let child = try spawn(
      arguments, environment, placing: [inputEnds[0], outputEnds[1], errorEnds[1]])
    for place in [inputEnds[0], inputEnds[1], outputEnds[1], errorEnds[1]] { close(place) }
    (inputEnds, outputEnds[1], errorEnds[1]) = ([-1, -1], -1, -1)
    var answer = Answer(status: 0, output: [], complaints: [], cut: nil)
    answer.cut = drain(
      [outputEnds[0], errorEnds[0]], into: &answer, limit: limit, milliseconds: seconds * 1000)
    if answer.cut != nil { kill(child, SIGKILL) }
    var status: Int32 = 0
    try retrying("wait for", path) { waitpid(child, &status, 0) }
    answer.status = RunningProgram.words(status)
    return answer
  }

  /// Reads both outputs to their ends, or to a bound.
  private func drain(
    _ descriptors: [Int32], into answer: inout Answer, limit: ByteCount, milliseconds: Int
  ) -> Answer.Cut? {
    var watched = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    var piece = [UInt8](repeating: 0, count: 1 << 14)
    let end = Moment.now + .milliseconds(milliseconds)
    while watched.contains(where: { $0.fd >= 0 }) {
      let left = (end - Moment.now).milliseconds
      guard left > 0 else { return .time }
      let ready = poll(&watched, nfds_t(watched.count), Int32(clamping: left))
      if ready < 0, errno != EINTR { return .time }
      guard ready > 0 else { continue }
      for place in watched.indices where watched[place].fd >= 0 && watched[place].revents != 0 {
        let got = read(watched[place].fd, &piece, piece.count)
        if got < 0, errno == EINTR { continue }
        if got <= 0 {
          watched[place].fd = -1
        } else if place == 0 {
          answer.output += piece[0..<got]
          guard answer.output.count <= limit.bytes else {
            answer.output.removeLast(answer.output.count - Int(limit.bytes))
            return .size
          }
        } else if answer.complaints.count < 1 << 16 {
          answer.complaints += piece[0..<got]
        }
      }
    }
    return nil
  }
}

/// Moments of the clock that nobody sets: it runs from the start of the kernel on. (clock_gettime(2),
/// CLOCK_BOOTTIME)
public struct Moment: Hashable, Sendable {
  /// Seconds since the kernel started.
  public var seconds: Double

  public static var now: Moment {
    var time = timespec()
    clock_gettime(CLOCK_BOOTTIME, &time)
    return Moment(seconds: Double(time.tv_sec) + Double(time.tv_nsec) / 1e9)
  }

  static func + (moment: Moment, duration: Duration) -> Moment {
    Moment(seconds: moment.seconds + duration.inSeconds)
  }

  static func - (a: Moment, b: Moment) -> Duration {
    .milliseconds(Int((a.seconds - b.seconds) * 1000))
  }
}

extension Duration {
  var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
  var milliseconds: Int { Int((inSeconds * 1000).rounded()) }
}
