import SugarModel

#if canImport(Glibc)
  import Glibc
#endif

/// A file of lines that only grows, each on the medium before the next thing happens.
///
/// A line that the power cut short is taken off when the file is opened again: it was never
/// promised to anybody.
public final class LineFile {
  private let file: FileStorage
  private var end: ByteCount
  /// The whole lines that were there, without their newlines.
  public let lines: [String]

  /// Opens the file or makes it, with its folder, readable by its owner only.
  public init(_ path: String) throws(HostError) {
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    try Files.makeDirectory(folder, mode: 0o700)
    if try !Files.exists(path) {
      try Files.write([], to: path, mode: 0o600)
    }
    let content = try Files.read(path)
    let whole = content.lastIndex(of: UInt8(ascii: "\n")).map { content[...$0] } ?? []
    lines = String(decoding: whole, as: UTF8.self).split(separator: "\n").map(String.init)
    file = try FileStorage(path, .append)
    end = ByteCount(whole.count)
    if whole.count < content.count {
      try file.resize(to: end)
      try file.synchronize()
    }
  }

  /// Comes back when the line is on the medium.
  public func append(_ line: String) throws(HostError) {
    precondition(!line.utf8.contains(UInt8(ascii: "\n")), "a line has no newline in it")
    let bytes = Array((line + "\n").utf8)
    do {
      try file.write(bytes, at: end)
    } catch {
      throw HostError(
        operation: "write", subject: file.path, reason: error.reason, code: error.code)
    }
    try file.synchronize()
    end += ByteCount(bytes.count)
  }
}
