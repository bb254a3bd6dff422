internal import SugarModel

extension ValueCursor {
  func address() -> IPv4Address? {
    guard let text = text() else { return nil }
    return IPv4Address(text) ?? fail("'\(SecretWords.shown(text))' is no IPv4 address")
  }

  /// A network in CIDR form, without host bits.
  func network() -> IPv4Network? {
    guard let text = text() else { return nil }
    if let network = IPv4Network(text) { return network }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    if parts.count == 2, let address = IPv4Address(String(parts[0])), let prefix = Int(parts[1]),
      (0...32).contains(prefix)
    {
      let meant = IPv4Network(containing: address, prefix: prefix)
      return fail(
        "'\(SecretWords.shown(text))' has bits set behind its prefix",
        note: "did you mean '\(meant)'?")
    }
    return fail(
      "'\(SecretWords.shown(text))' is no IPv4 network", note: "write it as 192.168.1.0/24")
  }

  /// `192.168.1.240-192.168.1.243`, both ends included.
  func addressRange() -> AddressRange? {
    guard let text = text() else { return nil }
    let ends = text.split(separator: "-", omittingEmptySubsequences: false)
      .map { IPv4Address(String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())) }
    guard ends.count == 2, let first = ends[0], let last = ends[1] else {
      return fail(
        "'\(SecretWords.shown(text))' is no range of addresses",
        note: "write it as 192.168.1.240-192.168.1.243")
    }
    guard first <= last else { return fail("the range '\(text)' ends before it begins") }
    return AddressRange(first: first, last: last)
  }

  /// The hardware address of one interface, in lower case.
  func mac() -> String? {
    guard let text = text() else { return nil }
    let lower = text.lowercased()
    let parts = lower.split(separator: ":", omittingEmptySubsequences: false)
    let bytes = parts.compactMap { $0.utf8.count == 2 ? UInt8($0, radix: 16) : nil }
    guard bytes.count == 6, parts.count == 6 else {
      return fail(
        "'\(SecretWords.shown(text))' is no MAC address", note: "write it as b8:27:eb:01:02:03")
    }
    guard bytes[0] & 1 == 0, bytes.contains(where: { $0 != 0 }) else {
      return fail("'\(lower)' is not the address of one interface (multicast or zero)")
    }
    return lower
  }

  /// `80 GiB`, `200 MiB`: a whole number and a binary unit.
  func size() -> ByteCount? {
    guard case .scalar(let scalar) = value.content, ScalarKind(scalar) == .text else {
      return fail("'\(name)' must be a size, not \(value.described)", note: "write it as 80 GiB")
    }
    let digits = scalar.text.prefix { $0.isASCII && $0.isNumber }
    let unit = scalar.text.dropFirst(digits.count).drop { $0 == " " }
    let shifts: [Substring: UInt64] = ["KiB": 10, "MiB": 20, "GiB": 30, "TiB": 40]
    guard let number = UInt64(digits), let shift = shifts[unit], number > 0, number < 1 << 20 else {
      let binary = ["KB", "kB", "MB", "GB", "TB", "K", "M", "G", "T"].contains(unit)
      return fail(
        "'\(SecretWords.shown(scalar.text))' is no size",
        note: binary ? "write a binary unit: KiB, MiB, GiB or TiB" : "write it as 80 GiB")
    }
    return ByteCount(number << shift)
  }
}
