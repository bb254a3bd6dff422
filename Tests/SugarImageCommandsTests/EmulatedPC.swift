import Foundation
import SugarTestSupport

/// A workstation that can be spared: an emulated PC with real USB sticks, as far as its kernel can
/// tell, a disk of its own and an NVMe drive. It runs the programs of this machine, whose files it
/// sees read-only, and a real udev. (scripts/pc-kernel)
///
/// A class, because it owns a process.
final class EmulatedPC {
  struct Disk {
    enum Bus { case usb, sata, nvme }
    /// How it differs from a good one.
    enum Flaw {
      case none
      /// Writing there gives an I/O error.
      case badSector(Int)
      /// Writes so many bytes a second.
      case slow(Int)
    }
    var bus: Bus
    var serial: String
    var file: String
    var flaw = Flaw.none
  }

  /// Seen in the PC as `/share`: what it runs, `run`, and what came of it.
  let share: String
  let monitor: PCMonitor
  private let process = Process()
  private let console: String
  private let deadline: Date

  /// Switches it on.
  ///
  /// - Parameters:
  ///   - folder: exists, and is this PC's alone.
  ///   - script: for bash, run as root; `step NAME WORD…` runs a program and keeps what came of it.
  init(_ folder: String, _ disks: [Disk], running script: String, seconds: Double = 900) throws {
    guard let kernel = ProcessInfo.processInfo.environment["SUGAR_PC_KERNEL"] else {
      throw Tool.Refusal(
        description: "SUGAR_PC_KERNEL is not set: run these tests by `make test`, or set it to "
          + "what scripts/pc-kernel prints")
    }
    share = folder + "/share"
    console = folder + "/console"
    deadline = Date(timeIntervalSinceNow: seconds)
    try FileManager.default.createDirectory(atPath: share, withIntermediateDirectories: true)
    try (Self.prologue + script + "\n" + Self.epilogue).write(
      toFile: share + "/run", atomically: true, encoding: .utf8)
    // Nothing is done behind the test's back: what it says ends the PC does, and this program's
    // end, too. (prctl(2), PR_SET_PDEATHSIG)
    process.executableURL = URL(fileURLWithPath: try Tool("setpriv").path)
    process.arguments =
      [
        "--pdeathsig", "KILL", "--", try Tool("qemu-system-x86_64").path, "-nodefaults", "-display",
        "none", "-no-reboot", "-machine", "q35", "-cpu", "max", "-smp", "1", "-m", "1G", "-accel",
        "tcg,thread=multi,tb-size=256", "-kernel", kernel + "/vmlinuz", "-initrd",
        kernel + "/initramfs", "-append", "console=ttyS0 panic=-1 quiet", "-serial",
        "file:\(console.escaped)", "-qmp", "stdio", "-virtfs",
        "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap", "-virtfs",
        "local,path=\(share.escaped),mount_tag=share,security_model=none", "-device",
        "qemu-xhci,id=usb",
      ] + (try disks.flatMap(Self.words))
    monitor = PCMonitor(until: deadline)
    process.standardInput = monitor.input
    process.standardOutput = monitor.output
    try process.run()
    try monitor.open()
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
  }

  /// A path of this machine, as it is called in the PC.
  static func path(_ path: String) -> String { "/host" + path }

