import SugarHost
public import SugarModel

/// What became of letting a finished disk go.
public enum Ejection: Hashable, Sendable {
  case done
  /// It is finished, and still there: why.
  case kept(String)

  public var isDone: Bool { self == .done }

  /// What a person has to know.
  public var words: String {
    switch self {
    case .done: "it is ejected and can be taken out"
    case .kept(let reason): "everything is on it; it can be taken out (\(reason))"
    }
  }
}

/// Lets a finished disk go. (eject(1))
public enum DiskEjector {
  public static func eject(_ disk: Disk) -> Ejection {
    guard let program = try? Program("eject") else { return .kept("`eject` is not installed") }
    guard let answer = try? program.run([disk.path]), answer.status == 0 else {
      return .kept("`eject` did not work")
    }
    return .done
  }
}
