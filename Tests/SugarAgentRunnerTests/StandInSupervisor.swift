import Foundation
import SugarTestSupport
import Testing

/// The stand-in supervisor (Tests/StandIn), as a process of its own with a log of every request.
final class StandInSupervisor {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("StandIn").path

  /// One line of its log.
  struct Entry: Decodable {
    var event: String
    var method: String?
    var path: String?
    var query: String?
    var authorization: Bool?
    var scheme: String?
    var node: String?
    var error: String?
    var time: Double
  }

  let address: String
  let port: Int
  private let process = Process()
  private let log: String
  private let faultsFile: String

  /// Comes back when it listens.
  init(
    _ folder: TemporaryDirectory, tls: String, token: String, address: String, port: Int,
    options: [String] = [], faults: String = "{}"
  ) throws {
    self.address = address
    self.port = port
    log = folder.path("log-\(address)-\(port)")
    faultsFile = folder.path("faults-\(address)-\(port)")
    try faults.write(toFile: faultsFile, atomically: true, encoding: .utf8)
    process.executableURL = URL(fileURLWithPath: try Tool("python3").path)
    process.arguments =
      [
        "-B", "\(Self.folder)/supervisor.py", "--tls", tls, "--token", token, "--listen",
        "\(address):\(port)", "--log", log, "--faults", faultsFile,
      ] + options
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let banner = output.fileHandleForReading.availableData
    guard String(decoding: banner, as: UTF8.self).contains("STAND-IN") else {
      process.waitUntilExit()
      throw Tool.Refusal(description: "the stand-in supervisor did not start")
    }
  }

  deinit { stop() }

  func stop() {
    guard process.isRunning else { return }
    // Started by a thread of a pool it may have all other signals blocked.
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  func set(faults: String) throws {
    try faults.write(toFile: faultsFile, atomically: true, encoding: .utf8)
  }

  var entries: [Entry] {
    let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap {
      try? JSONDecoder().decode(Entry.self, from: Data($0.utf8))
    }
  }

  var requests: [Entry] { entries.filter { $0.event == "request" } }

  func count(_ path: String) -> Int { requests.filter { $0.path == path }.count }

  /// Nothing secret came before the greeting and the authority, which are asked for by everybody.
  func expectPinFirst(_ location: SourceLocation = #_sourceLocation) {
    let requests = requests
    guard let first = requests.firstIndex(where: { $0.authorization == true || $0.node != "" })
    else { return }
    let before = requests[..<first].map { $0.path }
    #expect(
      before.contains("/ping") && before.contains("/cacerts"), "\(before)",
      sourceLocation: location)
  }

  /// Nothing secret came at all.
  func expectNothingSecret(_ location: SourceLocation = #_sourceLocation) {
    for entry in requests {
      #expect(
        entry.authorization == false && entry.node == "", "\(entry)", sourceLocation: location)
    }
  }
}

/// Authorities, tokens and certificates of one cluster for a test, made once.
struct StandInCluster: Sendable {
  let tls: String
  let token: String
  let pin: String

  static let shared = Result { try StandInCluster(at: TemporaryDirectory.kept("cluster")) }
  static let other = Result { try StandInCluster(at: TemporaryDirectory.kept("other")) }

  init(at folder: String) throws {
    (tls, token) = (folder + "/tls", folder + "/token")
    let script = """
      import sys, secrets, os
      sys.path.insert(0, sys.argv[1])
      import authority
      tls, token = sys.argv[2:4]
      authority.make_authorities(tls)
      authority.issue(tls + "/client-ca", tls + "/client-admin", "system:admin", organization="system:masters")
      authority.issue(tls + "/client-ca", tls + "/kubelet-a0", "system:node:a0", organization="system:nodes")
      places = ["127.0.0.%d" % n for n in range(1, 10)]
      authority.issue(tls + "/server-ca", tls + "/served", "k3s", addresses=places, usage="serverAuth")
      authority.issue(tls + "/server-ca", tls + "/future", "k3s", addresses=places, usage="serverAuth", start=3600)
      pin = authority.pin(tls + "/server-ca.crt")
      open(token, "w").write("K10%s::server:%s\\n" % (pin, secrets.token_hex(16)))
      print(pin)
      """
    pin = try Tool("python3").check(["-B", "-c", script, StandInSupervisor.folder, tls, token])
      .text.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}

extension TemporaryDirectory {
  /// A folder that stays until the tests of this process end.
  static func kept(_ name: String) throws -> String {
    let folder = try TemporaryDirectory()
    keeper.withLock { $0.append(folder) }
    let path = folder.path(name)
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true)
    return path
  }

  private static let keeper = Keeper()

  private final class Keeper: @unchecked Sendable {  // guarded by its lock
    private let lock = NSLock()
    private var folders: [TemporaryDirectory] = []
    func withLock(_ change: (inout [TemporaryDirectory]) -> Void) {
      lock.withLock { change(&folders) }
    }
  }
}
