public import SugarModel

/// The router of an emulated network, as far as nodes need one: it answers for its addresses (ARP,
/// ping), tells the time to whoever asks (NTP, any address), and leads the names of time servers to
/// itself (DNS). No other name resolves, and nothing behind it can be reached: that is said at once
/// (ICMP), so nobody has to wait for it.
public struct Gateway: Hashable, Sendable {
  public struct Address: Hashable, Sendable {
    public var address: IPv4Address
    /// nil where frames carry no tag.
    public var vlan: Int?

    public init(_ address: IPv4Address, vlan: Int? = nil) {
      self.address = address
      self.vlan = vlan
    }
  }

  public var addresses: [Address]
  /// Names of time servers; those of pool.ntp.org need not be named.
  public var timeServers: Set<String>
  static let card = MACAddress("52:54:00:ff:00:01") ?? MACAddress(named: "gateway")

  public init(addresses: [Address], timeServers: [String] = []) {
    self.addresses = addresses
    self.timeServers = Set(timeServers.map { $0.lowercased() })
  }

  /// The answer to a frame; nil when there is none.
  ///
  /// - Parameter now: seconds since 1970.
  public func answer(_ frame: [UInt8], now: Double) -> [UInt8]? {
    guard let received = EthernetFrame(frame) else { return nil }
    let reply: [UInt8]?
    switch received.type {
    case 0x0806: reply = answerARP(received)
    case 0x0800 where received.target == Self.card: reply = answerIPv4(received, now: now)
    default: reply = nil
    }
    return reply.map { received.reply(from: Self.card, $0) }
  }

  private func owns(_ address: IPv4Address, _ vlan: Int?) -> Bool {
    addresses.contains { $0.address == address && $0.vlan == vlan }
  }

  /// (RFC 826)
  private func answerARP(_ frame: EthernetFrame) -> [UInt8]? {
    let body = frame.body
    guard body.count >= 28, Array(body[0..<8]) == [0, 1, 8, 0, 6, 4, 0, 1] else { return nil }
    let asked = IPv4Address(BigEndian.word(body, 24))
    guard owns(asked, frame.vlan) else { return nil }
    return [0, 1, 8, 0, 6, 4, 0, 2] + Self.card.bytes + BigEndian.bytes(asked.value)
      + Array(body[8..<18])
  }

  private func answerIPv4(_ frame: EthernetFrame, now: Double) -> [UInt8]? {
    guard let packet = IPv4Packet(frame.body) else { return nil }
    let isOurs = owns(packet.target, frame.vlan)
    if packet.kind == 1 {
      guard isOurs, packet.body.count >= 8, packet.body[0] == 8 else { return nil }
      return packet.reply(1, Checksums.icmp([0, 0, 0, 0] + packet.body[4...]))
    }
    if packet.kind == 17, let datagram = UDPDatagram(packet.body) {
      let answer =
        switch datagram.target {
        case 123: TimeAnswer.bytes(to: datagram.body, now: now)
        case 53: NameAnswer.bytes(to: datagram.body) { isTimeServer($0) ? own(frame.vlan) : nil }
        default: nil as [UInt8]?
        }
      if let answer { return packet.reply(17, datagram.reply(answer)) }
    }
    guard let own = own(frame.vlan), !packet.target.isBroadcast else { return nil }
    // Port unreachable here, network unreachable behind.
    let quoted = Array(packet.bytes.prefix(packet.headerLength + 8))
    return packet.reply(
      1, Checksums.icmp([3, isOurs ? 3 : 0, 0, 0, 0, 0, 0, 0] + quoted), from: own)
  }

  private func own(_ vlan: Int?) -> IPv4Address? {
    addresses.first { $0.vlan == vlan }?.address
  }

  private func isTimeServer(_ name: String) -> Bool {
    timeServers.contains(name) || name == "pool.ntp.org" || name.hasSuffix(".pool.ntp.org")
  }
}

extension IPv4Address {
  /// To everybody, or to a group: nobody answers that with a complaint. (RFC 1122, 3.2.2)
  var isBroadcast: Bool { value >= 0xe000_0000 || value & 0xff == 0xff }
}
