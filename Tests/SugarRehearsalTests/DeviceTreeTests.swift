import Foundation
import SugarModel
import SugarTestSupport
import Testing

@testable import SugarRehearsal

/// A board's serial number in QEMU's own tree, read back by the device tree compiler's tools.
@Suite struct DeviceTreeTests {
  @Test func aBoardHasASerialNumber() throws {
    let folder = try TemporaryDirectory()
    let plan = MachinePlan(
      node: "n", role: .agent, cluster: "c", memory: 512, processors: 2,
      board: "10000000abcdef01",
      disks: [.init(path: folder.path("a,b"), bus: .nvme, serial: "S", size: .gib(1), purpose: "")],
      cards: [], log: "")
    let path = try #require(try Emulator.find().writeTree(plan))
    let fdtget = try Tool("fdtget")
    #expect(try fdtget.check([path, "/", "serial-number"]).text == "10000000abcdef01\n")
    #expect(try fdtget.check([path, "/", "compatible"]).text == "linux,dummy-virt\n")
    // Nothing else of it is another.
    let tree = try Tool("dtc").check(["-I", "dtb", "-O", "dts", path]).text
    try Tool("qemu-system-aarch64").check([
      "-nodefaults", "-display", "none", "-M",
      "\(try Emulator.find().machine),dumpdtb=\(folder.path("own"))", "-cpu",
      try Emulator.find().processor, "-smp", "2", "-m", "512",
    ])
    let own = try Tool("dtc").check(["-I", "dtb", "-O", "dts", folder.path("own")]).text
    let added = tree.split(separator: "\n").filter { !$0.contains("serial-number") }
    #expect(added == own.split(separator: "\n"))
  }

  @Test func whatIsNoTree() throws {
    let folder = try TemporaryDirectory()
    let source = folder.path("t.dts")
    try "/dts-v1/; /memreserve/ 0x1000 0x2000; / { a = \"b\"; c { d; }; };".write(
      toFile: source, atomically: true, encoding: .utf8)
    let bytes = try Tool("dtc").check(["-I", "dts", "-O", "dtb", source]).output
    var tree = try #require(DeviceTree(bytes))
    tree.add("serial-number", "x")
    let made = folder.path("made")
    try Data(tree.bytes).write(to: URL(fileURLWithPath: made))
    let text = try Tool("dtc").check(["-I", "dtb", "-O", "dts", made]).text
    #expect(text.contains("serial-number = \"x\""), "\(text)")
    #expect(text.contains("/memreserve/\t0x0000000000001000"), "\(text)")
    // Cut anywhere, or with any byte of its header changed, it is no tree or another one: no crash.
    for count in 0..<bytes.count { #expect(DeviceTree(Array(bytes[..<count])) == nil) }
    for place in 0..<40 {
      var broken = bytes
      broken[place] ^= 0xff
      _ = DeviceTree(broken)?.bytes
    }
  }
}
