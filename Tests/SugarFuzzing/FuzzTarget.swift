/// What a reader did that it must not do, whatever it is given.
public struct FuzzFinding: Error, CustomStringConvertible {
  public let description: String
}

/// The readers that are given whatever bytes: by the fuzzer, and by the tests those of `Tests/Corpus`.
public enum FuzzTarget: String, CaseIterable, Sendable {
  /// The index of an `.xz` file, and the blocks that it leads to.
  case xz
  /// Partition tables: the MBR, both ends of a GPT.
  case mbr
  /// A FAT volume: read, and then edited.
  case fat
  /// A fleet, as text.
  case fleet

  /// Reads `bytes`. They are refused with an error of the reader's own, or read.
  ///
  /// - Throws: a `FuzzFinding` when the reader broke its word. Traps when it traps.
  public func run(_ bytes: [UInt8]) throws {
    switch self {
    case .xz: try XZFuzzing.run(bytes)
    case .mbr: try PartitionFuzzing.run(bytes)
    case .fat: try FATFuzzing.run(bytes)
    case .fleet: try FleetFuzzing.run(bytes)
    }
  }
}
