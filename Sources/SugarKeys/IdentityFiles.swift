import SugarHost
import SugarModel

/// The files that hold the operator's age identities: those that were named, else that of
/// `SOPS_AGE_KEY_FILE`, else where SOPS has them, `sops/age/keys.txt` in the folder of settings.
/// (SOPS, "Encrypting using age")
public struct IdentityFiles: Sendable {
  let paths: [String]
  /// Whether they are only where such files usually are: then it is no mistake when none is there.
  private let isUsualPlace: Bool
  /// Whether a person is there who could type a passphrase.
  let isWatched: Bool

  public init(named: [String], environment: [String: String], isWatched: Bool) {
    self.isWatched = isWatched
    isUsualPlace = named.isEmpty && environment["SOPS_AGE_KEY_FILE"] == nil
    if !named.isEmpty {
      paths = named
    } else if let path = environment["SOPS_AGE_KEY_FILE"] {
      paths = [path]
    } else {
      let settings =
        environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        ?? environment["HOME"].map { $0 + "/.config" }
      paths = settings.map { ["\($0)/sops/age/keys.txt"] } ?? []
    }
  }

  /// The files, all of which can be used; empty when there is none in the usual place.
  func usable() throws(KeyError) -> [String] {
    var result: [String] = []
    for path in paths where try check(path) { result.append(path) }
    return result
  }

  private func check(_ path: String) throws(KeyError) -> Bool {
    let refusal = { (reason: String) in
      KeyError(operation: "use the identity", subject: path, reason: reason)
    }
    do {
      guard let status = try Files.status(path, followLinks: true) else {
        if isUsualPlace { return false }
        throw refusal("there is no such file")
      }
      guard status.kind == .file else { throw refusal("it is no file") }
      guard status.mode & 0o077 == 0 else {
        throw refusal("it can be read by others: chmod 600")
      }
      try checkContent(Files.read(path, limit: .kib(64)), refusal)
      return true
    } catch let error as KeyError {
      throw error
    } catch let error as HostError {
      throw KeyError(error)
    } catch {
      throw refusal("\(error)")
    }
  }

  private func checkContent(_ bytes: [UInt8], _ refusal: (String) -> KeyError) throws(KeyError) {
    if AgeArmor.isArmored(bytes) || bytes.starts(with: "age-encryption.org/".utf8) {
      guard isWatched else {
        throw refusal(
          "it is locked with a passphrase, and nobody is there to type it; run this on a terminal, "
            + "or name an identity without one (--identity)")
      }
    } else if AgeIdentity.all(in: bytes) == nil {
      throw refusal("it holds no identity of age: lines AGE-SECRET-KEY-1… and comments alone")
    }
  }

  /// Where was looked, for messages.
  var looked: String {
    paths.isEmpty
      ? "nowhere: there is no HOME"
      : paths.map { "'\($0)'" + ((try? Files.exists($0)) == false ? " (not there)" : "") }
        .joined(separator: ", ")
  }
}
