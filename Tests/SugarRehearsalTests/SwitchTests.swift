import SugarModel
import Testing

@testable import SugarRehearsal

/// Frames between machines.
@Suite struct SwitchTests {
  private static let (a, b) = (MACAddress(named: "a"), MACAddress(named: "b"))
  private static let everybody = MACAddress([255, 255, 255, 255, 255, 255])

  private static func frame(_ target: MACAddress, _ sender: MACAddress) -> [UInt8] {
    target.bytes + sender.bytes + [8, 0] + [UInt8](repeating: 7, count: 46)
  }

  @Test("a switch floods what it does not know, and then knows")
  func learns() {
    var table = LearningTable()
    #expect(table.route(Self.frame(Self.b, Self.a), from: 1, among: [1, 2, 3]) == [2, 3])
    #expect(table.route(Self.frame(Self.a, Self.b), from: 2, among: [1, 2, 3]) == [1])
    #expect(table.route(Self.frame(Self.b, Self.a), from: 1, among: [1, 2, 3]) == [2])
    #expect(table.route(Self.frame(Self.everybody, Self.a), from: 1, among: [1, 2, 3]) == [2, 3])
    // A card that moved is found at its new port with its first word there.
    #expect(table.route(Self.frame(Self.a, Self.b), from: 3, among: [1, 2, 3]) == [1])
    #expect(table.route(Self.frame(Self.b, Self.a), from: 1, among: [1, 2, 3]) == [3])
    // To oneself, and behind a plug that was pulled.
    #expect(table.route(Self.frame(Self.a, Self.a), from: 1, among: [1, 2, 3]) == [])
    table.forget(3)
    #expect(table.route(Self.frame(Self.b, Self.a), from: 1, among: [1, 2]) == [2])
    #expect(table.route([1, 2, 3], from: 1, among: [1, 2]) == [])
  }

  @Test("a group is never learnt as a sender")
  func groups() {
    var table = LearningTable()
    _ = table.route(Self.frame(Self.b, Self.everybody), from: 1, among: [1, 2, 3])
    #expect(table.route(Self.frame(Self.everybody, Self.b), from: 2, among: [1, 2, 3]) == [1, 3])
  }

  @Test("a name gives a card of its own, always the same")
  func cards() {
    #expect(MACAddress(named: "fleet/n1/lan") == MACAddress(named: "fleet/n1/lan"))
    let cards = Set((0..<900).map { MACAddress(named: "fleet/n\($0)/lan") })
    #expect(cards.count == 900)
    #expect(cards.allSatisfy { !$0.isGroup })
    #expect(MACAddress("52:54:00:12:34:5f")?.description == "52:54:00:12:34:5f")
    for text in ["", "52:54:00:12:34", "52:54:00:12:34:5g", "5:54:00:12:34:5f0"] {
      #expect(MACAddress(text) == nil)
    }
  }

  @Test("frames come out of a stream whole, however it is cut", arguments: 1...9)
  func stream(_ piece: Int) {
    let frames = [Self.frame(Self.a, Self.b), [], [1], [UInt8](repeating: 9, count: 1514)]
    var rest = frames.flatMap { FrameStream.packed($0) }[...]
    var stream = FrameStream()
    var got: [[UInt8]] = []
    while !rest.isEmpty {
      got += stream.take(rest.prefix(piece))
      rest = rest.dropFirst(piece)
    }
    #expect(got == frames)
    #expect(!stream.isBroken)
  }

  @Test("a length that no frame has breaks the stream for good")
  func broken() {
    var stream = FrameStream()
    #expect(stream.take([0x7f, 0, 0, 0, 1]) == [])
    #expect(stream.isBroken)
    #expect(stream.take(FrameStream.packed([1])) == [])
  }
}

/// The router of an emulated network.
@Suite struct GatewayTests {
  private let gateway = Gateway(
    addresses: [
      .init(IPv4Address(0xc0a8_0101)), .init(IPv4Address(0x0a00_0001), vlan: 8),
    ], timeServers: ["Ntp.example.org"])
  private let node = MACAddress(named: "node")

  private func arp(_ target: UInt32, tag: [UInt8] = []) -> [UInt8] {
    [255, 255, 255, 255, 255, 255] + node.bytes + tag + [8, 6] + [0, 1, 8, 0, 6, 4, 0, 1]
      + node.bytes + [192, 168, 1, 21] + [0, 0, 0, 0, 0, 0] + BigEndian.bytes(target)
  }

  private func ip(_ target: UInt32, _ kind: UInt8, _ body: [UInt8]) -> [UInt8] {
    var header: [UInt8] = [0x45, 0] + BigEndian.bytes(UInt16(20 + body.count))
    header += [0, 1, 0x40, 0, 64, kind, 0, 0, 192, 168, 1, 21] + BigEndian.bytes(target)
    return Gateway.card.bytes + node.bytes + [8, 0] + header + body
  }

  private func udp(_ port: UInt16, _ body: [UInt8]) -> [UInt8] {
    BigEndian.bytes(UInt16(4321)) + BigEndian.bytes(port) + BigEndian.bytes(UInt16(8 + body.count))
      + [0, 0] + body
  }

