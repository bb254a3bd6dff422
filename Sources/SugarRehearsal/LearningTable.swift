/// Six bytes that name a network card. (IEEE 802, 48-bit)
public struct MACAddress: Hashable, Sendable, CustomStringConvertible {
  public var bytes: [UInt8]

  init(_ bytes: ArraySlice<UInt8>) { self.bytes = Array(bytes) }

  /// `52:54:00:12:34:56`; nil when it is anything else.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let bytes = parts.compactMap { $0.count == 2 ? UInt8($0, radix: 16) : nil }
    guard parts.count == 6, bytes.count == 6 else { return nil }
    self.bytes = bytes
  }

  /// One that a machine may give itself, made of a name: the same name, the same address.
  ///
  /// QEMU's own prefix, and three bytes of FNV-1a. (http://www.isthe.com/chongo/tech/comp/fnv)
  public init(named name: String) {
    var hash: UInt32 = 0x811c_9dc5
    for byte in name.utf8 { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
    hash ^= hash >> 24
    bytes = [0x52, 0x54, 0x00] + [16, 8, 0].map { UInt8(truncatingIfNeeded: hash >> $0) }
  }

  /// Whether it means more than one card.
  var isGroup: Bool { bytes[0] & 1 != 0 }

  public var description: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
  }
}

/// What a switch knows: behind which of its ports a card is. (IEEE 802.1D, 7.8)
///
/// A frame is carried as it is, a VLAN's tag and all.
public struct LearningTable: Hashable, Sendable {
  private var places: [MACAddress: Int] = [:]

  public init() {}

  /// Learns where the sender is, and gives the ports that the frame goes out of. A frame that is too
  /// short to have a sender goes nowhere.
  public mutating func route(_ frame: [UInt8], from port: Int, among ports: [Int]) -> [Int] {
    guard frame.count >= 14 else { return [] }
    let sender = MACAddress(frame[6..<12])
    if !sender.isGroup { places[sender] = port }
    let target = MACAddress(frame[0..<6])
    if !target.isGroup, let place = places[target], ports.contains(place) {
      return place == port ? [] : [place]
    }
    return ports.filter { $0 != port }
  }

  /// Forgets everything behind a port: its plug was pulled.
  public mutating func forget(_ port: Int) {
    places = places.filter { $0.value != port }
  }
}
