/// Which disk is meant. Every condition that is given must hold; one that is not given says
/// nothing.
public struct DiskSelector: Hashable, Sendable, Codable {
  /// Serial numbers or world-wide ids; any of them.
  public var identifiers: [String]
  public var transport: DiskTransport?
  /// With `*` for any letters: `Samsung SSD 9*`.
  public var model: String?
  /// A name below `/dev/disk/by-path`, for devices that have no serial number.
  public var path: String?
  public var minimum: ByteCount?
  public var maximum: ByteCount?

  public init(
    identifiers: [String] = [], transport: DiskTransport? = nil, model: String? = nil,
    path: String? = nil, minimum: ByteCount? = nil, maximum: ByteCount? = nil
  ) {
    self.identifiers = identifiers
    self.transport = transport
    self.model = model
    self.path = path
    self.minimum = minimum
    self.maximum = maximum
  }

  public enum Choice: Hashable, Sendable {
    case one(Disk)
    case none
    /// Disks that are everything that was asked for but for the named identity.
    case wrongIdentity([Disk])
    /// Disks that are everything that was asked for but for their size.
    case wrongSize([Disk])
    case several([Disk])
  }

  /// Exactly one of `disks`, or why there is not one.
  public func choose(from disks: [Disk]) -> Choice {
    let similar = disks.filter { isSimilar($0) }
    let named = similar.filter { isNamed($0) }
    let fitting = named.filter { isOfSize($0) }
    if fitting.count > 1 { return .several(fitting) }
    if let disk = fitting.first { return .one(disk) }
    if !named.isEmpty { return .wrongSize(named) }
    let size = similar.filter { isOfSize($0) }
    return identifiers.isEmpty || size.isEmpty ? .none : .wrongIdentity(size)
  }

  private func isSimilar(_ disk: Disk) -> Bool {
    if let transport, transport != disk.transport { return false }
    if let path, !disk.stableNames.contains("/dev/disk/by-path/\(path)") { return false }
    if let model {
      guard let own = disk.model else { return false }
      return Self.matches(Array(own.lowercased()), Array(model.lowercased()))
    }
    return true
  }

  private func isNamed(_ disk: Disk) -> Bool {
    guard !identifiers.isEmpty else { return true }
    guard let own = disk.identifier.value, own.isReported else { return false }
    return identifiers.contains(own.text)
  }

  private func isOfSize(_ disk: Disk) -> Bool {
    if let minimum, disk.size < minimum { return false }
    if let maximum, disk.size > maximum { return false }
    return true
  }

  private static func matches(_ text: [Character], _ pattern: [Character]) -> Bool {
    guard let first = pattern.first else { return text.isEmpty }
    if first == "*" {
      let rest = Array(pattern.dropFirst())
      return (0...text.count).contains { matches(Array(text.dropFirst($0)), rest) }
    }
    return text.first == first && matches(Array(text.dropFirst()), Array(pattern.dropFirst()))
  }
}

extension DiskSelector: CustomStringConvertible {
  /// `an NVMe disk with serial S1, of at least 100 GiB`
  public var description: String {
    var words = [transport.map { "a disk attached by \($0.rawValue)" } ?? "a disk"]
    if !identifiers.isEmpty { words.append("with serial \(identifiers.joined(separator: " or "))") }
    if let model { words.append("of model '\(model)'") }
    if let path { words.append("at \(path)") }
    if let minimum { words.append("of at least \(minimum)") }
    if let maximum { words.append("of at most \(maximum)") }
    return words.joined(separator: " ")
  }
}
