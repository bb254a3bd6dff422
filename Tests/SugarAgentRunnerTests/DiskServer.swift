import Foundation
import SugarHost
import SugarTestSupport

/// A file whose bytes go through QEMU's storage daemon, exported by FUSE: below the kernel's own
/// cache. A loop device on it is a disk. (qemu-storage-daemon(1))
final class DiskServer {
  let file: String
  /// What is on the medium.
  let content: String
  private let pid: pid_t

  /// Serves a copy of `base` through a block driver that stands over the node `content`.
  init(_ folder: TemporaryDirectory, base: String, through driver: [String: Any]) throws {
    let name = UUID().uuidString
    file = folder.path("\(name).fuse")
    content = folder.path("\(name).content")
    try Tool("cp").check(["--sparse=always", base, content])
    try Data().write(to: URL(fileURLWithPath: file))
    var driver = driver
    driver["node-name"] = "disk"
    let options = String(
      decoding: try JSONSerialization.data(withJSONObject: driver), as: UTF8.self)
    // As a daemon of its own: a child of the test would inherit its blocked signals.
    let pidFile = folder.path("\(name).pid")
    let answer = try Program("qemu-storage-daemon").run([
      "--daemonize", "--pidfile", pidFile, "--blockdev",
      "driver=file,node-name=content,filename=\(content)", "--blockdev", options,
      "--export", "type=fuse,id=disk,node-name=disk,mountpoint=\(file),writable=on",
    ])
    guard answer.status == 0,
      let number = pid_t(
        try String(contentsOfFile: pidFile, encoding: .utf8).trimmingCharacters(
          in: .whitespacesAndNewlines))
    else { throw Tool.Refusal(description: "qemu-storage-daemon: \(answer.output)") }
    pid = number
    let size = try FileManager.default.attributesOfItem(atPath: base)[.size] as? UInt64
    for _ in 0..<100 {
      let seen = try FileManager.default.attributesOfItem(atPath: file)[.size] as? UInt64
      if seen == size { return }
      usleep(50_000)
    }
    throw Tool.Refusal(description: "qemu-storage-daemon does not export \(file)")
  }

  func stop() {
    kill(pid, SIGTERM)
    for _ in 0..<200 where kill(pid, 0) == 0 { usleep(50_000) }
  }

  deinit {
    guard kill(pid, 0) == 0 else { return }
    kill(pid, SIGKILL)
    _ = try? Tool("umount").run(["-l", file])
  }
}
