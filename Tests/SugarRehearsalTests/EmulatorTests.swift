import SugarModel
import Testing

@testable import SugarRehearsal

/// What QEMU is told.
@Suite struct EmulatorTests {
  @Test(
    "the command line becomes the emulated machine's, as the firmware makes it a Pi's",
    arguments: [
      (
        "console=serial0,115200 console=tty1 root=PARTUUID=1-02 rw\n",
        "console=ttyAMA0,115200 root=PARTUUID=1-02 rw"
      ),
      ("quiet console=serial0", "quiet console=ttyAMA0"), ("  a   b\r\n", "a b"),
      ("console=tty10 x=console=serial0", "console=tty10 x=console=serial0"),
    ])
  func commandLine(_ text: String, _ expected: String) {
    let words = Emulator.commandLine(text)
    #expect(words == ([expected] + Emulator.patience).joined(separator: " "))
    #expect(
      Emulator.commandLine(text, isRetired: true)
        == ([expected] + Emulator.patience + Emulator.witness).joined(separator: " "))
  }

  @Test(
    "the processor that is faster in this QEMU, and no random seeds where that can be said",
    arguments: [
      (
        "QEMU emulator version 7.2.22 (Debian 1:7.2)", "dtb-randomness=<bool>", "7.2.22",
        "cortex-a72", "virt,gic-version=2,dtb-randomness=off"
      ),
      ("QEMU emulator version 10.0.2", "", "10.0.2", "cortex-a76", "virt,gic-version=2"),
      ("", "", "unknown", "cortex-a72", "virt,gic-version=2"),
    ])
  func versions(
    _ text: String, _ help: String, _ version: String, _ processor: String, _ machine: String
  ) {
    let emulator = Emulator(version: text, machineHelp: help)
    #expect(emulator.version == version)
    #expect(emulator.processor == processor)
    #expect(emulator.machine == machine)
  }

  @Test("disks and cards in their order, and a comma in a name stays in it")
  func words() {
    let disk = { (name: String, bus: MachinePlan.Bus) in
      MachinePlan.EmulatedDisk(
        path: "/a,b/\(name)", bus: bus, serial: "S,\(name)", size: .gib(1), purpose: "")
    }
    let plan = MachinePlan(
      node: "n", role: .agent, cluster: "c", memory: 512, processors: 1,
      disks: [disk("boot", .nvme), disk("more", .usb)],
      cards: [
        .init(segment: "lan", address: MACAddress(named: "1")),
        .init(segment: "mgmt", address: MACAddress(named: "2")),
      ], log: "")
    let words = Emulator(version: "", machineHelp: "").arguments(
      plan, kernel: KernelFiles(kernel: "/k", initramfs: "/i"), commandLine: "root=x",
      tree: "/t")
    let text = words.joined(separator: "\n")
    for part in [
      "file=/a,,b/boot,format=raw,cache=writeback", "nvme,drive=disk0,serial=S,,boot",
      "usb-storage,bus=usb1.0,drive=disk1,serial=S,,more",
      "stream,id=net0,server=off,addr.type=fd,addr.str=4",
      "stream,id=net1,server=off,addr.type=fd,addr.str=5", "-append\nroot=x", "-initrd\n/i",
      "-dtb\n/t",
      "socket,id=monitor,fd=3", "-no-reboot",
    ] { #expect(text.contains(part), "\(part) is not in \(text)") }
    #expect(!text.contains("cache=unsafe"))
  }
}
