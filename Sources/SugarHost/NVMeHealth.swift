import CLinux

#if canImport(Glibc)
  import Glibc
#endif

/// What an NVMe disk says of its own health. (NVM Express Base Specification, "SMART / Health
/// Information", log page 02h)
public struct NVMeHealth: Hashable, Sendable {
  /// Bits of what is wrong now; 0 is well.
  public var criticalWarning: UInt8
  public var celsius: Int
  /// Per cent of the spare blocks that are left.
  public var spare: UInt8
  /// Per cent of the expected life that is used; may pass 100.
  public var used: UInt8
  public var mediaErrors: UInt64

  /// Asks the controller of `/dev/nvme0n1`.
  public static func read(_ path: String) throws(HostError) -> NVMeHealth {
    let descriptor = try retrying("open", path) { clinux_open(path, O_RDONLY, 0) }
    defer { close(descriptor) }
    var page = [UInt8](repeating: 0, count: 512)
    try retrying("ask", path) { clinux_nvme_health(descriptor, &page) }
    let kelvin = Int(page[1]) | Int(page[2]) << 8
    let errors = (0..<8).reduce(UInt64(0)) { $0 | UInt64(page[160 + $1]) << UInt64(8 * $1) }
    return NVMeHealth(
      criticalWarning: page[0], celsius: kelvin - 273, spare: page[3], used: page[5],
      mediaErrors: errors)
  }
}

extension NVMeHealth: CustomStringConvertible {
  public var description: String {
    let warning = criticalWarning == 0 ? "healthy" : "warning \(criticalWarning)"
    return "\(warning), \(celsius) °C, \(used) % used, \(mediaErrors) media errors"
  }
}
