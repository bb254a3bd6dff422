import FoundationEssentials
public import SugarFlashPlan
public import SugarHost
public import SugarModel
import SugarPartition

/// What was begun on a disk, beside the cache, so that an interrupted run can go on: a line before
/// the first write, and one whenever more is known to be on the medium.
///
/// There is one file for each disk, by its identity; it goes when the disk is finished.
public struct FlashJournal: Sendable {
  struct Header: Codable {
    struct Kept: Codable {
      var label: String
      var start: UInt64
      var size: UInt64
      var number: Int
      var type: UInt8
      var digest: String
    }
    var schema = 1
    var image: String
    var title: String
    var disk: String
    var kept: [Kept]
  }

  public let path: String

  /// - Parameter folder: where journals are kept.
  public init(folder: String, disk: Disk) {
    let name = "\(disk.identifier.value?.seed ?? disk.path)\n\(disk.size.bytes)"
    path = "\(folder)/\(Hex.text(SHA256Hash.digest(Array(name.utf8))).prefix(32)).journal"
  }

  /// What an earlier run left; nil when there was none, or it cannot be read.
  public var resume: FlashResume? {
    guard let header else { return nil }
    let kept = header.kept.map { part in
      KeptPartition(
        label: part.label, range: part.start..<part.start + part.size,
        entry: .init(
          number: part.number, type: part.type, start: ByteCount(part.start),
          size: ByteCount(part.size)))
    }
    return FlashResume(image: header.image, done: ByteCount(done), kept: kept)
  }

  /// Whether something is there that cannot be read: it may be the only record of what was to stay.
  public var isDamaged: Bool { ((try? Files.exists(path)) ?? true) && header == nil }

  /// The digests of what was to stay, as they were before the first write.
  var keptDigests: [String]? { header?.kept.map(\.digest) }

  private var header: Header? {
    guard let first = lines.first,
      let header = try? JSONDecoder().decode(Header.self, from: Data(first.utf8)),
      header.schema == 1
    else { return nil }
    return header
  }

  private var done: UInt64 {
    lines.reversed().lazy.compactMap { line in
      line.hasPrefix("done ") ? UInt64(line.dropFirst("done ".count)) : nil
    }.first ?? 0
  }

  private var lines: [String] {
    guard let bytes = try? Files.read(path), let end = bytes.lastIndex(of: 10) else { return [] }
    return String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// Begins anew. Comes back when that is on the medium.
  func begin(_ plan: FlashPlan, keptDigests: [String]) throws(HostError) {
    let kept = zip(plan.kept, keptDigests).map { part, digest in
      Header.Kept(
        label: part.label, start: part.range.lowerBound, size: UInt64(part.range.count),
        number: part.entry.number, type: part.entry.type, digest: digest)
    }
    let header = Header(
      image: plan.image.key, title: plan.image.title, disk: plan.disk.title, kept: kept)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let text = try? encoder.encode(header) else {
      throw HostError(operation: "write", subject: path, reason: "it cannot be written as JSON")
    }
    // The old one stays until the new one is whole: it may be the only record of what was to stay.
    if let slash = path.lastIndex(of: "/") {
      try Files.makeDirectory(String(path[..<slash]), mode: 0o700)
    }
    try Files.write(Array(text) + [10], to: path, mode: 0o600)
  }

  /// Everything below `place` is on the medium. Comes back when that line is, too.
  func reached(_ place: UInt64) throws(HostError) { try LineFile(path).append("done \(place)") }

  /// The disk is finished, or a person gives up what was begun.
  public func remove() throws(HostError) {
    try Files.remove(path)
  }
}
