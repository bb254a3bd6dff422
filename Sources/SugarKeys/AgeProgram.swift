import SugarHost
import SugarModel

/// The program `age`, which holds the operator's keys apart from us: it encrypts the folder's own key
/// to the fleet's recipients, and opens it. Secrets go through pipes, never through its arguments.
/// (age(1))
struct AgeProgram {
  private let program: Program

  init() throws(KeyError) {
    do {
      program = try Program("age")
    } catch {
      throw KeyError(
        operation: "run", subject: "age",
        reason: "it is not installed; it comes with the package of that name (apt install age)")
    }
  }

  /// The text as an armored file that each of the recipients can open.
  func encrypt(_ text: Secret<String>, to recipients: [String]) throws(KeyError) -> [UInt8] {
    let arguments = ["--encrypt", "--armor"] + recipients.flatMap { ["--recipient", $0] }
    let answer = try ask(arguments, input: text.reveal(), seconds: 60)
    guard answer.status == 0, AgeArmor.isArmored(answer.output) else {
      throw KeyError(operation: "encrypt to", subject: list(recipients), reason: words(answer))
    }
    return answer.output
  }

  /// The content of a file; nil when none of the identities opens it.
  ///
  /// - Parameter isWatched: somebody is there to type a passphrase, which takes its time.
  func decrypt(
    _ path: String, with identities: [String], isWatched: Bool
  ) throws(KeyError) -> Secret<[UInt8]>? {
    let arguments = ["--decrypt"] + identities.flatMap { ["--identity", $0] } + ["--", path]
    let answer = try ask(arguments, seconds: isWatched ? 600 : 60)
    if answer.status == 0, answer.cut == nil { return Secret(answer.output) }
    let complaint = words(answer)
    guard !complaint.hasPrefix("no identity matched") else { return nil }
    throw KeyError(operation: "decrypt", subject: path, reason: complaint)
  }

  private func ask(
    _ arguments: [String], input: String = "", seconds: Int
  ) throws(KeyError) -> Program.Answer {
    do {
      return try program.ask(arguments, input: input, limit: .mib(1), seconds: seconds)
    } catch {
      throw KeyError(error)
    }
  }

  private func list(_ recipients: [String]) -> String { recipients.joined(separator: ", ") }

  /// Its own words, the first line of them.
  private func words(_ answer: Program.Answer) -> String {
    switch answer.cut {
    case .time: return "age did not end in time"
    case .size: return "it is longer than a secret may be"
    case nil: break
    }
    let said = String(decoding: answer.complaints, as: UTF8.self)
    let line = said.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    let mark = "age: error: "
    return line.hasPrefix(mark)
      ? String(line.dropFirst(mark.count)) : "age ended with \(answer.status)"
  }
}
