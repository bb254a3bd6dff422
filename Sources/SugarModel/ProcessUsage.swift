/// What a process has cost since it started. (getrusage(2))
public struct ProcessUsage: Hashable, Sendable, Codable {
  /// Seconds of processor time of its own, and of the programs that it ran to their end.
  public var own: Double
  public var programs: Double
  /// The most memory that it had at once, without those programs.
  public var memory: ByteCount

  public init(own: Double, programs: Double, memory: ByteCount) {
    self.own = own
    self.programs = programs
    self.memory = memory
  }
}
