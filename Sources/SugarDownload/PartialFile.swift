import Crypto
import SugarHost
import SugarModel

/// A file that is not whole yet, and the digest of what is there of it.
///
/// Every byte is hashed when it comes, or when a run goes on where another stopped; so the file
/// needs no second reading.
struct PartialFile {
  let path: String
  private let file: FileStorage
  private var hash = SHA256()
  private(set) var count = ByteCount.zero

  /// Opens what an earlier run left, or starts a new file.
  init(_ path: String) throws {
    self.path = path
    if try Files.status(path) == nil { try Files.write([], to: path, mode: 0o600) }
    let held = try FileStorage(path, .readWrite).size
    file = try FileStorage(path, .append)
    var place = ByteCount.zero
    while place < held {
      let bytes = try file.bytes(at: place, count: Int(min(1 << 20, held.bytes - place.bytes)))
      hash.update(data: bytes)
      place += ByteCount(bytes.count)
    }
    count = held
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
    try file.write(at: count, from: bytes)
    hash.update(bufferPointer: bytes)
    count += ByteCount(bytes.count)
  }

  /// Forgets everything: the other side cannot go on in the middle.
  mutating func restart() throws(HostError) {
    try file.resize(to: .zero)
    hash = SHA256()
    count = .zero
  }

  /// SHA-256 of what is there, 64 hex digits.
  var digest: String {
    Hex.text(hash.finalize())
  }

  /// Makes what is there last, under its final name.
  func finish(as final: String) throws(HostError) {
    try file.synchronize()
    try Files.rename(path, to: final)
  }
}
