/// What somebody is about to do to a disk.
public struct DiskRequest: Hashable, Sendable {
  public enum Purpose: Hashable, Sendable {
    /// The agent, on the node itself.
    case provision
    /// `sugarimage flash`, on a workstation.
    case flash
  }

  public enum Scope: Hashable, Sendable {
    case wholeDisk
    /// Only these partitions of a table that is ours, which must not be in use; the others may be.
    /// `besideSystem` is for the room behind the root partition.
    case partitions([Int], besideSystem: Bool)
  }

  public var purpose: Purpose
  public var scope: Scope
  /// Who the disk was at the stage before; nil at the first.
  public var expected: DiskIdentifier?
  /// The disk was named by its identity, not only found by what it is like.
  public var isNamed: Bool
  public var minimum: ByteCount
  public var maximum: ByteCount?
  public var sectorSizes: Set<UInt64>
  public var acceptsUnnamed: Bool
  public var allowsLoop: Bool
  /// Identities on the workstation's never-write list, as `DiskIdentifier.text` or `.seed`.
  public var protected: Set<String>
  /// The identities that the fleet binds the node to; empty when any disk will do.
  public var bound: Set<String>

  public init(
    purpose: Purpose, scope: Scope = .wholeDisk, expected: DiskIdentifier? = nil,
    isNamed: Bool = false, minimum: ByteCount = .zero, maximum: ByteCount? = nil,
    sectorSizes: Set<UInt64> = [512, 4096], acceptsUnnamed: Bool = false, allowsLoop: Bool = false,
    protected: Set<String> = [], bound: Set<String> = []
  ) {
    self.purpose = purpose
    self.scope = scope
    self.expected = expected
    self.isNamed = isNamed
    self.minimum = minimum
    self.maximum = maximum
    self.sectorSizes = sectorSizes
    self.acceptsUnnamed = acceptsUnnamed
    self.allowsLoop = allowsLoop
    self.protected = protected
    self.bound = bound
  }
}

/// One question that must be answered before a disk is written, and its answer from facts alone.
public struct GuardRail: Sendable {
  /// A word for reports: `not-mounted`.
  public let name: String
  /// What it asks, as a person would.
  public let question: String
  private let answer: @Sendable (Disk, DiskRequest) -> Verdict

  private init(
    _ name: String, _ question: String, _ answer: @escaping @Sendable (Disk, DiskRequest) -> Verdict
  ) {
    self.name = name
    self.question = question
    self.answer = answer
  }

  public func check(_ disk: Disk, _ request: DiskRequest) -> Verdict { answer(disk, request) }

  /// Every rail, in the order in which a person would ask. Both programs use this list and no
  /// other.
  public static let standard: [GuardRail] = [
    medium, writable, protected, system, unused, loop, removable, identity, bound, same, sectors,
    large,
  ]

  /// The first rail of `standard` that holds the request back.
  public static func refusal(_ disk: Disk, _ request: DiskRequest) -> Refusal? {
    for rail in standard {
      if let refusal = rail.check(disk, request).refusal { return refusal }
    }
    return nil
  }

  static let medium = GuardRail("medium", "Is there a medium in it?") { disk, _ in
    disk.size == .zero
      ? .refuse(Refusal(.noMedium, "\(disk.path) has no medium: its size is 0")) : .pass
  }

  static let writable = GuardRail("writable", "Can it be written at all?") { disk, _ in
    disk.isReadOnly ? .refuse(Refusal(.readOnly, "\(disk.title) is read-only")) : .pass
  }

  static let protected = GuardRail("protected", "Is it on the never-write list?") { disk, request in
    guard !request.protected.isEmpty else { return .pass }
    switch disk.identifier {
    case .unknown(let reason): return .unknown("cannot tell who \(disk.path) is: \(reason)")
    case .known(let own):
      return request.protected.contains(own.text) || request.protected.contains(own.seed)
        ? .refuse(Refusal(.protected, "\(disk.title) is on the never-write list")) : .pass
    }
  }

