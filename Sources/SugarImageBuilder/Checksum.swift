import Crypto
import SugarHost
import SugarModel

/// SHA-256 of files, as 64 lower-case hex digits.
enum Checksum {
  static func sha256(_ bytes: [UInt8]) -> String { Hex.text(SHA256.hash(data: bytes)) }

  /// Of everything in `storage`, read a mebibyte at a time.
  static func sha256(of storage: any Storage) throws(StorageError) -> String {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
    defer { buffer.deallocate() }
    var hash = SHA256()
    var place: UInt64 = 0
    while place < storage.size.bytes {
      let count = Int(min(UInt64(buffer.count), storage.size.bytes - place))
      let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[0..<count])
      try storage.read(at: ByteCount(place), into: piece)
      hash.update(bufferPointer: UnsafeRawBufferPointer(piece))
      place += UInt64(count)
    }
    return Hex.text(hash.finalize())
  }
}

/// Remembers the digests of large files by their identity and state (device, inode, size, time of
/// change), so that an unchanged file is not read again on every build. A file that changes gets
/// another fingerprint.
struct ChecksumMemory {
  private let path: String
  private var known: [String: String] = [:]

  init(_ cache: CacheFolder) {
    path = cache.path + "/digests"
    guard let bytes = try? Files.read(path) else { return }
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count == 2, words[1].count == 64 { known[String(words[0])] = String(words[1]) }
    }
  }

  /// The digest of the file, from memory or by reading it.
  mutating func sha256(ofFile path: String) throws(BuildError) -> String {
    try building {
      guard let status = try Files.status(path, followLinks: true) else {
        throw BuildError(.data, "cannot read '\(path)': there is no such file")
      }
      guard status.kind == .file else {
        throw BuildError(.data, "cannot read '\(path)': it is not a regular file")
      }
      if let known = known[status.fingerprint] { return known }
      let digest = try Checksum.sha256(of: FileStorage(path, .read))
      known[status.fingerprint] = digest
      return digest
    }
  }

  /// Best effort: without it the next run only has to read more.
  func save() {
    let lines = known.sorted { $0.key < $1.key }.suffix(1000).map { "\($0.key) \($0.value)\n" }
    try? Files.write(Array(lines.joined().utf8), to: path, mode: 0o600)
  }
}
