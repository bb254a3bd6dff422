/// Finds the parts of an ELF file, one table after the other.
struct ELFReader {
  let bytes: ELFBytes
  let header: ELFHeader
  private var segments: [Segment] = []
  private var dynamic: [(tag: UInt64, value: UInt64)] = []

  struct Segment {
    var type: UInt32
    var place: UInt64
    var address: UInt64
    var size: UInt64
    var alignment: UInt64
  }

  /// Tags of the dynamic table that are read. (DT_… in `<elf.h>`)
  enum Tag: UInt64 {
    case needed = 1, strings = 5, stringsSize = 10, soname = 14
    case offered = 0x6fff_fffc, offeredCount = 0x6fff_fffd
    case wanted = 0x6fff_fffe, wantedCount = 0x6fff_ffff
  }

  init(_ content: [UInt8], _ name: String) throws(ELFError) {
    bytes = ELFBytes(content: content, name: name)
    guard let header = ELFHeader(content) else { throw bytes.error("it is no Linux program") }
    guard header.is64Bit, content[5] == 1 else {
      throw bytes.error(
        "it is made for \(header.processor), and only 64 bits, little endian are read")
    }
    self.header = header
  }

  var loads: [Segment] { segments.filter { $0.type == 1 } }

  mutating func readProgramHeaders() throws(ELFError) {
    let start = try bytes.number(32, UInt64.self)
    let size = try UInt64(bytes.number(54, UInt16.self))
    let count = try UInt64(bytes.number(56, UInt16.self))
    guard size >= 56 || count == 0 else {
      throw bytes.error("it is damaged: its program headers are too short")
    }
    for index in 0..<count {
      let place = try bytes.place(start, index * size)
      segments.append(
        Segment(
          type: try bytes.number(place, UInt32.self),
          place: try bytes.number(bytes.place(place, 8), UInt64.self),
          address: try bytes.number(bytes.place(place, 16), UInt64.self),
          size: try bytes.number(bytes.place(place, 32), UInt64.self),
          alignment: try bytes.number(bytes.place(place, 48), UInt64.self)))
    }
  }

  func interpreter() throws(ELFError) -> String? {
    guard let segment = segments.first(where: { $0.type == 3 }) else { return nil }
    return try bytes.text(segment.place, before: bytes.place(segment.place, segment.size))
  }

  /// Owner and content of a note are each filled up to four bytes.
  func notes() throws(ELFError) -> [ELFFile.Note] {
    var notes: [ELFFile.Note] = []
    // What is aligned to eight bytes has another form, and is none of ours.
    for segment in segments where segment.type == 4 && segment.alignment <= 4 {
      var place = segment.place
      let end = try bytes.place(place, segment.size)
      while place < end {
        let owner = try UInt64(bytes.number(place, UInt32.self))
        let content = try UInt64(bytes.number(bytes.place(place, 4), UInt32.self))
        let kind = try bytes.number(bytes.place(place, 8), UInt32.self)
        let start = try bytes.place(place, 12)
        let middle = try bytes.place(start, (owner + 3) / 4 * 4)
        notes.append(
          ELFFile.Note(
            owner: String(
              decoding: try bytes.slice(start, owner).prefix { $0 != 0 }, as: UTF8.self),
            kind: kind,
            content: Array(try bytes.slice(middle, content))))
        place = try bytes.place(middle, (content + 3) / 4 * 4)
      }
    }
    return notes
  }

  mutating func readDynamic() throws(ELFError) {
    guard let segment = segments.first(where: { $0.type == 2 }) else { return }
    for index in 0..<segment.size / 16 {
      let place = try bytes.place(segment.place, index * 16)
      let tag = try bytes.number(place, UInt64.self)
      guard tag != 0 else { return }
      dynamic.append((tag, try bytes.number(bytes.place(place, 8), UInt64.self)))
    }
  }

  /// The names that stand behind a tag, in order.
  func strings(_ tag: Tag) throws(ELFError) -> [String] {
    var names: [String] = []
    for entry in dynamic where entry.tag == tag.rawValue { names.append(try name(entry.value)) }
    return names
  }

  /// By library the versions in its chain. (Elf64_Verneed, Elf64_Vernaux)
  func wantedVersions() throws(ELFError) -> [String: Set<String>] {
    var result: [String: Set<String>] = [:]
    try walk(.wanted, .wantedCount, next: 12) { (place) throws(ELFError) in
      let library = try name(UInt64(bytes.number(bytes.place(place, 4), UInt32.self)))
      var auxiliary = try bytes.place(place, bytes.number(bytes.place(place, 8), UInt32.self))
      for _ in 0..<(try bytes.number(bytes.place(place, 2), UInt16.self)) {
        result[library, default: []].insert(
          try name(UInt64(bytes.number(bytes.place(auxiliary, 8), UInt32.self))))
        let step = try bytes.number(bytes.place(auxiliary, 12), UInt32.self)
        guard step > 0 else { break }
        auxiliary = try bytes.place(auxiliary, step)
      }
    }
    return result
  }

  /// The first record is the library itself. (Elf64_Verdef, Elf64_Verdaux)
  func offeredVersions() throws(ELFError) -> Set<String> {
    var result: Set<String> = []
    try walk(.offered, .offeredCount, next: 16) { (place) throws(ELFError) in
      guard try bytes.number(bytes.place(place, 2), UInt16.self) & 1 == 0 else { return }
      let auxiliary = try bytes.place(place, bytes.number(bytes.place(place, 12), UInt32.self))
      result.insert(try name(UInt64(bytes.number(auxiliary, UInt32.self))))
    }
    return result
  }

  /// Calls `body` with the place of each record of a chain; at `next` stands how far the next one is.
  private func walk(
    _ start: Tag, _ count: Tag, next: UInt64, _ body: (UInt64) throws(ELFError) -> Void
  ) throws(ELFError) {
    guard let address = value(start), let count = value(count) else { return }
    guard count <= 4096 else {
      throw bytes.error("it is damaged: it has \(count) tables of versions")
    }
    var place = try place(ofAddress: address)
    for _ in 0..<count {
      try body(place)
      let step = try bytes.number(bytes.place(place, next), UInt32.self)
      guard step > 0 else { return }
      place = try bytes.place(place, step)
    }
  }

  private func value(_ tag: Tag) -> UInt64? { dynamic.first { $0.tag == tag.rawValue }?.value }

  private func name(_ offset: UInt64) throws(ELFError) -> String {
    guard let address = value(.strings), let size = value(.stringsSize) else {
      throw bytes.error("it is damaged: it has no table of names")
    }
    let start = try place(ofAddress: address)
    return try bytes.text(bytes.place(start, offset), before: bytes.place(start, size))
  }

  /// Where in the file the byte stands that is loaded at `address`.
  private func place(ofAddress address: UInt64) throws(ELFError) -> UInt64 {
    for segment in loads
    where address >= segment.address && address - segment.address < segment.size {
      return try bytes.place(segment.place, address - segment.address)
    }
    throw bytes.error("it is damaged: address \(address) is not loaded from the file")
  }
}
