public import SugarModel

/// What is known of the node's network.
public struct NetworkFacts: Hashable, Sendable {
  public struct Interface: Hashable, Sendable {
    public var name: String
    public var addresses: [IPv4Address]
    /// nil when it cannot be told.
    public var hasCarrier: Bool?
    public var mac: String?

    public init(name: String, addresses: [IPv4Address], hasCarrier: Bool?, mac: String?) {
      self.name = name
      self.addresses = addresses
      self.hasCarrier = hasCarrier
      self.mac = mac
    }
  }

  /// Whether another machine answers for an address.
  public enum Neighbour: Hashable, Sendable {
    case silent
    case answers(mac: String)
    /// It could not be asked, in words.
    case unknown(String)
  }

  public var interfaces: [Interface]
  public var hasDefaultRoute: Bool
  /// Who answers for the node's own address.
  public var claimant: Neighbour
  /// Who answers for the gateway's; nil without a gateway.
  public var gateway: Neighbour?
  /// Whether any planned peer answers at all.
  public var anyPeerAnswers: Bool
  /// Seconds for which the network has been waited for.
  public var waited: Int

  public init(
    interfaces: [Interface], hasDefaultRoute: Bool, claimant: Neighbour, gateway: Neighbour?,
    anyPeerAnswers: Bool, waited: Int
  ) {
    self.interfaces = interfaces
    self.hasDefaultRoute = hasDefaultRoute
    self.claimant = claimant
    self.gateway = gateway
    self.anyPeerAnswers = anyPeerAnswers
    self.waited = waited
  }
}

/// Decides whether a node's network is what it should be. (NetworkManager brings it up; what counts
/// is what the kernel then says.)
public enum NetworkRules {
  /// How long a silent network is waited for before the node goes on alone.
  public static let patience = 60

  /// Whether the network's files go back to those with which the node was Ready last: nobody
  /// answers for so long, they are others now, and this boot has not tried it yet.
  public static func fallsBack(
    _ ruling: JoinRuling<String>, waited: Int, differs: Bool, wasTried: Bool
  ) -> Bool {
    guard differs, !wasTried, waited >= patience - 5 else { return false }
    switch ruling {
    case .wait: return true
    case .go, .refuse, .reboot: return false
    }
  }

  /// The interface that carries the node's address, by its name.
  public static func decide(
    _ identity: NodeIdentity, _ facts: NetworkFacts
  ) -> JoinRuling<String> {
    guard let address = identity.address else { return byLease(identity, facts) }
    guard let interface = facts.interfaces.first(where: { $0.addresses.contains(address) }) else {
      return .wait(missing(address, facts), seconds: 2)
    }
    if case .answers(let mac) = facts.claimant {
      return .refuse(
        JoinRefusal(
          .duplicateAddress,
          "another machine (\(mac)) has the address \(address) of \(identity.node)",
          next: [
            "find the other machine: is the same image in two of them?",
            "give one of them another image, or switch it off; this node looks again by itself",
          ]))
    }
    return settled(interface, address, identity, facts)
  }

  private static func settled(
    _ interface: NetworkFacts.Interface, _ address: IPv4Address, _ identity: NodeIdentity,
    _ facts: NetworkFacts
  ) -> JoinRuling<String> {
    let base = "\(interface.name) has \(address)"
    if case .answers? = facts.gateway { return .go(interface.name, base + routed(facts)) }
    if facts.anyPeerAnswers { return .go(interface.name, base + routed(facts)) }
    guard facts.gateway != nil || identity.cluster.members.count > 1 else {
      return .go(interface.name, base + routed(facts))
    }
    guard facts.waited >= patience else {
      return .wait("\(base), but neither the gateway nor a peer answers yet", seconds: 5)
    }
    return .go(
      interface.name, "\(base); nobody else answers on this network, the node goes on alone")
  }

  private static func routed(_ facts: NetworkFacts) -> String {
    facts.hasDefaultRoute ? "" : ", without a default route"
  }

  private static func missing(_ address: IPv4Address, _ facts: NetworkFacts) -> String {
    let wired = facts.interfaces.filter { $0.name != "lo" }
    if wired.isEmpty { return "there is no network interface yet" }
    if wired.allSatisfy({ $0.hasCarrier == false }) {
      return
        "no cable is connected: \(wired.map(\.name).joined(separator: ", ")) has no carrier"
    }
    let held = wired.flatMap(\.addresses).map(\.description)
    let others = held.isEmpty ? "" : " (there is \(held.joined(separator: ", ")))"
    return "no interface has \(address) yet\(others)"
  }

  /// A node whose address comes by DHCP takes what it gets. A server may not: its address stands in
  /// certificates and in the members' list for ever.
  private static func byLease(
    _ identity: NodeIdentity, _ facts: NetworkFacts
  ) -> JoinRuling<String> {
    let usable = facts.interfaces.filter { $0.name != "lo" && !$0.addresses.isEmpty }
    guard let first = usable.first, let address = first.addresses.first else {
      return .wait("no interface has an address by DHCP yet", seconds: 2)
    }
    let warning = identity.role.isServer ? "; a server should have a fixed address" : ""
    return .go(first.name, "\(first.name) has \(address) by DHCP\(warning)")
  }
}
