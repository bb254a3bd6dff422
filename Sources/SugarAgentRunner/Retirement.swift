import SugarHost
import SugarModel

/// Takes the agent's units out of every boot that comes.
struct Retirement {
  let places: AgentPlaces

  private func path(_ unit: String) -> String { "\(places.units)/\(unit)" }

  func isMasked(_ unit: String) -> Bool {
    (try? Files.linkTarget(path(unit))) == "/dev/null"
  }

  /// Masks a unit, in the one step of a rename: its text stands where `systemctl mask` would put its
  /// link, and that command refuses to replace it. (systemctl(1), "mask"; systemd.unit(5))
  func mask(_ unit: String) throws(AgentError) {
    do throws(HostError) {
      if !isMasked(unit) {
        let partial = Files.partialName(path(unit))
        try Files.makeDirectory(places.units, mode: 0o755)
        try Files.remove(partial)
        try Files.makeLink(partial, to: "/dev/null")
        try Files.rename(partial, to: path(unit))
      }
      try Files.remove("\(places.units)/multi-user.target.wants/\(unit)")
    } catch { throw AgentError("mask", unit, error.reason, code: error.code) }
  }
}
