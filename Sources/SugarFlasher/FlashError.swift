import SugarFlashPlan
import SugarHost
import SugarModel

#if canImport(Glibc)
  import Glibc
#endif

/// Why an image could not be written, and in which state the disk is now.
public struct FlashError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Kind: Hashable, Sendable {
    /// A guard rail holds; nothing was written, or nothing that boots.
    case refused
    /// The image is not what it says.
    case data
    case machine
  }

  public var kind: Kind
  /// One sentence: "cannot <do> '<what>': <why>".
  public var message: String
  /// What to do about it.
  public var note: String?

  public init(_ kind: Kind, _ message: String, note: String? = nil) {
    self.kind = kind
    self.message = message
    self.note = note
  }

  public var description: String { message + (note.map { "\n    note: \($0)" } ?? "") }

  /// A disk that cannot be opened: who may, and how one becomes one of them.
  init(opening disk: Disk, _ error: HostError) {
    let text = "cannot open '\(disk.path)' for writing: \(error.reason)"
    switch error.code {
    case EACCES, EPERM: self.init(.machine, text, note: DiskWords.rights(disk.path))
    case EBUSY:
      self.init(
        .refused, text,
        note: "it is mounted, or another program holds it; end that and say it again")
    case ESTALE: self.init(.refused, error.description, note: "look again: sugarimage disks")
    case EROFS: self.init(.refused, text, note: "look at the card's lock switch")
    default: self.init(.machine, text)
    }
  }
}

/// The state that an interruption leaves behind.
enum FlashStage: Hashable, Sendable {
  case before, begun, finishing

  var note: String {
    switch self {
    case .before: "nothing was written"
    case .begun:
      "what is on the disk now boots nothing; the same command goes on where it stopped"
    case .finishing: "the disk may boot; write it again before you use it"
    }
  }
}

extension FlashError {
  /// An error of the device while it was worked on.
  init(_ error: StorageError, _ disk: String, at stage: FlashStage) {
    let gone: Set<Int32> = [ENODEV, ENXIO, ENOMEDIUM]
    if error.code.map({ gone.contains($0) }) ?? (error.reason == "it is gone") {
      self.init(.machine, "cannot go on with '\(disk)': it is gone", note: stage.note)
    } else if error.code == ESTALE {
      self.init(.refused, error.description, note: stage.note)
    } else {
      let more = error.code == EIO ? "; if that happens again, take another one" : ""
      self.init(.machine, error.description, note: stage.note + more)
    }
  }
}
