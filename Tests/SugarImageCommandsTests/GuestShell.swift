import Foundation
import SugarTestSupport

/// The administrator's shell on an emulated node. The first command logs in and later ones share its connection: a login
/// costs an emulated machine seconds. The host key is known beforehand: a wrong one ends the connection.
struct GuestShell {
  /// What every connection to this node says, whoever logs in.
  let options: [String]
  private let login: [String]

  /// - Parameter knownHosts: the node's lines of `known_hosts`, which name it by `address`.
  init(_ machine: Machine, address: String, knownHosts: String, key: String, folder: String) throws
  {
    let hosts = "\(folder)/known_hosts.\(machine.port)"
    try knownHosts.replacingOccurrences(of: address, with: "[127.0.0.1]:\(machine.port)")
      .write(toFile: hosts, atomically: true, encoding: .utf8)
    options = [
      "-p", "\(machine.port)", "-o", "UserKnownHostsFile=\(hosts)", "-o",
      "GlobalKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=yes", "-o",
      "ConnectTimeout=60", "-o", "LogLevel=ERROR",
    ]
    // Ends by itself when the machine does.
    login =
      options + [
        "-i", key, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "ControlMaster=auto",
        "-o", "ControlPath=\(folder)/ssh.\(machine.port)", "-o", "ControlPersist=60",
        "sugaradmin@127.0.0.1",
      ]
  }

  /// What a command says, without the white space around it; one that fails is an error.
  func callAsFunction(_ command: String) throws -> String {
    try Tool("ssh").check(login + [command]).text.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
