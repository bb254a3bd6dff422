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

  private mutating func planCommandLine(_ words: [String]) throws(PlanError) {
    let before = try textOfBase(facts.bootTexts, "cmdline.txt")
    var line = BootCommandLine(before)
    line.set("root", "PARTUUID=\(diskID)-02")
    // The base would give the disk another id and grow it on first boot; both is done already.
    line.remove("resize")
    line.remove("init=/usr/lib/raspberrypi-sys-mods/firstboot")
    // A customising tool's instance id would hide ours from cloud-init.
    line.remove(prefix: "ds=nocloud")
    line.enableMemoryControl()
    // Raspberry Pi OS keeps Wi-Fi off until it knows the country. (raspi-config, do_wifi_country)
    if usesWiFi, let country = profile.wifiCountry {
      line.set("cfg80211.ieee80211_regdom", country)
    }
    for word in profile.boot.cmdlineRemove { line.remove(word) }
    for word in words + profile.boot.cmdlineAdd { line.add(word) }
    edit(
      ImagePath(.boot, "cmdline.txt"), from: before, to: line.text, .program,
      because: "root by PARTUUID, memory cgroup, no resize on first boot")
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
    let after = before.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      String(line).replacing("PARTUUID=\(facts.diskID)-", with: "PARTUUID=\(diskID)-")
    }.joined(separator: "\n")
    guard after.contains("PARTUUID=\(diskID)-01"), after.contains("PARTUUID=\(diskID)-02") else {
      throw PlanError(
        node: node.hostname,
        reason: "the base's /etc/fstab does not mount both partitions by PARTUUID")
    }
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