  private static func words(_ disk: Disk) throws -> [String] {
    let file: [String: Any] = ["driver": "file", "filename": disk.file]
    var words: [String] = []
    var drive: [String: Any] = ["driver": "raw", "node-name": disk.serial, "file": file]
    switch disk.flaw {
    case .none: break
    case .badSector(let sector):
      let error: [String: Any] = [
        "event": "none", "iotype": "write", "errno": Int(EIO), "sector": sector, "once": false,
      ]
      drive["file"] = ["driver": "blkdebug", "inject-error": [error], "image": file]
    case .slow(let speed):
      words += ["-object", "throttle-group,id=slow-\(disk.serial),x-bps-write=\(speed)"]
      drive["driver"] = "throttle"
      drive["throttle-group"] = "slow-\(disk.serial)"
      drive["file"] = ["driver": "raw", "file": file]
    }
    let json = try JSONSerialization.data(withJSONObject: drive, options: [.sortedKeys])
    words += ["-blockdev", String(decoding: json, as: UTF8.self), "-device"]
    switch disk.bus {
    case .usb:
      let properties = usb(disk.serial).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      words.append((["usb-storage"] + properties).joined(separator: ","))
    case .sata: words.append("ide-hd,drive=\(disk.serial),serial=\(disk.serial)")
    case .nvme: words.append("nvme,drive=\(disk.serial),serial=\(disk.serial)")
    }
    return words
  }

  private static func usb(_ serial: String) -> [String: String] {
    ["id": serial, "bus": "usb.0", "drive": serial, "serial": serial, "removable": "on"]
  }

  /// Pulls a stick out. What was written to it stays in its file.
  func pullOut(_ serial: String) throws {
    try monitor.execute("device_del", ["id": serial])
  }

  /// Puts it in again.
  func putIn(_ serial: String) throws {
    var words: [String: Any] = Self.usb(serial)
    words["driver"] = "usb-storage"
    words["removable"] = true
    try monitor.execute("device_add", words)
  }

  // MARK: what comes of it

  /// What a step of the script printed, and its exit status; waits for it.
  func answer(_ step: String) throws -> Program.Result {
    let file = "\(share)/\(step)"
    try wait("step '\(step)'") { FileManager.default.fileExists(atPath: file + ".status") }
    let text = try String(contentsOfFile: file + ".status", encoding: .utf8)
    return Program.Result(
      status: Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? -1,
      output: try String(contentsOfFile: file + ".out", encoding: .utf8),
      complaints: try String(contentsOfFile: file + ".err", encoding: .utf8))
  }

  /// Waits until that is so.
  func wait(_ what: String, until condition: () throws -> Bool) throws {
    while try !condition() {
      try monitor.read()
      guard process.isRunning, Date() < deadline else {
        let text = (try? String(contentsOfFile: console, encoding: .utf8)) ?? ""
        throw Program.Failure(
          description: "the emulated PC \(process.isRunning ? "is too slow" : "ended") before "
            + "\(what):\n\(text.suffix(4000))")
      }
      usleep(20_000)
    }
  }

  /// Waits until it switched itself off.
  func waitForEnd() throws {
    while process.isRunning {
      try monitor.read()
      guard Date() < deadline else {
        throw Program.Failure(description: "the emulated PC does not switch itself off")
      }
      usleep(20_000)
    }
  }

  /// udev finds what the kernel found before it was there.
  private static let prologue = """
    export HOME=/run/home XDG_CACHE_HOME=/share/cache SUGARIMAGE_SHARE='\(path(Program.repository))'
    export LC_ALL=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    mkdir -p "$HOME"
    sugarimage='\(path(Program.path))'

    step() {
      local name=/share/$1
      shift
      "$@" >"$name.out" 2>"$name.err" </dev/null
      echo $? >"$name.part"
      mv "$name.part" "$name.status"
    }

    # The name of the disk with that serial number, when it is there and udev is done with it.
    named() {
      local link
      udevadm settle
      for link in /dev/disk/by-id/*"$1"*; do
        [ ! -b "$link" ] || { basename "$(readlink "$link")"; return; }
      done
      return 1
    }

    /usr/lib/systemd/systemd-udevd --daemon
    udevadm trigger --action=add --subsystem-match=usb --subsystem-match=scsi \\
      --subsystem-match=nvme --subsystem-match=block

    """

  private static let epilogue = """
    echo o >/proc/sysrq-trigger
    sleep 60

    """
}

extension String {
  /// With its commas doubled, as QEMU's option lists want it.
  fileprivate var escaped: String { replacingOccurrences(of: ",", with: ",,") }
}