  @Test("it answers for its addresses, each in its own VLAN, and for no other")
  func resolves() throws {
    let reply = try #require(gateway.answer(arp(0xc0a8_0101), now: 0))
    #expect(reply.count == 60)
    #expect(
      Array(reply[0..<22]) == node.bytes + Gateway.card.bytes + [8, 6, 0, 1, 8, 0, 6, 4, 0, 2])
    #expect(Array(reply[22..<32]) == Gateway.card.bytes + [192, 168, 1, 1])
    let tagged = try #require(gateway.answer(arp(0x0a00_0001, tag: [0x81, 0, 0, 8]), now: 0))
    #expect(Array(tagged[12..<18]) == [0x81, 0, 0, 8, 8, 6])
    #expect(gateway.answer(arp(0x0a00_0001), now: 0) == nil)
    #expect(gateway.answer(arp(0xc0a8_0101, tag: [0x81, 0, 0, 8]), now: 0) == nil)
    #expect(gateway.answer(arp(0xc0a8_0116), now: 0) == nil)
  }

  @Test("a ping comes back with its own content")
  func ping() throws {
    let reply = try #require(
      gateway.answer(ip(0xc0a8_0101, 1, [8, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]), now: 0))
    let packet = try #require(IPv4Packet(Array(reply[14...])))
    #expect(packet.target == IPv4Address(0xc0a8_0115))
    #expect(Array(packet.body[4...]) == [1, 2, 3, 4, 5, 6, 7, 8])
    #expect(packet.body[0] == 0)
    #expect(Checksums.internet(packet.body) == 0)
    #expect(Checksums.internet(Array(packet.bytes[0..<20])) == 0)
  }

  @Test("it tells the time to whoever asks, at any address")
  func time() throws {
    var question = [UInt8](repeating: 0, count: 48)
    question[0] = 0x23
    question[40...47] = [1, 2, 3, 4, 5, 6, 7, 8]
    let reply = try #require(
      gateway.answer(ip(0x0808_0808, 17, udp(123, question)), now: 1_000_000_000.5))
    let packet = try #require(IPv4Packet(Array(reply[14...])))
    #expect(packet.source == IPv4Address(0x0808_0808))
    let answer = try #require(UDPDatagram(packet.body)).body
    #expect(answer.count == 48)
    #expect(answer[0] == 0x24)
    #expect(Array(answer[24..<32]) == [1, 2, 3, 4, 5, 6, 7, 8])
    #expect(BigEndian.word(answer, 40) == 3_208_988_800)
    #expect(BigEndian.word(answer, 44) == 0x8000_0000)
  }

  @Test(
    "names of time servers lead to it, no other name leads anywhere",
    arguments: [
      (["ntp", "EXAMPLE", "org"], 1, 0, 1), (["0", "debian", "pool", "ntp", "org"], 1, 0, 1),
      (["0", "debian", "pool", "ntp", "org"], 28, 0, 0), (["example", "org"], 1, 3, 0),
      (["ntppool", "ntp", "org"], 1, 3, 0),
    ] as [([String], UInt16, UInt8, UInt8)])
  func names(_ labels: [String], _ kind: UInt16, _ code: UInt8, _ count: UInt8) throws {
    var question: [UInt8] = [0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    for label in labels { question += [UInt8(label.utf8.count)] + Array(label.utf8) }
    question += [0] + BigEndian.bytes(kind) + [0, 1]
    let reply = try #require(gateway.answer(ip(0xc0a8_0101, 17, udp(53, question)), now: 0))
    let packet = try #require(IPv4Packet(Array(reply[14...])))
    let answer = try #require(UDPDatagram(packet.body)).body
    #expect(Array(answer[0..<2]) == [0xab, 0xcd])
    #expect(answer[3] & 15 == code)
    #expect(answer[7] == count)
    if count == 1 { #expect(Array(answer.suffix(4)) == [192, 168, 1, 1]) }
  }

  @Test("what it does not do is said at once, but not to everybody")
  func unreachable() throws {
    let reply = try #require(gateway.answer(ip(0x0101_0101, 6, [1, 2, 3, 4, 5, 6, 7, 8]), now: 0))
    let packet = try #require(IPv4Packet(Array(reply[14...])))
    #expect(packet.source == IPv4Address(0xc0a8_0101))
    #expect(Array(packet.body[0..<2]) == [3, 0])
    #expect(Checksums.internet(packet.body) == 0)
    let own = try #require(gateway.answer(ip(0xc0a8_0101, 6, [1, 2, 3, 4, 5, 6, 7, 8]), now: 0))
    let refused = try #require(IPv4Packet(Array(own[14...])))
    #expect(Array(refused.body[0..<2]) == [3, 3])
    #expect(gateway.answer(ip(0xc0a8_01ff, 17, udp(137, [1])), now: 0) == nil)
    #expect(gateway.answer(ip(0xe000_00fb, 17, udp(5353, [1])), now: 0) == nil)
  }

  @Test("frames that are cut short bring nothing down", arguments: 0..<90)
  func short(_ length: Int) {
    var question = [UInt8](repeating: 0, count: 48)
    question[0] = 0x23
    for frame in [
      arp(0xc0a8_0101), ip(0xc0a8_0101, 17, udp(123, question)),
      ip(0xc0a8_0101, 17, udp(53, [0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 63, 1])),
      ip(0xc0a8_0101, 1, [8]), Gateway.card.bytes + node.bytes + [0x81, 0],
    ] { _ = gateway.answer(Array(frame.prefix(length)), now: 0) }
  }
}
