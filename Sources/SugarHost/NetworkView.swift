import CLinux
public import SugarModel

#if canImport(Glibc)
  import Glibc
#endif

/// The network as the kernel has it.
public struct NetworkView: Sendable {
  public struct Interface: Hashable, Sendable {
    public var name: String
    public var addresses: [IPv4Address]
    /// nil when the kernel does not say, as of one that is down.
    public var hasCarrier: Bool?
    public var mac: String?
  }

  let tree: SystemTree

  public init(_ tree: SystemTree = SystemTree()) { self.tree = tree }

  /// Every interface with its IPv4 addresses, by name. (getifaddrs(3))
  public func interfaces() throws(HostError) -> [Interface] {
    var first: UnsafeMutablePointer<ifaddrs>?
    try retrying("list", "the network's interfaces") { getifaddrs(&first) }
    defer { freeifaddrs(first) }
    var found: [String: [IPv4Address]] = [:]
    var next = first
    while let entry = next?.pointee {
      let name = String(cString: entry.ifa_name)
      found[name, default: []] += Self.address(entry.ifa_addr).map { [$0] } ?? []
      next = entry.ifa_next
    }
    return found.sorted { $0.key < $1.key }.map { name, addresses in
      Interface(
        name: name, addresses: addresses,
        hasCarrier: tree.number("/sys/class/net/\(name)/carrier").map { $0 == 1 },
        mac: tree.text("/sys/class/net/\(name)/address"))
    }
  }

  private static func address(_ place: UnsafeMutablePointer<sockaddr>?) -> IPv4Address? {
    guard let place, place.pointee.sa_family == AF_INET else { return nil }
    return place.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
      IPv4Address(UInt32(bigEndian: $0.pointee.sin_addr.s_addr))
    }
  }

  /// Whether there is a way to everywhere. (/proc/net/route)
  public var hasDefaultRoute: Bool {
    let lines = (tree.text("/proc/net/route") ?? "").split(separator: "\n").dropFirst()
    return lines.contains { line in
      let words = line.split(whereSeparator: \.isWhitespace)
      return words.count > 7 && words[1] == "00000000" && words[7] == "00000000"
    }
  }

  /// Who else on the interface's network has an address; nil when nobody says so. Needs CAP_NET_RAW.
  public static func owner(
    of address: IPv4Address, on interface: String, milliseconds: Int = 900
  ) throws(HostError) -> String? {
    var mac = [UInt8](repeating: 0, count: 6)
    let answers = try retrying("ask on", interface) {
      clinux_arp_probe(interface, address.value, Int32(milliseconds), &mac)
    }
    return answers == 0 ? nil : mac.map { Hex.text([$0]) }.joined(separator: ":")
  }
}
