import CAgentNote
import CBlkid
import CParted

/// The agent's release, and those of the C libraries that this machine gave it.
enum AgentVersion {
  static let release = SUGARAGENT_VERSION

  static var text: String {
    """
    sugaragent \(release)
    libblkid \(blkid)
    libparted \(parted)
    """
  }

  /// blkid_get_library_version(3)
  private static var blkid: String {
    var version: UnsafePointer<CChar>?
    blkid_get_library_version(&version, nil)
    return version.map { String(cString: $0) } ?? "unknown"
  }

  /// ped_get_version, libparted.h
  private static var parted: String {
    if let reason = cparted_open() { return String(cString: reason) }
    return cparted_get_version().map { String(cString: $0) } ?? "unknown"
  }
}
