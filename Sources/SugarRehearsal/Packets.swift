import SugarModel

/// Numbers with the highest byte first, as networks write them.
enum BigEndian {
  static func word(_ bytes: [UInt8], _ place: Int) -> UInt32 {
    bytes[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }
  static func half(_ bytes: [UInt8], _ place: Int) -> UInt16 {
    UInt16(bytes[place]) << 8 | UInt16(bytes[place + 1])
  }
  static func bytes(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }
  static func bytes(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xff)] }
}

enum Checksums {
  /// The Internet checksum. (RFC 1071)
  static func internet(_ bytes: [UInt8]) -> UInt16 {
    var sum: UInt32 = 0
    for place in stride(from: 0, to: bytes.count, by: 2) {
      sum += UInt32(bytes[place]) << 8
      if place + 1 < bytes.count { sum += UInt32(bytes[place + 1]) }
    }
    while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
    return ~UInt16(sum)
  }

  /// A message of ICMP with its checksum put in.
  static func icmp(_ message: [UInt8]) -> [UInt8] {
    var message = message
    message.replaceSubrange(2..<4, with: BigEndian.bytes(internet(message)))
    return message
  }
}

/// Target, sender, perhaps a VLAN's tag, the type, the body. (IEEE 802.3; 802.1Q)
struct EthernetFrame: Hashable {
  var target: MACAddress
  var sender: MACAddress
  /// The two bytes behind 0x8100: priority and number.
  var tag: [UInt8]?
  var type: UInt16
  var body: [UInt8]

  var vlan: Int? { tag.map { Int(BigEndian.half($0, 0) & 0xfff) } }

  init?(_ bytes: [UInt8]) {
    guard bytes.count >= 14 else { return nil }
    target = MACAddress(bytes[0..<6])
    sender = MACAddress(bytes[6..<12])
    var place = 12
    if BigEndian.half(bytes, 12) == 0x8100 {
      guard bytes.count >= 18 else { return nil }
      tag = Array(bytes[14..<16])
      place = 16
    }
    type = BigEndian.half(bytes, place)
    body = Array(bytes[(place + 2)...])
  }

  /// Back to the sender, in the same VLAN; at least as long as the shortest frame.
  func reply(from card: MACAddress, _ body: [UInt8]) -> [UInt8] {
    let tagged = tag.map { [0x81, 0x00] + $0 } ?? []
    let frame = sender.bytes + card.bytes + tagged + BigEndian.bytes(type) + body
    return frame + [UInt8](repeating: 0, count: max(0, 60 - frame.count))
  }
}

/// (RFC 791)
struct IPv4Packet: Hashable {
  var bytes: [UInt8]
  var headerLength: Int
  var kind: UInt8
  var source: IPv4Address
  var target: IPv4Address

  var body: [UInt8] { Array(bytes[headerLength...]) }

  /// nil when it is cut short, or a fragment.
  init?(_ frame: [UInt8]) {
    guard frame.count >= 20, frame[0] >> 4 == 4 else { return nil }
    headerLength = Int(frame[0] & 15) * 4
    let total = Int(BigEndian.half(frame, 2))
    guard headerLength >= 20, total >= headerLength, total <= frame.count,
      BigEndian.half(frame, 6) & 0x3fff == 0
    else { return nil }
    bytes = Array(frame[0..<total])
    kind = frame[9]
    source = IPv4Address(BigEndian.word(frame, 12))
    target = IPv4Address(BigEndian.word(frame, 16))
  }

  /// Back to the sender, from the address that was meant or from `own`.
  func reply(_ kind: UInt8, _ body: [UInt8], from own: IPv4Address? = nil) -> [UInt8] {
    var header: [UInt8] = [0x45, 0] + BigEndian.bytes(UInt16(20 + body.count))
    header += [0, 0, 0x40, 0, 64, kind, 0, 0]
    header += BigEndian.bytes((own ?? target).value) + BigEndian.bytes(source.value)
    header.replaceSubrange(10..<12, with: BigEndian.bytes(Checksums.internet(header)))
    return header + body
  }
}

/// (RFC 768)
struct UDPDatagram: Hashable {
  var source: UInt16
  var target: UInt16
  var body: [UInt8]

  init?(_ bytes: [UInt8]) {
    guard bytes.count >= 8 else { return nil }
    let length = Int(BigEndian.half(bytes, 4))
    guard length >= 8, length <= bytes.count else { return nil }
    source = BigEndian.half(bytes, 0)
    target = BigEndian.half(bytes, 2)
    body = Array(bytes[8..<length])
  }

  /// Back to where it came from; without a checksum, which IPv4 allows.
  func reply(_ body: [UInt8]) -> [UInt8] {
    BigEndian.bytes(target) + BigEndian.bytes(source) + BigEndian.bytes(UInt16(8 + body.count))
      + [0, 0] + body
  }
}
