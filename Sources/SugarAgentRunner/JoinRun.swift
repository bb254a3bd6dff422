import SugarAgentPlan
import SugarHost
import SugarJoin
public import SugarModel

/// The way of a node from its disks to Ready and to the agent's end: network, clock, peers,
/// preflight, start, proof, hand-over, receipt.
///
/// Each part looks, decides by a rule of SugarAgentPlan, tells, and then goes on, waits or stops. It
/// may be run as often as one likes: what is done is found done.
///
/// A class, because its parts share what they learnt on the way.
public final class JoinRun {
  /// How a run ended.
  public enum End: Hashable, Sendable {
    /// The node is Ready, and the agent has nothing left to do.
    case ready
    case refused(JoinRefusalCode)
    case rebooting
    /// It was told to end while it waited.
    case stopped
  }

  /// Why the parts that would come next do not.
  enum Stop: Error {
    case refused(JoinRefusalCode)
    case rebooting
    case stopped
  }

  let places: AgentPlaces
  let machine: JoinMachine
  let teller: PhaseTeller
  /// The report of the disks' part, looked up anew.
  let disks: () -> AgentReport?
  /// Whether the part that sees to the board's boot order goes on at later boots, when this one has
  /// retired.
  public var keepsBootOrder = false

  /// What is known from the first part on.
  struct Known {
    var identity: NodeIdentity
    var distribution: Distribution
    var journal: JoinJournal
  }

  public init(
    places: AgentPlaces, machine: JoinMachine, teller: PhaseTeller,
    disks: @escaping () -> AgentReport?
  ) {
    self.places = places
    self.machine = machine
    self.teller = teller
    self.disks = disks
  }

  public func run() -> End {
    do throws(Stop) {
      let known = try identify()
      try awaitDisks(known)
      let interface = try awaitNetwork(known)
      let local = localState(known)
      try awaitClock(known, local)
      let course = try choose(known, local)
      let server = try preflight(known, course)
      try start(known, course, server, interface)
      try awaitReady(known, course)
      try handOver(known)
      try finish(known)
      return .ready
    } catch {
      switch error {
      case .refused(let code): return .refused(code)
      case .rebooting: return .rebooting
      case .stopped: return .stopped
      }
    }
  }

  /// Looks and decides until a part is done. A quiet one is not told of when it is found done, as the
  /// part of another program is. What went wrong unexpectedly is waited for like
  /// anything else that may come right.
  func settle<Value>(
    _ phase: BootPhase, grows: Bool = false, limit: Int = 30, isQuiet: Bool = false,
    _ look: (_ waited: Int) throws(Failed) -> JoinRuling<Value>
  ) throws(Stop) -> Value {
    let start = machine.uptime()
    var backoff = Backoff(to: limit)
    var last = ""
    if !isQuiet { teller.tell(phase, .started, Self.beginning(phase)) }
    while true {
      let ruling: JoinRuling<Value>
      do throws(Failed) { ruling = try look(Int(machine.uptime() - start)) } catch {
        switch error {
        case .stop(let stop): throw stop
        case .agent(let error): ruling = .wait("\(error)", seconds: 15)
        }
      }
      switch ruling {
      case .go(let value, let sentence):
        if !isQuiet || !last.isEmpty { teller.tell(phase, .done, sentence) }
        return value
      case .wait(let sentence, let seconds):
        if sentence != last { backoff = Backoff(from: seconds, to: limit) }
        last = sentence
        teller.tell(phase, .waiting, sentence)
        guard machine.pause(grows ? backoff.next() : seconds) else { throw .stopped }
      case .refuse(let refusal):
        teller.tell(phase, .refused, refusal.reason, code: refusal.code, next: refusal.next)
        guard let retry = refusal.retry else { throw .refused(refusal.code) }
        guard machine.pause(retry) else { throw .stopped }
      case .reboot(let sentence):
        teller.tell(phase, .rebooting, sentence)
        throw .rebooting
      }
    }
  }

  private static func beginning(_ phase: BootPhase) -> String {
    switch phase {
    case .identity: "reading who this node is"
    case .disks: "looking at the disks"
    case .network: "looking at the network"
    case .clock: "looking at the clock"
    case .peers: "looking for the cluster"
    case .preflight: "asking whether it is the right cluster"
    case .join: "preparing the start"
    case .ready: "waiting for the cluster's word"
    case .handoff: "handing the cluster over"
    case .finish: "removing what was staged, and leaving a receipt"
    }
  }

  /// What a look can come to besides a ruling.
  enum Failed: Error {
    case agent(AgentError)
    case stop(Stop)
  }

  /// Runs what throws the agent's errors inside a look.
  func tried<Value>(_ work: () throws(AgentError) -> Value) throws(Failed) -> Value {
    do throws(AgentError) { return try work() } catch { throw .agent(error) }
  }

  func refuse(_ phase: BootPhase, _ refusal: JoinRefusal) -> Stop {
    teller.tell(phase, .refused, refusal.reason, code: refusal.code, next: refusal.next)
    return .refused(refusal.code)
  }

  // MARK: Who, and on which disks

  private func identify() throws(Stop) -> Known {
    let identity: NodeIdentity
    let journal: JoinJournal
    do throws(AgentError) {
      let serial = machine.tree.text("/proc/device-tree/serial-number")
      identity = try IdentityReader(places).read(boardSerial: serial)
      journal = try JoinJournal(places.joinJournal, boot: machine.bootID, now: machine.now)
      try journal.append(.booted)
    } catch {
      throw refuse(
        .identity,
        JoinRefusal(
          .identity, "\(error)",
          next: ["write the medium again with sugarimage, for this node"]))
    }
    guard let distribution = Distribution.named(identity.cluster.distribution) else {
      throw refuse(
        .identity,
        JoinRefusal(
          .unknownDistribution, "this agent cannot join nodes to \(identity.cluster.distribution)"))
    }
    guard identity.cluster.binaryIncluded else {
      throw refuse(
        .identity,
        JoinRefusal(
          .placeholder,
          "the image holds a placeholder in place of \(distribution.name): the fleet names no binary",
          next: [
            "name it under clusters[].\(distribution.name) by path and sha256, build, and write the medium again"
          ]))
    }
    return Known(identity: identity, distribution: distribution, journal: journal)
  }

  /// Nothing starts before the disks are as planned and their file systems are mounted: what runs
  /// would fill the wrong ones.
  private func awaitDisks(_ known: Known) throws(Stop) {
    _ = try settle(.disks, isQuiet: true) { (_) throws(Failed) -> JoinRuling<Bool> in
      let mounts = self.mountPoints
      return DiskGate.decide(
        known.identity, report: self.disks(), boot: self.machine.bootID, mounts: mounts)
    }
  }

  private var mountPoints: Set<String>? {
    (try? MountTable(machine.tree)).map { Set($0.mounts.map(\.place)) }
  }

  /// What the node's own disks say of its past.
  func localState(_ known: Known) -> LocalState {
    let (distribution, identity) = (known.distribution, known.identity)
    let path = places.root + distribution.authority(identity.role)
    do throws(HostError) {
      if try Files.exists(path) {
        let digest = AuthorityPin.digest(of: try Files.read(path, limit: .mib(1)))
        guard digest == identity.cluster.pin else {
          return .foreign("the authority in \(path) is \(digest?.prefix(12) ?? "unreadable")")
        }
      }
      let data = places.root + distribution.data(identity.role)
      return try Files.exists(data) ? .joined : .fresh
    } catch { return .unknown("\(error)") }
  }
}