  static let system = GuardRail("system", "Does the running system stand on it?") { disk, request in
    switch disk.carriesSystem {
    case .unknown(let reason):
      return .unknown("cannot tell whether the running system stands on \(disk.path): \(reason)")
    case .known(false): return .pass
    case .known(true):
      if case .partitions(_, besideSystem: true) = request.scope { return .pass }
      return .refuse(Refusal(.systemDisk, "the running system stands on \(disk.title)"))
    }
  }

  static let unused = GuardRail("unused", "Is any of it mounted, swap, or held?") { disk, request in
    switch disk.uses {
    case .unknown(let reason): return .unknown("cannot tell who uses \(disk.path): \(reason)")
    case .known(let uses):
      let hindering = uses.filter { use in
        switch request.scope {
        case .wholeDisk: true
        case .partitions(let numbers, _):
          use.partition.map { $0 == 0 || numbers.contains($0) } ?? false
        }
      }
      guard !hindering.isEmpty else { return .pass }
      let words = hindering.map(\.description).joined(separator: "; ")
      return .refuse(Refusal(.inUse, "\(disk.title) is in use: \(words)"))
    }
  }

  static let loop = GuardRail("loop", "Is it a real disk?") { disk, request in
    disk.transport == .loop && !request.allowsLoop
      ? .refuse(Refusal(.loopDevice, "\(disk.path) is a loop device, not a disk")) : .pass
  }

  static let removable = GuardRail("removable", "Is it removable, or named by its identity?") {
    disk, request in
    guard request.purpose == .flash, !disk.isRemovable, disk.transport != .usb, !request.isNamed,
      // A loop device has a rail of its own.
      disk.transport != .loop
    else { return .pass }
    return .refuse(
      Refusal(.notRemovable, "\(disk.title) is built in, and was not named by its identity"))
  }

  static let identity = GuardRail("identity", "Does it say who it is?") { disk, request in
    switch disk.identifier {
    case .unknown(let reason): return .unknown("cannot tell who \(disk.path) is: \(reason)")
    case .known(let own):
      guard !own.isReported, !request.acceptsUnnamed else { return .pass }
      return .refuse(
        Refusal(
          .unnamed,
          "\(disk.title) has no serial number of its own, and disks without one are not accepted here"
        ))
    }
  }

  static let bound = GuardRail("bound", "Is it a disk that the fleet gives to this node?") {
    disk, request in
    guard !request.bound.isEmpty else { return .pass }
    switch disk.identifier {
    case .unknown(let reason): return .unknown("cannot tell who \(disk.path) is: \(reason)")
    case .known(let own):
      if own.isReported, request.bound.contains(own.text) { return .pass }
      let names = request.bound.sorted().joined(separator: " or ")
      return .refuse(
        Refusal(.wrongDisk, "\(disk.title) is not the disk of this node: the fleet names \(names)"))
    }
  }

  static let same = GuardRail("same", "Is it still the same disk?") { disk, request in
    guard let expected = request.expected else { return .pass }
    guard disk.identifier.value == expected else {
      let own = disk.identifier.value?.text ?? "unknown"
      return .refuse(
        Refusal(
          .changedIdentity, "\(disk.path) is now another disk: \(own) instead of \(expected.text)"))
    }
    return .pass
  }

  static let sectors = GuardRail("sectors", "Does its sector size fit?") { disk, request in
    request.sectorSizes.contains(disk.sectorSize)
      ? .pass
      : .refuse(Refusal(.sectorSize, "\(disk.title) has sectors of \(disk.sectorSize) bytes"))
  }

  static let large = GuardRail("size", "Is it as large as it should be?") { disk, request in
    if disk.size < request.minimum {
      return .refuse(
        Refusal(.tooSmall, "\(disk.title) is too small: \(request.minimum) are needed"))
    }
    if let maximum = request.maximum, disk.size > maximum {
      return .refuse(Refusal(.sizeRange, "\(disk.title) is larger than the \(maximum) allowed"))
    }
    return .pass
  }
}
