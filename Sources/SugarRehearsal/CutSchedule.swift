public import SugarModel

/// When the power of which node goes.
public struct CutSchedule: Hashable, Sendable {
  public struct Cut: Hashable, Sendable, Codable {
    public var node: String
    /// The cut comes after this phase has started.
    public var phase: BootPhase
    /// At which beginning that it tells of in one boot: 1 is its own, 2 the first of its parts.
    public var beginning: Int
    /// Seconds after that.
    public var delay: Double

    public init(node: String, phase: BootPhase, beginning: Int = 1, delay: Double) {
      self.node = node
      self.phase = phase
      self.beginning = beginning
      self.delay = delay
    }
  }

  /// A moment of every node, as a person asks for it: `disks`, or `handoff:2`.
  public struct Moment: Hashable, Sendable {
    public var phase: BootPhase
    public var beginning = 1

    /// nil when there is no such phase, or no such number.
    public init?(_ text: String) {
      let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard let phase = BootPhase(rawValue: String(parts[0])) else { return nil }
      self.phase = phase
      guard parts.count == 2 else { return }
      guard let number = Int(parts[1]), number > 0 else { return nil }
      beginning = number
    }
  }

  /// Cuts whose phase has not started yet, in the order in which they are taken.
  public private(set) var open: [Cut]

  public init(_ cuts: [Cut]) { open = cuts }

  /// Each node once at each of the moments.
  public init(at moments: [Moment], of nodes: [String]) {
    open = nodes.flatMap { node in
      moments.map { Cut(node: node, phase: $0.phase, beginning: $0.beginning, delay: 0) }
    }
  }

  /// `count` cuts anywhere, the same for the same seed, in the order of phases for each node: a node
  /// goes through its phases again after each cut, so every one can come. What is after Ready is
  /// left out: not every node hands over, and a retired agent starts no phase.
  public init(random count: Int, of nodes: [String], seed: UInt64) {
    var generator = Dice(seed: seed)
    guard !nodes.isEmpty else {
      open = []
      return
    }
    let cuts = (0..<count).map { _ in
      Cut(
        node: nodes[Int.random(in: 0..<nodes.count, using: &generator)],
        phase: BootPhase.toReady[Int.random(in: 0..<BootPhase.toReady.count, using: &generator)],
        delay: Double(Int.random(in: 0...60, using: &generator)) / 10)
    }
    open = cuts.enumerated().sorted {
      ($0.element.phase.place, $0.offset) < ($1.element.phase.place, $1.offset)
    }.map(\.element)
  }

  /// The cut that is due because this phase of this node has told of a beginning; it is taken out.
  public mutating func take(_ node: String, _ phase: BootPhase, beginning: Int = 1) -> Cut? {
    guard
      let place = open.firstIndex(where: {
        $0.node == node && $0.phase == phase && $0.beginning == beginning
      })
    else { return nil }
    return open.remove(at: place)
  }
}

/// In which order nodes are switched on, when it is left to chance.
public enum StartOrder {
  /// Seconds after which each node gets its power: any order, four seconds between two.
  public static func delays(of nodes: [String], seed: UInt64) -> [String: Double] {
    var dice = Dice(seed: seed &+ 1)
    let order = nodes.shuffled(using: &dice)
    return Dictionary(
      uniqueKeysWithValues: order.enumerated().map { ($0.element, Double($0.offset) * 4) })
  }
}
