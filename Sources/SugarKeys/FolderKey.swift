import SugarHost
import SugarModel

/// The key of an encrypted folder of secrets. Each secret is an age file for this one key, and the
/// key itself an age file for the fleet's recipients: a build runs `age` once, and who comes or goes
/// changes one file.
///
///     age/identity.age      AGE-SECRET-KEY-1…, encrypted to the fleet's recipients
///     age/recipient.txt     its public half, which secrets are encrypted to
///     age/recipients.txt    whom identity.age is encrypted to; an age file does not tell
struct FolderKey {
  let folder: String
  var identityPath: String { folder + "/identity.age" }
  private var recipientPath: String { folder + "/recipient.txt" }
  private var recipientsPath: String { folder + "/recipients.txt" }

  init(_ store: SecretStore) { folder = store.folder + "/age" }

  var isThere: Bool {
    get throws(KeyError) {
      do {
        return try Files.exists(folder)
      } catch {
        throw KeyError(error)
      }
    }
  }

  /// What secrets are encrypted to; nil in a folder of plain files.
  func recipient() throws(KeyError) -> AgeRecipient? {
    guard try isThere else { return nil }
    guard let line = try lines(recipientPath).first, let recipient = AgeRecipient(line) else {
      throw KeyError(
        operation: "use", subject: recipientPath,
        reason: "it holds no recipient of age; bring it back from your backup")
    }
    return recipient
  }

  /// Whom the key is encrypted to.
  func recipients() throws(KeyError) -> [String] { try lines(recipientsPath) }

  /// Makes the files of a new key in `folder`, which nobody sees yet.
  static func write(
    _ identities: [AgeIdentity], for recipients: [String], to folder: String, _ age: AgeProgram
  ) throws(KeyError) {
    let text = identities.map { $0.text.reveal() + "\n" }.joined()
    let sealed = try age.encrypt(Secret(text), to: recipients)
    guard let first = identities.first else { return }
    do {
      try Files.write(sealed, to: folder + "/identity.age", mode: 0o600)
      try Files.write(
        Array((first.recipient.text + "\n").utf8), to: folder + "/recipient.txt", mode: 0o600)
      try Files.write(
        Array(recipients.map { $0 + "\n" }.joined().utf8), to: folder + "/recipients.txt",
        mode: 0o600)
    } catch {
      throw KeyError(error)
    }
  }

  /// Opens the key with one of the operator's identities. It never comes to the disk.
  func open(with files: IdentityFiles) throws(KeyError) -> [AgeIdentity] {
    let usable = try files.usable()
    guard !usable.isEmpty,
      let text = try AgeProgram().decrypt(identityPath, with: usable, isWatched: files.isWatched)
    else {
      throw KeyError(
        operation: "open", subject: identityPath,
        reason: "\(usable.isEmpty ? "no identity is there" : "none of the identities opens it"). "
          + "It is encrypted to \(try recipients().joined(separator: ", ")); looked at: "
          + "\(files.looked); name another file with --identity")
    }
    guard let identities = AgeIdentity.all(in: text.reveal()) else {
      throw KeyError(
        operation: "use", subject: identityPath, reason: "there is no identity of age in it")
    }
    // Secrets would be encrypted to somebody else, and nobody here could read them.
    guard try identities.first?.recipient == recipient() else {
      throw KeyError(
        operation: "use", subject: recipientPath,
        reason: "it is of another key than 'identity.age'; bring both back from your backup")
    }
    return identities
  }

  private func lines(_ path: String) throws(KeyError) -> [String] {
    do {
      return String(decoding: try Files.read(path, limit: .kib(64)), as: UTF8.self)
        .split(whereSeparator: \.isNewline).map(String.init)
    } catch {
      throw KeyError(error)
    }
  }
}
