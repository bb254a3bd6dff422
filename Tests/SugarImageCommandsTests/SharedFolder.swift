import Foundation
import SugarTestSupport

/// A folder that all tests of one run share, and no other run on this machine; it goes when the run ends.
enum SharedFolder {
  /// Makes the folder of that name; what runs that were killed have left goes first.
  static func make(_ name: String) throws -> String {
    let files = FileManager.default
    let temporary = files.temporaryDirectory
    let prefix = "sugarimage-\(name)-"
    for old in try files.contentsOfDirectory(atPath: temporary.path) where old.hasPrefix(prefix) {
      // A process that is there, or that is somebody else's, keeps its folder.
      guard let process = pid_t(old.dropFirst(prefix.count)), kill(process, 0) != 0, errno == ESRCH
      else { continue }
      try? files.removeItem(at: temporary.appendingPathComponent(old))
    }
    let folder = temporary.appendingPathComponent(prefix + "\(getpid())").path
    try? files.removeItem(atPath: folder)
    try OwnFolders.make(folder)
    return folder
  }
}
