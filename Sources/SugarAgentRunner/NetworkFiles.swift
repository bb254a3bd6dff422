import SugarHost
import SugarModel

/// The network's files: those in force, and a copy of those with which the node was Ready last. They
/// may hold the keys of Wi-Fi networks, so both are root's alone.
struct NetworkFiles {
  let places: AgentPlaces
  let renderer: NetworkRenderer

  private var folder: String { places.root + renderer.folder }

  private static let limit = 64

  /// Keeps what is in force as what works.
  func remember() throws(AgentError) {
    try replace(places.goodNetwork, by: try read(folder))
  }

  /// Whether something else worked before.
  func differsFromGood() -> Bool {
    guard let good = try? read(places.goodNetwork), !good.isEmpty else { return false }
    return (try? read(folder)) != good
  }

  /// Puts back what worked.
  func restore() throws(AgentError) {
    try replace(folder, by: try read(places.goodNetwork))
  }

  private func read(_ folder: String) throws(AgentError) -> [String: [UInt8]] {
    do throws(HostError) {
      guard try Files.exists(folder) else { return [:] }
      var found: [String: [UInt8]] = [:]
      for name in try Files.list(folder).prefix(Self.limit) where name.hasSuffix(renderer.suffix) {
        found[name] = try Files.read("\(folder)/\(name)", limit: .kib(256))
      }
      return found
    } catch { throw AgentError("read", folder, error.reason, code: error.code) }
  }

  private func replace(_ folder: String, by files: [String: [UInt8]]) throws(AgentError) {
    let present = try read(folder)
    guard present != files else { return }
    do throws(HostError) {
      try Files.makeDirectory(folder, mode: 0o700)
      for (name, content) in files where present[name] != content {
        try Files.write(content, to: "\(folder)/\(name)", mode: 0o600)
      }
      for name in present.keys where files[name] == nil { try Files.remove("\(folder)/\(name)") }
    } catch { throw AgentError("write", error.subject, error.reason, code: error.code) }
  }
}
