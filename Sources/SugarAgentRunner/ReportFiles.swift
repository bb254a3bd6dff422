import SugarHost
public import SugarModel

/// Where the report is kept: for root on the node, and for everybody on the boot partition.
public struct ReportFiles {
  let places: AgentPlaces

  public init(_ places: AgentPlaces) { self.places = places }

  /// Writes the report; gives what could not be written, in words. A boot partition that is read-only
  /// or full is no failure of the node.
  public func save(_ report: AgentReport, page: String) -> [String] {
    locked { write(report, page) }
  }

  /// The report with what the part that sees to the bootloader found in the same boot.
  public func completed(_ report: AgentReport) -> AgentReport {
    let path = places.bootloaderReport
    guard let bytes = try? Files.read(path, limit: .mib(1)),
      let found = try? JSONText.decode(BootloaderReport.self, from: bytes, name: path),
      found.boot == report.boot
    else { return report }
    var report = report
    report.bootloader = found
    return report
  }

  /// Keeps what was found of the bootloader, and puts it into this boot's report, if there is one.
  public func save(
    _ bootloader: BootloaderReport, page: (AgentReport) -> String
  ) -> [String] {
    do {
      let text = try JSONText.page(bootloader)
      try Files.makeDirectory(places.state, mode: 0o700)
      try Files.write(Array(text.utf8), to: places.bootloaderReport, mode: 0o600)
    } catch { return ["the boot order is not in the report: \(error)"] }
    return locked {
      guard let last = try? last(), last.boot == bootloader.boot else { return [] }
      let report = completed(last)
      return write(report, page(report))
    }
  }

  /// Runs while no other part of the agent changes the report; each keeps what the others wrote.
  private func locked(_ work: () -> [String]) -> [String] {
    do throws(HostError) {
      try Files.makeDirectory(places.state, mode: 0o700)
      let lock = try FileLock.wait("\(places.state)/report.lock", waiting: {})
      let complaints = work()
      _ = consume lock
      return complaints
    } catch { return work() }
  }

  private func write(_ report: AgentReport, _ page: String) -> [String] {
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
