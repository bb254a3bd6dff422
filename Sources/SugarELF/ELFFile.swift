/// A program or library of 64 bits, little endian, as the system's loader sees it. (elf(5), ld.so(8))
///
///     header            32 program headers' place  56 their number
///     program header    0 type  8 place in the file  16 address  32 bytes in the file  48 alignment
///       PT_LOAD         which part of the file is at which address
///       PT_DYNAMIC      pairs of tag and value: the libraries it needs, where the tables below are
///       PT_INTERP       the loader
///       PT_NOTE         notes
///     string table      names, each with a zero behind it
///     versions wanted   for each library a record, with a chain of records for the versions
///     versions offered  likewise, for a library itself
///
/// Sections are not looked at: the loader does not, and a stripped file need not have them.
public struct ELFFile: Hashable, Sendable {
  public var header: ELFHeader
  /// Whether it may be loaded at any address (ET_DYN): a library, or a program built as PIE.
  public var isPositionIndependent: Bool
  /// The loader that starts it; libraries have none.
  public var interpreter: String?
  /// The smallest alignment of a loaded part: a kernel with larger pages cannot load it.
  public var loadAlignment: UInt64
  /// The libraries that have to be there, by their SONAME.
  public var needed: [String]
  /// The name by which others need this library.
  public var soname: String?
  /// By library the versions of its symbols that this file uses.
  public var wantedVersions: [String: Set<String>]
  /// The versions of symbols that this library has.
  public var offeredVersions: Set<String>
  public var notes: [Note]

  /// A note: who wrote it, of which kind it is, and what it says.
  public struct Note: Hashable, Sendable {
    public var owner: String
    public var kind: UInt32
    public var content: [UInt8]
  }

  /// The JSON text by which a program says what it is. (systemd.io/ELF_PACKAGE_METADATA)
  public var packageMetadata: String? {
    guard let note = notes.first(where: { $0.owner == "FDO" && $0.kind == 0xcafe_1a7e }) else {
      return nil
    }
    return String(decoding: note.content.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// Reads the file whose bytes these are; `name` is for what is said when it cannot be read.
  public init(_ bytes: [UInt8], name: String) throws(ELFError) {
    var reader = try ELFReader(bytes, name)
    header = reader.header
    isPositionIndependent = try reader.bytes.number(16, UInt16.self) == 3
    try reader.readProgramHeaders()
    interpreter = try reader.interpreter()
    loadAlignment = reader.loads.map(\.alignment).min() ?? 0
    notes = try reader.notes()
    try reader.readDynamic()
    needed = try reader.strings(.needed)
    soname = try reader.strings(.soname).first
    wantedVersions = try reader.wantedVersions()
    offeredVersions = try reader.offeredVersions()
  }
}
