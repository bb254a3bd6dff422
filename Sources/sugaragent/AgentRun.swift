import SugarSystemd

/// A run under systemd: says who it is and that it is there.
struct AgentRun {
  /// An entry of the journal: the agent has started.
  static let started = MessageID(0x6f7f_2bc1_c16c_4c1a, 0x9bb5_b0b8_a9d3_f5e1)

  private let manager = ServiceManager()
  private let log: SystemLog

  /// - Parameter journalStream: the environment's `JOURNAL_STREAM`.
  init(journalStream: String?) { log = SystemLog(journalStream: journalStream) }

  func begin() {
    let name = "sugaragent \(AgentVersion.release)"
    print(name)
    do {
      try manager.tellReady(name)
      try log.write(
        "\(name) started", .notice, id: Self.started,
        fields: [.init("SUGAR_VERSION", AgentVersion.release)])
      try manager.tellStopping()
    } catch {
      // Nobody but systemd needs to know; the work does not depend on it.
      Output.warn("\(error)")
    }
  }
}
