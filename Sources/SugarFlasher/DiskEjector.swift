import SugarHost
public import SugarModel

/// Lets a finished disk go. (eject(1))
public enum DiskEjector {
  /// nil when it was ejected, else what a person has to know.
  public static func eject(_ disk: Disk) -> String? {
    guard let program = try? Program("eject") else {
      return "everything is on it; it can be taken out (`eject` is not installed)"
    }
    guard let answer = try? program.run([disk.path]), answer.status == 0 else {
      return "everything is on it; it can be taken out (`eject` did not work)"
    }
    return nil
  }
}
