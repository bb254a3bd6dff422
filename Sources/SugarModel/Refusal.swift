/// Why a disk is left alone: one word for programs. Tests, reports and exit paths use these.
public enum RefusalCode: String, Hashable, Sendable, Codable, CaseIterable {
  // which disk
  case missing = "missing"
  case ambiguous = "ambiguous"
  case wrongDisk = "wrong-disk"
  case sizeRange = "size-range"
  case unnamed = "unnamed"
  case changedIdentity = "changed-identity"
  // its state
  case noMedium = "no-medium"
  case readOnly = "read-only"
  case systemDisk = "system-disk"
  case inUse = "in-use"
  case protected = "protected"
  case notRemovable = "not-removable"
  case loopDevice = "loop-device"
  case sectorSize = "sector-size"
  case tooSmall = "too-small"
  // what is on it
  case foreignFileSystem = "foreign-filesystem"
  case foreignMember = "foreign-member"
  case foreignTable = "foreign-table"
  case foreignSystem = "foreign-os"
  case damagedTable = "damaged-gpt"
  case ambivalent = "ambivalent"
  case unknownData = "unknown-data"
  case mismatch = "mismatch"
  case overlap = "overlap"
  case unexpectedPartition = "unexpected-partition"
  case reappeared = "reappeared-filesystem"
  // what went wrong
  case unknown = "unknown"
  case inputOutput = "io-error"
  case repeated = "repeated-failure"
  /// The table was made again as it was; nobody asked to try again.
  case undone = "undone"

  /// Whether a person may say "wipe it nevertheless". Nothing about which disk it is, or who uses
  /// it, can be consented away.
  public var allowsConsent: Bool {
    switch self {
    case .foreignFileSystem, .foreignMember, .foreignTable, .foreignSystem, .damagedTable,
      .ambivalent, .unknownData, .mismatch, .overlap, .unexpectedPartition:
      true
    case .missing, .ambiguous, .wrongDisk, .sizeRange, .unnamed, .changedIdentity, .noMedium,
      .readOnly, .systemDisk, .inUse, .protected, .notRemovable, .loopDevice, .sectorSize,
      .tooSmall, .reappeared, .unknown, .inputOutput, .repeated, .undone:
      false
    }
  }
}

/// Why a disk is left alone.
public struct Refusal: Error, Hashable, Sendable, Codable {
  public var code: RefusalCode
  /// A sentence for people, without a full stop.
  public var reason: String

  public init(_ code: RefusalCode, _ reason: String) {
    self.code = code
    self.reason = reason
  }
}

/// What a guard rail says.
public enum Verdict: Hashable, Sendable {
  case pass
  case refuse(Refusal)
  /// It could not be found out, which refuses as well.
  case unknown(String)

  /// Why the rail holds; nil when it lets pass.
  public var refusal: Refusal? {
    switch self {
    case .pass: nil
    case .refuse(let refusal): refusal
    case .unknown(let reason): Refusal(.unknown, reason)
    }
  }
}
