import Foundation
import SugarTestSupport
import Testing

/// Bootloader images through the whole program, and on media.
@Suite struct EEPROMTests {
  private let folder: TemporaryDirectory
  private var image: String { folder.path("pieeprom.bin") }
  private var made: String { folder.path("new.bin") }

  init() throws {
    folder = try TemporaryDirectory()
    try write(BootloaderImage.halves().bytes, "pieeprom.bin")
  }

  private func write(_ bytes: [UInt8], _ name: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: folder.path(name)))
  }

  @Test func shownSetAndCompared() throws {
    let before = try Tool.sha256(of: image)
    let shown = try Program.succeed(["eeprom", "show", image])
    #expect(shown.contains("BCM2712 (Raspberry Pi 5), 2 MiB, A/B"))
    #expect(shown.contains("sd, nvme, usb, restart (0xf461)"))
    let set = try Program.succeed([
      "eeprom", "set", image, "--output", made, "--boot-order", "nvme,sd,usb,restart", "--set",
      "PCIE_PROBE=1",
    ])
    #expect(set.contains("nvme, sd, usb, restart (0xf416)"))
    #expect(set.contains("PCIE_PROBE=1"))
    let difference = try Program.run(["eeprom", "diff", image, made])
    #expect(difference.status == 2)
    #expect(difference.output.contains("-BOOT_ORDER=0xf461\n+BOOT_ORDER=0xf416"))
    #expect(difference.output.contains("only the configuration differs"))
    #expect(try Program.succeed(["eeprom", "diff", made, made]).contains("the same"))
    let json = try Program.succeed(["eeprom", "show", made, "--json"])
    let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    #expect(object?["bootOrder"] as? [String] == ["nvme", "sd", "usb", "restart"])
    #expect(try Tool.sha256(of: image) == before)
  }

  /// Each is refused with a reason and this status, and no output file is there.
  @Test(arguments: [
    (["--boot-order", "nvme,restart"], 65, "no medium to rescue"),
    (["--boot-order", "nvme,sd"], 65, "must end with"),
    (["--boot-order", "bcm-usb,sd,restart"], 65, "has no bcm-usb"),
    (["--boot-order", "floppy,restart"], 64, "nothing to boot from"),
    (["--set", "BOOT_ORDER=0xf41641641"], 65, "has 9 digits"), (["--set", "x"], 64, "KEY=VALUE"),
    (["--set", "a b=1"], 65, "a key has"), ([], 64, "say what to set"),
    (["--config", "CRLF"], 65, "CR and LF"), (["--config", "LONG"], 65, "the bootloader reads"),
    (["--config", "NUL"], 65, "NUL"), (["--config", "NONE"], 74, "No such file"),
  ])
  func refusals(_ words: [String], _ status: Int, _ reason: String) throws {
    try write(Array("[all]\r\n".utf8), "CRLF")
    try write([UInt8](repeating: 0x23, count: 4077), "LONG")
    try write([0x41, 0], "NUL")
    let words = words.map { ["CRLF", "LONG", "NUL", "NONE"].contains($0) ? folder.path($0) : $0 }
    let before = try Tool.sha256(of: image)
    let result = try Program.run(["eeprom", "set", image, "--output", made] + words)
    #expect(Int(result.status) == status, "\(result.complaints)")
    #expect(result.complaints.contains(reason), "\(result.complaints)")
    #expect(!FileManager.default.fileExists(atPath: made))
    #expect(try Tool.sha256(of: image) == before)
  }

  @Test func nothingIsReplacedUnasked() throws {
    try write([1], "new.bin")
    let words = ["eeprom", "set", image, "--output", made, "--set", "A=1"]
    let refused = try Program.run(words)
    #expect(refused.status == 65 && refused.complaints.contains("there already"))
    try Program.succeed(words + ["--overwrite"])
    try Program.succeed([
      "eeprom", "set", image, "--output", made, "--overwrite", "--boot-order", "nvme,restart",
      "--force",
    ])
  }

  @Test func aCardThatOnlySetsTheBootloader() throws {
    try write(Array("…psu_current_profile…".utf8), "recovery.bin")
    let card = folder.path("card.img")
    let words = [
      "eeprom", "card", image, "--recovery", folder.path("recovery.bin"), "--boot-order",
      "nvme,sd,usb,restart", "--output",
    ]
    let result = try Program.succeed(words + [card])
    #expect(result.contains("nvme, sd, usb, restart (0xf416)"))
    let table = try Tool("sfdisk").check(["--json", card]).text
    #expect(table.contains("\"start\": 2048"))
    let part = folder.path("part.img")
    try Tool("dd").check(["if=\(card)", "of=\(part)", "bs=1M", "skip=1", "conv=sparse"])
    #expect(try Tool("fsck.vfat").run(["-n", part]).status == 0)
    let update = try Tool("mtype").check(["-i", part, "::/pieeprom.bin"]).output
    try Program.succeed([
      "eeprom", "set", image, "--output", made, "--boot-order", "nvme,sd,usb,restart",
    ])
    #expect(Data(update) == (try Data(contentsOf: URL(fileURLWithPath: made))))
    let signature = try Tool("mtype").check(["-i", part, "::/pieeprom.sig"]).text
    #expect(signature == "\(try Tool.sha256(of: made))\nts: 1767312000\n")
    #expect(
      try Tool("mtype").check(["-i", part, "::/recovery.bin"]).text == "…psu_current_profile…")
    let again = folder.path("again.img")
    try Program.succeed(words + [again])
    #expect(try Tool.sha256(of: again) == Tool.sha256(of: card), "the same bytes")

    try write(Array("…_2711…".utf8), "recovery.bin")
    let wrong = try Program.run(words + [folder.path("wrong.img")])
    #expect(wrong.status == 65 && wrong.complaints.contains("none for BCM2712"))
  }

  /// `apply: image` on an SD card: the three files that the board starts from, and not on others.
  @Test func mediaBringTheUpdate() throws {
    try write(Array("…psu_current_profile…".utf8), "recovery.bin")
    let fleet = try SmallFleet()
    func settings(
      _ digest: String, probe: Int = 1, timestamp: Int = 1_767_400_000
    ) throws -> String {
      """
      eeprom:
        bootOrder: [sd, nvme, usb, restart]
        extra: { PCIE_PROBE: \(probe) }
        apply: image
        timestamp: \(timestamp)
        firmware: { path: \(image), sha256: \(digest) }
        recovery:
          path: \(folder.path("recovery.bin"))
          sha256: \(try Tool.sha256(of: folder.path("recovery.bin")))
      """
    }
    let before = try Tool.sha256(of: image)
    try fleet.write(more: settings(before))
    try fleet.keys()
    let built = try fleet.build(["--export", "img"])
    #expect(built.status == 0, "\(built.complaints)")
    try Program.succeed([
      "eeprom", "set", image, "--output", made, "--boot-order", "sd,nvme,usb,restart", "--set",
      "PCIE_PROBE=1",
    ])
    let node = try ImageFile(path: "\(fleet.output)/one.img")
    #expect(
      try Data(node.bootBytes("pieeprom.upd")) == Data(contentsOf: URL(fileURLWithPath: made)))
    #expect(
      try node.boot("pieeprom.sig")
        == "\(try Tool.sha256(of: made))\nts: 1767400000\n")
    #expect(
      try node.boot("recovery.bin") == "…psu_current_profile…")
    let plan = try Program.run(["plan", fleet.folder, "one"], environment: fleet.environment)
    #expect(plan.output.contains("pieeprom.upd"))
    #expect(
      (plan.output + plan.complaints).contains("is updated before the system has ever run"))

    // A board that took the one above would skip another one of the same age.
    let age = "'eeprom.timestamp' is still 1767400000"
    #expect(!built.complaints.contains(age))
    try fleet.write(more: settings(before, probe: 0))
    #expect(try fleet.build().complaints.contains(age))
    try fleet.write(more: settings(before, probe: 1, timestamp: 1_767_400_001))
    #expect(try !fleet.build().complaints.contains("eeprom.timestamp"))

    try write(BootloaderImage.bcm2711().bytes, "pieeprom.bin")
    let other = try fleet.run()
    #expect(other.status == 65 && other.complaints.contains("the fleet says"), "\(other)")
    try fleet.write(more: settings(try Tool.sha256(of: image)))
    let chip = try fleet.run()
    #expect(chip.status == 65 && chip.complaints.contains("it is for BCM2711"), "\(chip)")
  }
}
