/// What the agent was asked to do.
enum AgentCommand: Hashable {
  case run
  case join
  case bootloader
  case plan(isJSON: Bool)
  case status(isJSON: Bool)
  case undo(layout: String)
  case retry(layout: String)
  case eeprom(isJSON: Bool)
  case undoEEPROM
  case retryEEPROM
  case version
  case help

  /// nil when the words are none of those below.
  init?(_ words: [String]) {
    let isJSON = words.dropFirst() == ["--json"]
    switch words.first {
    case "run" where words.count == 1: self = .run
    case "run" where words.dropFirst() == ["join"]: self = .join
    case "run" where words.dropFirst() == ["eeprom"]: self = .bootloader
    case "plan" where words.count == 1 || isJSON: self = .plan(isJSON: isJSON)
    case "status" where words.count == 1 || isJSON: self = .status(isJSON: isJSON)
    case "undo" where words.count == 2: self = .undo(layout: words[1])
    case "retry" where words.count == 2: self = .retry(layout: words[1])
    case "eeprom" where words.count == 1 || isJSON: self = .eeprom(isJSON: isJSON)
    case "eeprom" where words.dropFirst() == ["undo"]: self = .undoEEPROM
    case "eeprom" where words.dropFirst() == ["retry"]: self = .retryEEPROM
    case "--version" where words.count == 1: self = .version
    case "--help" where words.count == 1, "-h" where words.count == 1: self = .help
    default: return nil
    }
  }

  /// What is said about words that are none of those.
  static func complaint(_ words: [String]) -> String {
    words.isEmpty
      ? usage
      : "error: cannot do '\(words.joined(separator: " "))'\nnote: `sugaragent --help` says what there is"
  }

  static let usage = """
    usage: sugaragent run [eeprom | join]
           sugaragent plan [--json]
           sugaragent status [--json]
           sugaragent undo LAYOUT
           sugaragent retry LAYOUT
           sugaragent eeprom [--json | undo | retry]
           sugaragent --version | --help

      run        what systemd starts on every boot of a node: its disks
      run eeprom likewise, after that: the board's boot order
      run join   likewise, after that: network, clock, cluster, until it is Ready;
                 then the hand-over, the receipt, and the agent's end
      plan       what a run would do now; nothing is written
      status     the last report, and the receipt
      undo       make a disk again as it was before the agent wrote to it,
                 as long as no file system was made since
      retry      try a layout again that was given up or undone
      eeprom     the board's boot order and the fleet's; undo goes back to the
                 settings before and leaves them alone, retry ends that
      --version  the agent's release, and those of the libraries it found
      --help     this text

    EXAMPLES
      sugaragent status                what the node did, and what to do next
      sugaragent undo storage          take back the table written for 'storage'

    EXIT STATUS
      0  done          64 wrong words    65 wrong data    70 our fault
      74 input/output  75 try again      77 refused by a guard rail
    """
}

/// What the agent ends with. (sysexits.h)
enum ExitStatus {
  static let wrongWords: Int32 = 64
  static let wrongData: Int32 = 65
  static let inputOutput: Int32 = 74
  static let tryAgain: Int32 = 75
  static let refused: Int32 = 77
}
