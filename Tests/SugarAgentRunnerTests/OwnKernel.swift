import Foundation
import SugarTestSupport
import Testing

/// A kernel of the tests' own: user-mode Linux, a Linux that runs as a program of this machine and
/// sees its files. In it the tests may do what a container withholds: grow a mounted file system,
/// mount FAT. What runs there is this same test program, with a filter.
/// (Linux, Documentation/virt/uml/user_mode_linux_howto_v2.rst)
enum OwnKernel {
  private static let mark = "SUGAR_OWN_KERNEL"

  static let isInside = ProcessInfo.processInfo.environment[mark] != nil
  static let inside: Comment = "run by OwnKernelTests, in a kernel of the tests' own"

  /// Runs the tests whose names match, and gives what they printed. Throws that when they fail, when
  /// none ran, or when the kernel does not come to its end.
  static func run(_ filter: String, seconds: Int = 1200) throws -> String {
    let folder = try TemporaryDirectory()
    let script = folder.path("init")
    try Data(initScript(filter).utf8).write(to: URL(fileURLWithPath: script))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
    let memory = FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm" : "/tmp"
    let answer = try Tool("timeout").run(
      [
        "\(seconds)", Tool("linux.uml").path, "rootfstype=hostfs", "rootflags=/", "ro", "mem=2G",
        "init=\(script)", "con=null", "con0=null,fd:1", "quiet", "loglevel=1",
      ], environment: ["TMPDIR": memory, mark: "yes"])
    let text = answer.text.replacingOccurrences(of: "\r", with: "")
    guard text.contains("own kernel: exit 0\n"), !text.contains("run with 0 tests") else {
      throw Tool.Refusal(description: "in the tests' own kernel:\n\(text)\(answer.complaints)")
    }
    return text
  }

  /// What is process 1 there. The files of this machine are read-only; what is written goes into
  /// memory.
  private static func initScript(_ filter: String) -> String {
    let program =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return """
      #!/bin/bash
      export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
      export HOME=/root LC_ALL=C.UTF-8 \(mark)=yes
      mount -t proc proc /proc && mount -t sysfs sysfs /sys
      for folder in /tmp /run /dev/shm; do
        mkdir -p "$folder" && mount -t tmpfs -o mode=1777 tmpfs "$folder"
      done
      for module in drivers/block/loop fs/fuse/fuse fs/nls/nls_cp437 fs/nls/nls_ascii fs/nls/nls_iso8859-1 \\
        fs/nls/nls_utf8 fs/fat/fat fs/fat/vfat; do
        file=$(echo /usr/lib/uml/modules/$(uname -r)/kernel/$module.ko*)
        [ ! -e "$file" ] || insmod "$file" || echo "own kernel: no $module"
      done
      cd /tmp
      '\(program)' --testing-library swift-testing --filter '\(filter)' 2>&1
      echo "own kernel: exit $?"
      sync
      poweroff -f
      """
  }
}
