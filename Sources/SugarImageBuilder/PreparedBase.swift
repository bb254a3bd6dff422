import FoundationEssentials
import SugarHost
import SugarModel

/// A base image that was unpacked, and perhaps grown, into the cache: raw, sparse and never written
/// again.
struct PreparedBase: Sendable {
  /// What stands beside the image in the cache.
  struct Record: Hashable, Sendable, Codable {
    static let currentSchema = 1
    var schema = Record.currentSchema
    /// The file's own name, for people.
    var name: String
    /// Of the base as it was downloaded.
    var sha256: String
    var size: ByteCount
    /// Bytes by which partition 2 and its file system were made larger.
    var growth: ByteCount
    /// Digest over the digests of all pieces.
    var digest: String
    /// What unpacked and grew it.
    var tools: [String: String]
  }

  var record: Record
  var image: FileStorage
  var chunks: ChunkDigests

  /// The folder's name in the cache: which bytes, grown by how much, by which tools.
  static func key(sha256: String, growth: ByteCount) -> String {
    growth == .zero ? sha256 : "\(sha256)-grown-\(growth.bytes)"
  }

  /// Opens a folder of the cache; nil when it is not there. What is there but broken is an error.
  static func open(_ folder: String) throws(BuildError) -> PreparedBase? {
    try building {
      guard try Files.status(folder) != nil else { return nil }
      let record: Record
      do {
        record = try JSONDecoder().decode(
          Record.self, from: Data(Files.read("\(folder)/base.json")))
      } catch let error as HostError {
        throw BuildError(
          .machine, error.description, note: "remove '\(folder)', and it is made again")
      } catch {
        throw damaged(folder, "base.json is not readable")
      }
      let image = try FileStorage("\(folder)/image.raw", .read)
      let chunks = ChunkDigests(bytes: try Files.read("\(folder)/chunks", limit: .gib(1)))
      guard record.schema == Record.currentSchema, image.size == record.size,
        chunks.root == record.digest
      else { throw damaged(folder, "its parts do not belong together") }
      return PreparedBase(record: record, image: image, chunks: chunks)
    }
  }

  private static func damaged(_ folder: String, _ reason: String) -> BuildError {
    BuildError(
      .data, "cannot use the prepared base '\(folder)': \(reason)",
      note: "remove that folder, and it is made again")
  }

  /// Writes record and digests beside the image and makes all of it read-only.
  static func complete(_ folder: String, _ record: Record, _ chunks: ChunkDigests)
    throws(BuildError)
  {
    try building {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try Files.write(chunks.bytes, to: "\(folder)/chunks", mode: 0o400)
      try Files.write(Array(encoder.encode(record)), to: "\(folder)/base.json", mode: 0o400)
      try Files.setMode(0o400, of: "\(folder)/image.raw")
    }
  }
}
