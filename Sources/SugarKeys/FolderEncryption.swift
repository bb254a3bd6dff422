import FoundationEssentials
import SugarHost
import SugarModel

/// Encrypts a folder of secrets to age recipients, in place, and as often as somebody puts a plain
/// file into it.
///
/// A plain file goes only when its encrypted copy was read back with one of the operator's own
/// identities and is the same. The name goes first and then the bytes, so a run that is killed
/// leaves the plain file, or both, or the encrypted one, each whole; the next run goes on.
public struct FolderEncryption {
  /// What a run did, in words.
  public struct Outcome: Sendable {
    /// Names below the folder.
    public var encrypted: [String] = []
    /// Whom the folder's key is encrypted to now, when that changed.
    public var recipients: [String]?
  }

  private let store: SecretStore
  private let recipients: [String]
  private let identities: IdentityFiles

  public init(_ store: SecretStore, to recipients: [String], identities: IdentityFiles) {
    self.store = store
    self.recipients = recipients
    self.identities = identities
  }

  /// Makes the folder's key when it has none, gives it to the fleet's recipients, and encrypts what
  /// is plain. In a folder where nothing changes, no identity is asked for.
  public func apply() throws(KeyError) -> Outcome {
    let folder = SecretFolder(store)
    try folder.prepare(isEncrypted: true)
    let lock = try folder.lock()
    return try withExtendedLifetime(lock) { () throws(KeyError) in
      try folder.recover()
      var outcome = Outcome()
      let key = FolderKey(store)
      if try !key.isThere {
        try folder.whole(key.folder) { (folder) throws(KeyError) in
          try FolderKey.write([AgeIdentity()], for: recipients, to: folder, AgeProgram())
        }
        outcome.recipients = recipients
      }
      let plain = try plainFiles()
      let hasOthers = try Set(key.recipients()) != Set(recipients)
      guard hasOthers || !plain.isEmpty else { return outcome }
      let opened = try key.open(with: identities)
      if hasOthers {
        // The list of recipients comes last: a run that is killed before it does this again.
        try FolderKey.write(opened, for: recipients, to: key.folder, AgeProgram())
        outcome.recipients = recipients
      }
      for name in plain { try encrypt(name, opened) }
      outcome.encrypted = plain
      return outcome
    }
  }

  /// Whether everybody may know what is in a file of the folder.
  static func isPublic(_ name: String) -> Bool {
    guard !name.hasPrefix("wifi/") else { return false }
    let last = name.split(separator: "/").last.map(String.init) ?? name
    return last.hasSuffix(".crt") || last.hasSuffix(".pub")
      || ["machine-id", "cluster", "known_hosts", "join-token.public.json"].contains(last)
  }

  /// Secrets that stand open in the folder. Links are left alone: what they point to is not in it.
  private func plainFiles() throws(KeyError) -> [String] {
    do {
      return try ["clusters", "nodes", "wifi", "gitops"].flatMap { part in
        try Shredder.files(below: "\(store.folder)/\(part)")
      }.filter { path in
        try !path.hasSuffix(".age") && Files.status(path)?.kind == .file
      }.map { String($0.dropFirst(store.folder.count + 1)) }.filter { !Self.isPublic($0) }
    } catch let error as HostError {
      throw KeyError(error)
    } catch {
      throw KeyError(operation: "list", subject: store.folder, reason: "\(error)")
    }
  }

  private func encrypt(_ name: String, _ opened: [AgeIdentity]) throws(KeyError) {
    let path = "\(store.folder)/\(name)"
    let writer = SecretWriter(recipient: try FolderKey(store).recipient())
    do {
      let content = try Files.read(path, limit: .mib(1))
      if name.hasSuffix("/join-token.json"),
        let token = try? JSONDecoder().decode(JoinToken.self, from: Data(content))
      {
        try writer.write(public: token.publicHalf, beside: path)
      }
      try writer.write(secret: content, to: path)
      let written = try Files.read(path + ".age", limit: .mib(2))
      guard (try? AgeFile.decrypt(written, with: opened)) == content else {
        throw KeyError(
          operation: "encrypt", subject: path,
          reason: "what was written is not what comes back; the plain file is as it was")
      }
      let gone = SecretFolder.goneName(path)
      try Files.rename(path, to: gone)
      try Shredder.shred(gone)
    } catch let error as HostError {
      throw KeyError(error)
    } catch let error as KeyError {
      throw error
    } catch {
      throw KeyError(operation: "encrypt", subject: path, reason: "\(error)")
    }
  }
}
