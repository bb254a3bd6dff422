import SugarHost
public import SugarModel

/// Where the report is kept: for root on the node, and for everybody on the boot partition.
public struct ReportFiles {
  let places: AgentPlaces

  public init(_ places: AgentPlaces) { self.places = places }

  /// Writes the report; gives what could not be written, in words. A boot partition that is read-only
  /// or full is no failure of the node.
  public func save(_ report: AgentReport, page: String) -> [String] {
    let text: String
    do throws(AgentError) { text = try JSONText.page(report) } catch { return ["\(error)"] }
    var complaints: [String] = []
    for (folder, mode) in [(places.state, UInt32(0o600)), (places.boot, nil)] {
      do {
        try Files.makeDirectory(folder, mode: 0o700)
        try Files.write(Array(text.utf8), to: "\(folder)/report.json", mode: mode)
        try Files.write(Array(page.utf8), to: "\(folder)/report.html", mode: mode)
      } catch {
        complaints.append("the report is not in \(folder): \(error.reason)")
      }
    }
    return complaints
  }

  /// The last report: root's, or the one on the boot partition.
  public func last() throws(AgentError) -> AgentReport {
    for folder in [places.state, places.boot] {
      let path = "\(folder)/report.json"
      guard let bytes = try? Files.read(path) else { continue }
      return try JSONText.decode(AgentReport.self, from: bytes, name: path)
    }
    throw AgentError("show", "\(places.boot)/report.json", "the agent has not reported yet")
  }
}
