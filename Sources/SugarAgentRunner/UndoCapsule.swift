import SugarHost
import SugarModel

/// What lay on a disk before the agent's first write: both ends and every place where a signature
/// can be. With it the disk can be made again as it was, for as long as no file system was made.
///
///     SUGARUNDO 1\n   the header as one line of JSON\n   the pieces, one after the other
public struct UndoCapsule: Sendable {
  struct Piece: Hashable, Sendable, Codable {
    var start: ByteCount
    var length: ByteCount
    /// SHA-256, 64 hex digits.
    var digest: String
  }

  struct Header: Hashable, Sendable, Codable {
    var layout: String
    /// `DiskIdentifier.seed`
    var disk: String
    var title: String
    var size: ByteCount
    var pieces: [Piece]
  }

  static let mark = "SUGARUNDO 1"
  /// Signatures lie in the first and the last 128 KiB of a volume. (wipefs(8); LVM, md, LUKS, ZFS
  /// have theirs within it, ZFS's last labels within 512 KiB)
  static let (edge, area) = (ByteCount.mib(1), ByteCount.kib(512))

  let header: Header
  let content: [UInt8]

  /// Reads what `table` and the present `rows` could make anybody overwrite.
  init(
    of storage: any Storage, layout: String, disk: Disk, rows: [SectorRange]
  ) throws(StorageError) {
    var places: [Range<UInt64>] = [
      0..<min(Self.edge.bytes, storage.size.bytes),
      (storage.size - Self.edge).bytes..<storage.size.bytes,
    ]
    for row in rows {
      let (start, end) = (row.position.bytes, (row.position + row.size).bytes)
      guard end <= storage.size.bytes, start < end else { continue }
      places.append(start..<min(start + Self.area.bytes, end))
      places.append(max(start, end - min(end, Self.area.bytes))..<end)
    }
    var (pieces, content): ([Piece], [UInt8]) = ([], [])
    for place in Self.merged(places) {
      let bytes = try storage.bytes(at: ByteCount(place.lowerBound), count: place.count)
      pieces.append(
        Piece(
          start: ByteCount(place.lowerBound), length: ByteCount(place.count),
          digest: Hex.text(SHA256Hash.digest(bytes))))
      content += bytes
    }
    header = Header(
      layout: layout, disk: disk.identifier.value?.seed ?? "", title: disk.title,
      size: storage.size, pieces: pieces)
    self.content = content
  }

  private static func merged(_ places: [Range<UInt64>]) -> [Range<UInt64>] {
    var result: [Range<UInt64>] = []
    for place in places.sorted(by: { $0.lowerBound < $1.lowerBound }) where !place.isEmpty {
      if let last = result.last, place.lowerBound <= last.upperBound {
        result[result.count - 1] = last.lowerBound..<max(last.upperBound, place.upperBound)
      } else {
        result.append(place)
      }
    }
    return result
  }

  /// Keeps it so that it survives a power cut. Only root may read it: it holds what was on the disk.
  func save(to path: String) throws(AgentError) {
    let text = "\(Self.mark)\n\(try JSONText.line(header))\n"
    do {
      if let slash = path.lastIndex(of: "/") {
        try Files.makeDirectory(String(path[..<slash]), mode: 0o700)
      }
      try Files.write(Array(text.utf8) + content, to: path, mode: 0o600)
    } catch {
      throw AgentError("keep the undo capsule", path, error.reason, code: error.code)
    }
  }

  /// Reads a capsule; throws unless every piece of it is as it was written.
  public init(reading path: String) throws(AgentError) {
    let bytes: [UInt8]
    do { bytes = try Files.read(path, limit: .mib(512)) } catch {
      throw AgentError("read the undo capsule", path, error.reason, code: error.code)
    }
    let lines = bytes.prefix(1 << 20).split(separator: 10, maxSplits: 2)
    guard lines.count >= 2, lines[0].elementsEqual(Self.mark.utf8) else {
      throw AgentError("read the undo capsule", path, "it is not one")
    }
    header = try JSONText.decode(Header.self, from: Array(lines[1]), name: path)
    content = Array(bytes.dropFirst(lines[0].count + lines[1].count + 2))
    var position = 0
    for piece in header.pieces {
      let end = position + Int(piece.length.bytes)
      guard end <= content.count,
        Hex.text(SHA256Hash.digest(content[position..<end])) == piece.digest
      else { throw AgentError("read the undo capsule", path, "it is damaged") }
      position = end
    }
    guard position == content.count else {
      throw AgentError("read the undo capsule", path, "it is longer than it says")
    }
  }

  /// Puts every piece back and compares. The ends come last: until then the table is the new one.
  func restore(_ storage: any Storage) throws(StorageError) {
    var position = content.count
    for piece in header.pieces.reversed() {
      let length = Int(piece.length.bytes)
      position -= length
      let bytes = Array(content[position..<(position + length)])
      // Only what differs is written: an undo of nothing writes nothing.
      guard try storage.bytes(at: piece.start, count: length) != bytes else { continue }
      try storage.write(bytes, at: piece.start)
    }
  }
}
