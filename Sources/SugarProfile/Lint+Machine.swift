internal import SugarModel

extension Lint {
  static func bootOrderIsSafe(_ draft: Draft) -> [Diagnostic] {
    guard let order = draft.profile.eeprom.bootOrder, draft.hasSoundBootOrder,
      let objection = order.objection
    else { return [] }
    return [
      draft.error(objection, at: "eeprom.bootOrder", note: "write it as [nvme, sd, usb, restart]")
    ]
  }

  /// Media that bring an update need all of it.
  static func firmwareIsComplete(_ draft: Draft) -> [Diagnostic] {
    let eeprom = draft.profile.eeprom
    guard eeprom.apply == .image, draft.isSound("eeprom") else { return [] }
    func missing(_ field: String, _ what: String) -> Diagnostic? {
      guard draft.isSound("eeprom.\(field)") else { return nil }
      return draft.error("'apply: image' needs 'eeprom.\(field)'", at: "eeprom.apply", note: what)
    }
    var found: [Diagnostic?] = []
    if eeprom.firmware == nil {
      found.append(missing("firmware", "the pieeprom image, by path and sha256"))
    }
    if eeprom.timestamp == nil {
      found.append(
        missing("timestamp", "seconds since 1970, later each time that the settings change"))
    }
    if eeprom.recovery == nil, draft.isSound("root.target"), draft.profile.root.target == .sd {
      found.append(missing("recovery", "the recovery.bin of the same chip, by path and sha256"))
    }
    if eeprom.bootOrder == nil, eeprom.extra.isEmpty, draft.isSound("eeprom.extra") {
      found.append(missing("bootOrder", "or 'eeprom.extra': there is nothing to set"))
    }
    return found.compactMap { $0 }
  }

  static func bootOrderFitsTheBoard(_ draft: Draft) -> [Diagnostic] {
    guard let order = draft.profile.eeprom.bootOrder, draft.hasSoundBootOrder,
      draft.isSound("hardware.model"), draft.profile.hardware.model != .rpi4,
      let index = order.devices.firstIndex(of: .bcmUSB)
    else { return [] }
    return [
      draft.error(
        "a Raspberry Pi 5 has no bcm-usb", at: "eeprom.bootOrder[\(index)]", note: "write 'usb'")
    ]
  }

  /// What a board's PCIe slot can do, and what the bootloader is told of it. (raspberrypi.com
  /// documentation, "PCIe Gen 3.0"; "Raspberry Pi bootloader configuration", PCIE_PROBE)
  static func pcieFitsTheBoard(_ draft: Draft) -> [Diagnostic] {
    let (hardware, probe) = (draft.profile.hardware, draft.profile.eeprom.extra["PCIE_PROBE"])
    guard draft.isSound("hardware.model") else { return [] }
    var found: [Diagnostic] = []
    if let generation = hardware.pcieGen {
      if hardware.model == .rpi4 {
        found.append(
          draft.error("a Raspberry Pi 4 has no PCIe connector", at: "hardware.pcieGen"))
      } else if generation == 3 {
        found.append(
          draft.warning(
            "a Raspberry Pi 5 is not certified for PCIe 3: disks may fail under load",
            at: "hardware.pcieGen", note: "without it the link is of generation 2"))
      }
    }
    if let probe, draft.isSound("eeprom.extra"), !["0", "1"].contains(probe) {
      found.append(draft.error("'PCIE_PROBE' is 0 or 1", at: "eeprom.extra.PCIE_PROBE"))
    }
    return found
  }

  static func rootIsInBootOrder(_ draft: Draft) -> [Diagnostic] {
    guard let order = draft.profile.eeprom.bootOrder, draft.hasSoundBootOrder,
      draft.isSound("root.target")
    else { return [] }
    let target = draft.profile.root.target
    guard !order.devices.contains(where: { $0.rawValue == target.rawValue }) else { return [] }
    return [
      draft.error(
        "the boot order never tries '\(target.rawValue)', the root disk", at: "eeprom.bootOrder")
    ]
  }

  /// An MBR counts sectors of 512 bytes in 32 bits.
  static func rootFitsPartitionTable(_ draft: Draft) -> [Diagnostic] {
    guard draft.isSound("root.size"), draft.profile.root.size > .gib(2048) - .gib(1) else {
      return []
    }
    return [
      draft.error(
        "the partition table of the base image (MBR) ends at 2 TiB, boot partition included",
        at: "root.size",
        note: "at most 2047 GiB")
    ]
  }

  static func someoneCanLogIn(_ draft: Draft) -> [Diagnostic] {
    guard draft.isSound("admin.sshAuthorizedKeys"), draft.isSound("admin.user"),
      draft.isSound("admin"),
      draft.profile.admin.sshAuthorizedKeys.isEmpty
    else { return [] }
    return [
      draft.warning(
        "nobody can log in: '\(draft.profile.admin.user)' has no SSH key", at: "admin.user",
        note:
          "put public keys into fleet.local.yaml, which git ignores, "
          + "or into 'admin.sshAuthorizedKeys'"
      )
    ]
  }
}

extension Draft {
  fileprivate var hasSoundBootOrder: Bool {
    let devices = profile.eeprom.bootOrder?.devices ?? []
    return devices.indices.allSatisfy { isSound("eeprom.bootOrder[\($0)]") }
  }
}
