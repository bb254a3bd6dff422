public import SugarModel

/// A file or directory as a listing shows it.
public struct FATEntry: Hashable, Sendable {
  /// The long name where there is one, else the short one in the case it is shown in.
  public var name: String
  /// The name that programs without long names see, such as `LONGNA~1.TXT`.
  public var shortName: String
  public var isDirectory: Bool
  public var size: ByteCount
  public var modified: FATTime
  public var attributes: FATAttributes
}

extension FATEntry {
  init(_ record: DirectoryRecord) {
    name = record.name.text
    shortName = ShortName.shown(record.shortName, caseFlags: 0).text
    isDirectory = record.isDirectory
    size = ByteCount(UInt64(record.size))
    modified = record.modified
    attributes = record.attributes
  }
}

/// The attribute byte of an entry.
public struct FATAttributes: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let readOnly = FATAttributes(rawValue: 0x01)
  public static let hidden = FATAttributes(rawValue: 0x02)
  public static let system = FATAttributes(rawValue: 0x04)
  /// The entry is the volume's label.
  public static let label = FATAttributes(rawValue: 0x08)
  public static let directory = FATAttributes(rawValue: 0x10)
  /// Changed since the last backup; set on every file that is written.
  public static let archive = FATAttributes(rawValue: 0x20)

  /// The mixture that marks a slot of a long name.
  var isLongName: Bool { rawValue & 0x3F == 0x0F }
}
