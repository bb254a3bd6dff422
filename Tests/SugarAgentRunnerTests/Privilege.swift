import Foundation
import Testing

/// What this process may do on this machine.
enum Privilege {
  /// Loop devices and mounts want root; elsewhere these tests are skipped, and say so.
  static let isRoot = geteuid() == 0
  static let reason: Comment = "needs root: loop devices and mounts"

  /// The kernel grows a mounted ext4 only for CAP_SYS_RESOURCE, which some containers withhold.
  /// (Linux, fs/ext4/resize.c, ext4_resize_begin; capabilities(7), bit 24)
  static let mayGrow: Bool = {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") } ?? ""
    let hex = line.split(separator: "\t").last.map(String.init) ?? ""
    return (UInt64(hex, radix: 16) ?? 0) & (1 << 24) != 0
  }()

  /// How a growth ends here: a kernel that refuses it is reported, and nothing is lost.
  static let growth = mayGrow ? "KEEP" : "REFUSE io-error"
}
