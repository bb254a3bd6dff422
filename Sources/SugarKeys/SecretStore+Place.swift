import SugarHost
import SugarModel

/// Where the value of a file of the folder is.
enum SecretPlace {
  case missing
  case plain
  /// In an age file beside: the same name with `.age` behind it.
  case sealed
  case reference(SecretReference)
}

/// What opens the age files of a folder.
struct OpenedKey: Sendable {
  /// The folder's own; none in a folder that is not encrypted as a whole.
  var identities: [AgeIdentity]
  /// For files that somebody encrypted to the operator, and not to the folder's key.
  var files: IdentityFiles
}

extension SecretStore {
  /// The same folder, able to read what is encrypted. In a folder of plain files nothing is asked
  /// for.
  public func opened(by files: IdentityFiles) throws(KeyError) -> SecretStore {
    var store = self
    let key = FolderKey(self)
    store.key = OpenedKey(
      identities: try key.isThere ? try key.open(with: files) : [], files: files)
    return store
  }

  /// Whether secrets are encrypted in this folder.
  public var isEncrypted: Bool { get throws(KeyError) { try FolderKey(self).isThere } }

  /// A reference comes first; a plain file before an encrypted one, because a person who writes it
  /// there means it to be used, and `keys` encrypts it next.
  func place(of path: String) throws(KeyError) -> SecretPlace {
    if let reference = references[String(path.dropFirst(folder.count + 1))] {
      return .reference(reference)
    }
    do {
      if try Files.exists(path) { return .plain }
      return try Files.exists(path + ".age") ? .sealed : .missing
    } catch {
      throw KeyError(error)
    }
  }

  /// Where a person finds the value, for messages.
  func origin(of path: String) throws(KeyError) -> String {
    switch try place(of: path) {
    case .reference(let reference): "\(reference)"
    case .sealed: path + ".age"
    case .missing, .plain: path
    }
  }

  func exists(_ path: String) throws(KeyError) -> Bool {
    if case .missing = try place(of: path) { return false }
    return true
  }

  /// Whether the value can be looked at without asking anybody: references are resolved when they
  /// are needed, and what is encrypted is closed until an identity opens it.
  func isReadable(_ path: String) throws(KeyError) -> Bool {
    switch try place(of: path) {
    case .plain: true
    case .sealed: key != nil
    case .missing, .reference: false
    }
  }

  /// The file's value, wherever it is.
  func read(_ path: String) throws(KeyError) -> [UInt8] {
    switch try place(of: path) {
    case .reference(let reference):
      return try resolver.value(of: reference, for: String(path.dropFirst(folder.count + 1)))
        .reveal()
    case .sealed: return try unseal(path + ".age")
    case .plain, .missing:
      do {
        return try Files.read(path, limit: .mib(1))
      } catch {
        throw KeyError(error)
      }
    }
  }

  private func unseal(_ path: String) throws(KeyError) -> [UInt8] {
    guard let key else {
      throw KeyError(operation: "read", subject: path, reason: "it is encrypted, and not opened")
    }
    let file: [UInt8]
    do {
      file = try Files.read(path, limit: .mib(2))
    } catch {
      throw KeyError(error)
    }
    let failure: AgeFile.Failure
    do throws(AgeFile.Failure) {
      return try AgeFile.decrypt(file, with: key.identities)
    } catch {
      failure = error
    }
    switch failure {
    case .damaged(let reason):
      throw KeyError(
        operation: "decrypt", subject: path, reason: "\(reason); bring it back from your backup")
    case .notForUs: return try unseal(path, directly: key.files)
    }
  }

  /// A file that was encrypted by hand, to the operator and not to the folder's key.
  private func unseal(_ path: String, directly files: IdentityFiles) throws(KeyError) -> [UInt8] {
    let usable = try files.usable()
    guard !usable.isEmpty,
      let content = try AgeProgram().decrypt(path, with: usable, isWatched: files.isWatched)
    else {
      throw KeyError(
        operation: "decrypt", subject: path,
        reason: "neither the folder's key nor an identity opens it; looked at: \(files.looked)")
    }
    return content.reveal()
  }
}
