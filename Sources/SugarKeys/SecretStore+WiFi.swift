import SugarHost
import SugarModel

/// Names and keys of Wi-Fi networks. They exist before the fleet does, so the operator puts them
/// there and nobody mints them:
///
///     wifi/<file>      one SSID or one key each; a line end behind it is not part of it
extension SecretStore {
  var wifiFolder: String { folder + "/wifi" }

  /// What is wrong with the Wi-Fi secrets that a fleet needs: a sentence for each, which never
  /// repeats the secret. Empty when all can be used.
  public func wifiComplaints(for request: KeyRequest) throws(KeyError) -> [String] {
    var result: [String] = []
    for name in request.wifi {
      if let complaint = try complaint(about: name) {
        result.append("'\(wifiFolder)/\(name.wifiFile)' \(complaint)")
      }
    }
    return result
  }

  /// Closes the operator's files for everybody else, as every file of the folder is closed.
  func closeWiFiFiles() throws(KeyError) {
    do {
      guard try Files.exists(wifiFolder) else { return }
      try Files.setMode(0o700, of: wifiFolder)
      for name in try Files.list(wifiFolder) {
        let path = "\(wifiFolder)/\(name)"
        guard let status = try Files.status(path), status.kind == .file else { continue }
        if status.mode != 0o600 { try Files.setMode(0o600, of: path) }
      }
    } catch {
      throw KeyError(error)
    }
  }

  func wifiValue(of name: SecretName) throws(KeyError) -> [UInt8] {
    let path = "\(wifiFolder)/\(name.wifiFile)"
    if let complaint = try complaint(about: name) {
      throw KeyError(operation: "use", subject: path, reason: "it \(complaint)")
    }
    let value = GitOpsFile.withoutLineEnd(try read(path))
    if let complaint = Self.objection(to: value, as: name) {
      throw KeyError(operation: "use", subject: try origin(of: path), reason: "it \(complaint)")
    }
    return value
  }

  private func complaint(about name: SecretName) throws(KeyError) -> String? {
    let path = "\(wifiFolder)/\(name.wifiFile)"
    switch try place(of: path) {
    case .missing: return "is missing: write the \(name.wifiKind) into it"
    case .reference: return nil
    case .sealed:
      return try isReadable(path)
        ? Self.objection(to: GitOpsFile.withoutLineEnd(read(path)), as: name) : nil
    case .plain: break
    }
    let status: FileStatus?
    do {
      status = try Files.status(path, followLinks: true)
    } catch {
      throw KeyError(error)
    }
    guard let status, status.kind == .file else { return "is no file" }
    guard status.mode & 0o077 == 0 else { return "can be read by others: chmod 600" }
    guard status.size < .kib(4) else { return "is too long for one \(name.wifiKind)" }
    return Self.objection(to: GitOpsFile.withoutLineEnd(try read(path)), as: name)
  }

  /// What is wrong with the value, as the end of a sentence, or nil.
  private static func objection(to value: [UInt8], as name: SecretName) -> String? {
    if case .wifiSSID = name {
      let isLine = !value.contains { $0 == 0x0a || $0 == 0x0d }
      return isLine && (1...32).contains(value.count)
        ? nil : "holds no SSID: 1 to 32 bytes on one line"
    }
    let isHex = value.allSatisfy(\.isHexDigit)
    let isPrintable = value.allSatisfy { (0x20...0x7e).contains($0) }
    return (value.count == 64 && isHex) || ((8...63).contains(value.count) && isPrintable)
      ? nil : "holds no key for Wi-Fi: 8 to 63 printable ASCII characters, or 64 hex digits"
  }

}

extension SecretName {
  /// The operator's file; empty for what is minted.
  fileprivate var wifiFile: String {
    switch self {
    case .wifiSSID(let file), .wifiKey(let file): file
    case .authority, .serverToken, .agentToken, .agentTokenManifest, .nodePassword, .sshHostKey,
      .gitops:
      ""
    }
  }

  fileprivate var wifiKind: String {
    if case .wifiSSID = self { "name of the network (SSID)" } else { "key of the network" }
  }
}

extension UInt8 {
  fileprivate var isHexDigit: Bool {
    (0x30...0x39).contains(self) || (0x41...0x46).contains(self) || (0x61...0x66).contains(self)
  }
}
