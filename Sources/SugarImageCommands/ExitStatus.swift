import ArgumentParser
import SugarDownload
import SugarEEPROM
import SugarFlashPlan
import SugarFlasher
import SugarHost
import SugarImageBuilder
import SugarKeys
import SugarModel
import SugarRehearsal

/// What the program ends with. (sysexits.h; 77 there is EX_NOPERM)
enum ExitStatus {
  /// Two things that were compared are not the same. (as of diff(1), which has 1 for it)
  static let different = ExitCode(2)
  static let wrongData = ExitCode(65)
  static let ourFault = ExitCode(70)
  static let inputOutput = ExitCode(74)
  static let tryAgain = ExitCode(75)
  static let refused = ExitCode(77)
  static let interrupted = ExitCode(130)

  /// nil when everything went well.
  static func status(of outcome: RehearsalReport.Outcome) -> ExitCode? {
    switch outcome {
    case .ready: nil
    case .refused: refused
    case .late: tryAgain
    case .failed: inputOutput
    case .interrupted: interrupted
    }
  }

  /// Prints an error and gives the status that goes with it.
  static func tell(_ error: any Error, at door: Door) -> ExitCode {
    switch error {
    case let error as BuildError:
      if let report = error.report {
        door.tell(report.description)
        door.tell(summary(of: report))
      } else {
        door.tell("error: \(error.description)")
      }
      return error.kind == .data ? wrongData : inputOutput
    case let error as KeyError:
      door.tell("error: \(error)")
      return error.code == nil ? wrongData : inputOutput
    case let error as DownloadError:
      door.tell("error: \(error)")
      return error.isWrongContent ? wrongData : inputOutput
    case let error as EEPROMError:
      door.tell("error: \(error)")
      return wrongData
    case let error as FlashRefusal:
      door.tell("refused: \(error.refusal.reason)")
      if let note = error.note { door.tell("    note: \(note)") }
      for disk in error.disks where error.disks.count > 1 || disk.refusal == nil {
        let word = disk.refusal.map { "\($0.reason)" } ?? "may be written"
        door.tell("    \(disk.disk.path)  \(DiskWords.size(disk.disk.size))  \(word)")
      }
      return refused
    case let error as FlashError:
      door.tell("\(error.kind == .refused ? "refused" : "error"): \(error)")
      switch error.kind {
      case .refused: return refused
      case .data: return wrongData
      case .machine: return inputOutput
      }
    case let error as RehearsalError:
      door.tell("error: \(error)")
      return inputOutput
    case let error as HostError:
      door.tell("error: \(error)")
      return inputOutput
    case let error as StorageError:
      door.tell("error: \(error)")
      return inputOutput
    default:
      door.tell("error: this should not have happened: \(error)")
      return ourFault
    }
  }

  /// `2 errors, 1 warning`
  static func summary(of report: Report) -> String {
    let count = { (number: Int, word: String) in "\(number) \(word)\(number == 1 ? "" : "s")" }
    return "\(count(report.errors.count, "error")), \(count(report.warnings.count, "warning"))"
  }
}
