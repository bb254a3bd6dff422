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
