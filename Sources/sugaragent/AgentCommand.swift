/// What the agent was asked to do. A new word needs a case here, a line in `usage` and its work in `main.swift`.
enum AgentCommand: String, CaseIterable {
  case run
  case version = "--version"
  case help = "--help"

  /// nil when the words are none of those below.
  init?(_ words: [String]) {
    guard words.count == 1, let word = words.first else { return nil }
    self.init(rawValue: word)
  }

  static let usage = """
    usage: sugaragent run | --version | --help

      run        what systemd starts on every boot of a node
      --version  the agent's release, and those of the libraries it found
      --help     this text

    EXIT STATUS
      0  done          64 wrong words    65 wrong data
      70 our fault     74 input/output   77 refused by a guard rail
    """
}

/// What the agent ends with. (sysexits.h; 77 there is EX_NOPERM)
enum ExitStatus {
  static let wrongWords: Int32 = 64
}
