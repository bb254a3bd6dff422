import SugarModel
import SugarProfile

extension ImagePlanner {
  /// The disk's id and everything that refers to it; the firmware's own files.
  mutating func planBoot() throws(PlanError) {
    add(.setDiskID(diskID), because: "no two media share an id")
    let folders = profile.bootfiles.compactMap { inputs.assets.bootFolders[$0] }
    try planCommandLine(folders.flatMap(\.cmdlineWords))
    try planConfigTxt(folders.flatMap(\.configLines))
    try planFstab()
    for folder in folders {
      for (path, asset) in folder.files.sorted(by: { $0.key < $1.key }) {
        add(
          .write(ImagePath(.boot, path), .asset(asset), .program, before: nil), because: "bootfiles"
        )
      }
    }
    planFirmware()
    if !facts.firstBootUnits.isEmpty {
      notes.append(
        "the machine id turns off units that run on a first boot only: \(facts.firstBootUnits.joined(separator: ", "))"
      )
    }
  }

  /// The bootloader's update. From an SD card the board starts `recovery.bin`, which writes it; from
  /// other media the bootloader updates itself. (raspberrypi.com, "Raspberry Pi boot EEPROM")
  private mutating func planFirmware() {
    guard let firmware = inputs.assets.firmware else { return }
    func put(_ name: String, _ content: FileContent, _ reason: String) {
      add(.write(ImagePath(.boot, name), content, .program, before: nil), because: reason)
    }
    if let recovery = firmware.recovery {
      put("recovery.bin", .asset(recovery), "the board starts this before the system")
    }
    put("pieeprom.upd", .asset(firmware.update), "bootloader: \(firmware.summary)")
    put("pieeprom.sig", .text(firmware.signature), "proves the update, and says how new it is")
    notes.append("the bootloader is updated before the system has ever run: \(firmware.summary)")
    if profile.eeprom.bootOrder?.devices.first == .nvme, profile.root.target != .nvme {
      notes.append(
        "with another system on an NVMe disk in the board, that one boots from then on, not this medium"
      )
    }
  }

  /// Of every system on the boot partition: with A/B boot the one that is tried may have one, too.
  private mutating func planCommandLine(_ words: [String]) throws(PlanError) {
    let config = try textOfBase(facts.bootTexts, "config.txt")
    for (number, files) in BootFileNames.all(configuration: config).enumerated() {
      if number > 0, facts.bootTexts[files.commandLine] == nil { continue }
      try planCommandLine(files.commandLine, words)
    }
  }

  private mutating func planCommandLine(_ path: String, _ words: [String]) throws(PlanError) {
    let before = try textOfBase(facts.bootTexts, path)
    var line = BootCommandLine(before)
    line.set("root", "PARTUUID=\(diskID)-02")
    // The base would give the disk another id and grow it on first boot; both is done already.
    for word in flavour.firstBootWords { line.remove(word) }
    // A customising tool's script would run once more, and its instance id hide ours from cloud-init.
    line.remove(prefix: "systemd.run")
    line.remove("systemd.unit=kernel-command-line.target")
    line.remove(prefix: "ds=nocloud")
    line.enableMemoryControl()
    line.bootUnattended()
    // Raspberry Pi OS keeps Wi-Fi off until it knows the country. (raspi-config, do_wifi_country)
    if usesWiFi, let country = profile.wifiCountry {
      line.set("cfg80211.ieee80211_regdom", country)
    }
    for word in profile.boot.cmdlineRemove { line.remove(word) }
    for word in words + profile.boot.cmdlineAdd { line.add(word) }
    edit(
      ImagePath(.boot, path), from: before, to: line.text, .program,
      because:
        "root by PARTUUID, memory cgroup, a boot that fails starts anew, nothing that runs on first boot only"
    )
  }

  private mutating func planConfigTxt(_ lines: [String]) throws(PlanError) {
    let before = try textOfBase(facts.bootTexts, "config.txt")
    var config = ConfigTxt(before)
    var wanted = lines
    if profile.root.target == .nvme { wanted.append("dtparam=pciex1") }
    if let generation = profile.hardware.pcieGen {
      wanted.append("dtparam=pciex1_gen=\(generation)")
    }
    config.add(wanted + profile.boot.configTxt)
    edit(
      ImagePath(.boot, "config.txt"), from: before, to: config.text, .program,
      because: "hardware of \(profile.hardware.model.rawValue)")
  }

  private mutating func planFstab() throws(PlanError) {
    let before = try textOfBase(facts.rootTexts, "/etc/fstab")
    let old = flavour.references(diskID: facts.diskID)
    let (boot, root) = ("PARTUUID=\(diskID)-01", "PARTUUID=\(diskID)-02")
    let lines = before.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let device = line.prefix { !$0.isWhitespace }
      let new = device == old.boot ? boot : device == old.root ? root : nil
      return new.map { $0 + line.dropFirst(device.count) } ?? String(line)
    }
    guard lines.contains(where: { $0.hasPrefix(boot) }),
      lines.contains(where: { $0.hasPrefix(root) })
    else {
      throw PlanError(
        node: node.hostname,
        reason:
          "the base's /etc/fstab does not mount both partitions, as \(old.boot) and \(old.root)")
    }
    let after = lines.joined(separator: "\n")
    edit(
      ImagePath(.root, "/etc/fstab"), from: before, to: after, .publicFile,
      because: "mounts by PARTUUID")
  }

  func textOfBase(_ texts: [String: String], _ path: String) throws(PlanError) -> String {
    guard let text = texts[path] else {
      throw PlanError(node: node.hostname, reason: "the base has no '\(path)'")
    }
    return text
  }
}

extension String {
  /// Every occurrence of a text by another. The standard library alone has no such function.
  func replacing(_ old: String, with new: String) -> String {
    var result = ""
    var rest = Substring(self)
    while let range = rest.firstRange(of: old) {
      result += rest[..<range.lowerBound] + new
      rest = rest[range.upperBound...]
    }
    return result + rest
  }
}
