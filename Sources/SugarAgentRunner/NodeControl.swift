import SugarHost
import SugarModel

/// What the agent asks systemd for.
public struct NodeControl {
  public init() {}

  /// Makes systemd read fstab again and mounts what is new in it. (systemctl(1))
  public func mount(_ places: [String]) throws(AgentError) {
    try systemctl(["daemon-reload"])
    guard !places.isEmpty else { return }
    try systemctl(["start", "--no-block"] + places.map { Self.unit(ofMount: $0) })
  }

  /// Starts the node again: the kernel could not take a new layout in while it runs.
  public func reboot() throws(AgentError) { try systemctl(["reboot"]) }

  /// Has systemd start a unit, and does not wait for it.
  public func start(_ unit: String) throws(AgentError) {
    try systemctl(["daemon-reload"])
    // One that failed too often would not be tried again.
    _ = try? Program(AgentTool.systemctl).run(["reset-failed", unit])
    try systemctl(["start", "--no-block", unit])
  }

  /// Has systemd start a unit at every boot.
  public func enable(_ unit: String) throws(AgentError) { try systemctl(["enable", unit]) }

  /// Has systemd read its units anew, those that generators make among them. (systemd.generator(7))
  public func reload() throws(AgentError) { try systemctl(["daemon-reload"]) }

  /// Ends a unit and starts it again.
  public func restart(_ unit: String) throws(AgentError) { try systemctl(["restart", unit]) }

  /// `active`, `activating`, `inactive`, `failed`; `unknown` when systemd does not say.
  public func state(_ unit: String) -> String { property("ActiveState", of: unit) ?? "unknown" }

  /// How often a unit was started again by itself.
  public func restarts(_ unit: String) -> Int {
    property("NRestarts", of: unit).flatMap { Int($0) } ?? 0
  }

  private func property(_ name: String, of unit: String) -> String? {
    let answer = try? Program(AgentTool.systemctl).run([
      "show", "--property=\(name)", "--value", unit,
    ])
    return answer?.output.split(whereSeparator: \.isWhitespace).first.map(String.init)
  }

  private func systemctl(_ words: [String]) throws(AgentError) {
    do throws(HostError) {
      let result = try Program(AgentTool.systemctl.rawValue).run(words)
      guard result.status == 0 else {
        throw HostError(operation: "run", subject: "systemctl", reason: result.output)
      }
    } catch {
      throw AgentError("run", "systemctl \(words.joined(separator: " "))", error.reason)
    }
  }

  /// `/srv/my-data` is `srv-my\x2ddata.mount`. (systemd.unit(5), "String escaping")
  static func unit(ofMount path: String) -> String {
    let parts = path.split(separator: "/")
    let escaped = parts.map { part in
      part.utf8.enumerated().map { index, byte -> String in
        let letter = Character(UnicodeScalar(byte))
        let isPlain =
          byte < 128 && (letter.isLetter || letter.isNumber || letter == "_" || letter == ":")
          || letter == "." && index > 0
        return isPlain ? String(letter) : "\\x\(Hex.text([byte]))"
      }.joined()
    }
    return (escaped.isEmpty ? "-" : escaped.joined(separator: "-")) + ".mount"
  }
}
