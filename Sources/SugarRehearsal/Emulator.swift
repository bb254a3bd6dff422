public import SugarHost

/// QEMU on this workstation: which one, and in which words it is told to be a node.
///
/// The only place that knows them. (QEMU's documentation, "Arm 'virt' generic virtual platform";
/// what is measured stands in docs/benchmarks.md)
public struct Emulator: Hashable, Sendable {
  public static let program = "qemu-system-aarch64"
  /// Said wherever a result is shown.
  public static let label = "emulation: QEMU virt machine, not a Raspberry Pi"

  public var version: String
  /// QEMU's name of the processor.
  public var processor: String
  /// An older interrupt controller and no random seeds: both boot faster.
  public var machine: String

  /// - Parameters:
  ///   - version: what `--version` prints.
  ///   - machineHelp: what `-M virt,help` prints.
  public init(version text: String, machineHelp: String) {
    let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
    let place = words.firstIndex(of: "version").map { $0 + 1 }
    version = place.flatMap { words.indices.contains($0) ? words[$0] : nil } ?? "unknown"
    let major = Int(version.prefix { $0 != "." }) ?? 0
    // The faster one of each: QEMU 7.2 boots to login in 49.5 s as a72 and 55.5 s as a76, QEMU 10 in
    // 52 s and 40 s.
    processor = major >= 8 ? "cortex-a76" : "cortex-a72"
    machine =
      "virt,gic-version=2" + (machineHelp.contains("dtb-randomness") ? ",dtb-randomness=off" : "")
  }

  /// Asks the QEMU that is installed.
  public static func find() throws(HostError) -> Emulator {
    let qemu = try Program(program)
    return Emulator(
      version: try qemu.run(["--version"]).output,
      machineHelp: try qemu.run(["-M", "virt,help"]).output)
  }

  /// Where the machine finds its descriptors: the monitor, then one for each card.
  static let monitorDescriptor = 3

  /// All words after the program's name.
  ///
  /// - Parameters:
  ///   - commandLine: the kernel's.
  ///   - tree: a device tree in place of the machine's own.
  public func arguments(
    _ machine: MachinePlan, kernel: KernelFiles, commandLine: String, tree: String? = nil
  ) -> [String] {
    var words = [
      "-nodefaults", "-display", "none",
      // A guest that restarts ends the emulator: it is started anew, with the files of its boot
      // partition as they are by then.
      "-no-reboot", "-serial", "stdio",
      "-chardev", "socket,id=monitor,fd=\(Self.monitorDescriptor)",
      "-mon", "chardev=monitor,mode=control",
      "-name", machine.node.escaped,
      // Translated code is kept in so many MiB; QEMU's own choice would be an eighth of the host's.
      "-accel", "tcg,thread=multi,tb-size=256",
      "-kernel", kernel.kernel, "-append", commandLine, "-device", "virtio-rng-pci",
    ]
    words += board(machine)
    if let tree { words += ["-dtb", tree] }
    if let initramfs = kernel.initramfs { words += ["-initrd", initramfs] }
    for (number, disk) in machine.disks.enumerated() { words += arguments(disk, number) }
    for (number, card) in machine.cards.enumerated() {
      words += [
        "-netdev",
        "stream,id=net\(number),server=off,addr.type=fd,addr.str=\(Self.monitorDescriptor + 1 + number)",
        "-device", "virtio-net-pci,netdev=net\(number),mac=\(card.address),romfile=",
      ]
    }
    return words
  }

  /// What the machine's device tree follows from; its disks and cards are not in it.
  private func board(_ machine: MachinePlan, more: String = "") -> [String] {
    [
      "-M", self.machine + more, "-cpu", processor, "-smp", "\(machine.processors)", "-m",
      "\(machine.memory)",
    ]
  }

  /// Writes the machine's device tree, with the serial number that its board is to have, to a file.
  /// nil when it is to have none. (QEMU's documentation, `dumpdtb`)
  func writeTree(_ machine: MachinePlan) throws(RehearsalError) -> String? {
    guard let serial = machine.board else { return nil }
    let path = machine.disks[0].path + ".dtb"
    let words = ["-nodefaults", "-display", "none"]
    try rehearsing("describe", machine.node) {
      let answer = try Program(Self.program).run(
        words + board(machine, more: ",dumpdtb=\(path.escaped)"))
      guard answer.status == 0, var tree = DeviceTree(try Files.read(path)) else {
        throw HostError(
          operation: "describe", subject: machine.node,
          reason: "QEMU writes no device tree: \(answer.output)")
      }
      tree.add("serial-number", serial)
      try Files.write(tree.bytes, to: path, mode: nil)
    }
    return path
  }

  /// `cache=writeback`, so that a flush of the guest is a flush here; zeros and what is discarded
  /// take no room.
  private func arguments(_ disk: MachinePlan.EmulatedDisk, _ number: Int) -> [String] {
    let name = "disk\(number)"
    let drive = [
      "-drive",
      "if=none,id=\(name),file=\(disk.path.escaped),format=raw,cache=writeback,discard=unmap,detect-zeroes=unmap",
    ]
    let serial = disk.serial.escaped
    let device =
      switch disk.bus {
      case .nvme: ["-device", "nvme,drive=\(name),serial=\(serial)"]
      case .virtio: ["-device", "virtio-blk-pci,drive=\(name),serial=\(serial)"]
      case .usb:
        [
          "-device", "qemu-xhci,id=usb\(number)", "-device",
          "usb-storage,bus=usb\(number).0,drive=\(name),serial=\(serial)",
        ]
      case .sata:
        [
          "-device", "ahci,id=sata\(number)", "-device",
          "ide-hd,bus=sata\(number).0,drive=\(name),serial=\(serial)",
        ]
      case .scsi:
        [
          "-device", "virtio-scsi-pci,id=scsi\(number)", "-device",
          "scsi-hd,bus=scsi\(number).0,drive=\(name),serial=\(serial)",
        ]
      }
    return drive + device
  }

  /// An emulated machine on a busy workstation is slower than any Pi, and must not be taken for a
  /// broken one: systemd would give a disk 90 seconds to show up and then stop in emergency mode.
  /// (systemd(1), kernel command line. Not `rootdelay`: initramfs-tools sleeps for all of it.)
  static let patience = [
    "systemd.default_device_timeout_sec=900", "systemd.default_timeout_start_sec=900",
  ]

  /// What is added when the node's agent has retired and nobody else says that k3s is started:
  /// systemd tells the kernel's log, which goes to the console whoever else holds that. (systemd(1);
  /// kernel-parameters.txt, loglevel)
  static let witness = ["systemd.log_target=kmsg", "loglevel=7"]

  /// What the Pi's firmware does to `cmdline.txt`: serial0 becomes the UART's name. The machine has
  /// no screen, so tty1 goes: the last console named is the one that services write to.
  public static func commandLine(_ text: String, isRetired: Bool = false) -> String {
    let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
    let firmware = words.filter { $0 != "console=tty1" }.map { word in
      guard word.hasPrefix("console=serial0") else { return word }
      return "console=ttyAMA0" + word.dropFirst("console=serial0".count)
    }
    return (firmware + patience + (isRetired ? witness : [])).joined(separator: " ")
  }
}

extension String {
  /// With its commas doubled, as QEMU's option lists want it.
  fileprivate var escaped: String {
    split(separator: ",", omittingEmptySubsequences: false).joined(separator: ",,")
  }
}
