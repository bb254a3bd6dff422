import SugarHost
import SugarModel

/// Raspberry Pi's own programs for a board's bootloader, as far as a node has them.
/// (raspberrypi/rpi-eeprom)
struct BootloaderTools {
  /// Where they are looked for instead of a node's own folders.
  let folders: [String]?
  /// A board writes its EEPROM in a minute at most, five times over when it fails.
  static let patience = 600

  private func program(_ tool: AgentTool) throws(AgentError) -> Program {
    do { return try Program(tool, in: folders) } catch {
      throw AgentError("run", tool.rawValue, error.reason)
    }
  }

  /// Those of the programs that bring settings to the board and are not there.
  var missing: [String] {
    [AgentTool.eepromConfig, .eepromUpdate].filter { (try? program($0)) == nil }.map(\.rawValue)
  }

  /// The settings that the bootloader read when the board started.
  func configuration() throws(AgentError) -> [UInt8] {
    do throws(AgentError) {
      return try text(.eepromConfig, [])
    } catch {
      guard let other = try? text(.vcgencmd, ["bootloader_config"]) else { throw error }
      return other
    }
  }

  /// When the bootloader was built, by the firmware's word. (vcgencmd(1), bootloader_version)
  func built() -> UInt32? {
    guard let bytes = try? text(.vcgencmd, ["bootloader_version"]) else { return nil }
    let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    let line = lines.map { $0.split(separator: " ") }.first { $0.first == "timestamp" }
    return line.flatMap { $0.count == 2 ? UInt32($0[1]) : nil }
  }

  /// The image that the package would bring to the board.
  func latestImage() throws(AgentError) -> String {
    let bytes = try output(.eepromUpdate, ["-l"], seconds: 60)
    let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    guard let path = lines.last.map(String.init), path.hasPrefix("/") else {
      throw AgentError("run", "rpi-eeprom-update -l", "it names no image")
    }
    return path
  }

  /// Makes an image with other settings.
  func make(_ image: String, from original: String, settings: String) throws(AgentError) {
    _ = try output(
      .eepromConfig, ["--config", settings, "--out", image, original], seconds: 60)
  }

  /// Brings an image to the board, settings and all. `rpi-eeprom-config --apply` would do the same
  /// but gives up after five seconds, and leaves the writing to nobody.
  func update(_ image: String) throws(AgentError) {
    _ = try output(.eepromUpdate, ["-d", "-i", "-f", image], seconds: Self.patience)
  }

  /// Output that is settings, without the NULs that some firmwares put behind them.
  private func text(_ tool: AgentTool, _ words: [String]) throws(AgentError) -> [UInt8] {
    var bytes = try output(tool, words, seconds: 60)
    while bytes.last == 0 { bytes.removeLast() }
    let text = String(decoding: bytes, as: UTF8.self)
    // vcgencmd ends with 0 also when the firmware does not know the question.
    guard text.contains(where: { !$0.isWhitespace }), !text.hasPrefix("error"),
      !text.contains("Command not registered")
    else {
      throw AgentError("run", tool.rawValue, "it says nothing of the bootloader")
    }
    return bytes
  }

  private func output(
    _ tool: AgentTool, _ words: [String], seconds: Int
  ) throws(AgentError) -> [UInt8] {
    let answer: Program.Answer
    do throws(HostError) {
      // An error is told in these words, whatever language the system speaks.
      answer = try Program(tool, in: folders).ask(
        words, environment: ["LC_ALL": "C"], limit: .mib(1), seconds: seconds)
    } catch {
      throw AgentError("run", tool.rawValue, error.reason)
    }
    if answer.cut == .time {
      throw AgentError("run", tool.rawValue, "it did not end within \(seconds) s")
    }
    guard answer.status == 0 else {
      throw AgentError(
        "run", tool.rawValue, Self.reason(tool, answer), code: answer.status)
    }
    return answer.output
  }

  /// What an exit status means, and the first line of what was said about it.
  private static func reason(_ tool: AgentTool, _ answer: Program.Answer) -> String {
    let said = [answer.complaints, answer.output].lazy.compactMap { bytes -> String? in
      let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
      return lines.first { $0.contains { !$0.isWhitespace } }.map { String($0.prefix(200)) }
    }.first
    var words = "it ended with \(answer.status)"
    if tool == .eepromUpdate, answer.status == 3 { words += ", the bootloader is frozen" }
    return said.map { "\(words): \($0)" } ?? words
  }
}
