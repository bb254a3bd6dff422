import FoundationEssentials
import SugarHost
import SugarModel

/// Writes files of a folder of secrets: what may be seen as it is, and secrets encrypted, where the
/// folder is. Nothing is written open that is not to stay open.
struct SecretWriter {
  /// The folder's own; nil in a folder of plain files.
  let recipient: AgeRecipient?

  func write(_ text: String, to path: String) throws(KeyError) {
    try write(Array(text.utf8), to: path)
  }

  func write(secret text: String, to path: String) throws(KeyError) {
    try write(secret: Array(text.utf8), to: path)
  }

  /// Into `path`, or encrypted into `path.age`.
  func write(secret content: [UInt8], to path: String) throws(KeyError) {
    guard let recipient else { return try write(content, to: path) }
    do {
      let file = try AgeFile.encrypt(content, to: recipient)
      try write(AgeArmor.text(file), to: path + ".age")
    } catch let error as KeyError {
      throw error
    } catch {
      throw KeyError(operation: "encrypt", subject: path, reason: "\(error)")
    }
  }

  /// A join token, and where it is encrypted its public half beside it.
  func write(_ token: JoinToken, to path: String) throws(KeyError) {
    if recipient != nil { try write(public: token.publicHalf, beside: path) }
    try write(secret: try json(token, path), to: path)
  }

  func write(public half: JoinToken.PublicHalf, beside path: String) throws(KeyError) {
    try write(try json(half, path), to: path.dropLast(".json".count) + ".public.json")
  }

  private func json(_ value: some Encodable, _ path: String) throws(KeyError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    guard let bytes = try? encoder.encode(value) else {
      throw KeyError(operation: "write", subject: path, reason: "it cannot be encoded")
    }
    return Array(bytes) + Array("\n".utf8)
  }

  private func write(_ content: [UInt8], to path: String) throws(KeyError) {
    do {
      if let slash = path.lastIndex(of: "/") {
        try Files.makeDirectory(String(path[..<slash]), mode: 0o700)
      }
      try Files.write(content, to: path, mode: 0o600)
    } catch {
      throw KeyError(error)
    }
  }
}
