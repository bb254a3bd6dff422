public import SugarEEPROM
public import SugarModel

/// What is done about a board's bootloader when its facts are looked at.
public enum BootloaderRuling: Hashable, Sendable {
  /// Nothing, and that is how it stays in this boot.
  case rest(BootloaderReport.State, String, next: [String] = [])
  /// What was brought to the board in an earlier boot is in force.
  case confirm(String)
  /// Something may still come by itself.
  case wait(String, next: [String] = [])
  case refuse(BootloaderReport.Code, String, next: [String] = [])
  /// These settings are brought to the board, in that image.
  case stage(BootConfiguration, image: String, because: String)
}

/// Decides about the boot order and the settings of a board's bootloader. Whatever could not be found
/// out leaves them alone.
public enum BootloaderRules {
  /// How often one wish is brought to one bootloader.
  public static let limit = 3
  /// What is said when the board has the settings.
  public static let staged = "the fleet's settings are in force from the next boot on"

  public static func decide(
    _ boot: BootIdentity, target: String, _ facts: BootloaderFacts
  ) -> BootloaderRuling {
    guard let wish = BootloaderWish(boot) else {
      return .rest(.nothingAsked, "the fleet asks for no boot order")
    }
    guard let chip = facts.chip else {
      return .rest(.none, "this machine has no Raspberry Pi bootloader, so there is no boot order")
    }
    guard case .known(let present) = facts.settings else {
      return unreadable(facts)
    }
    // Before the next boot the board still shows what was taken back.
    if let undone = facts.history.undone {
      return .rest(
        .undone, "a person went back to the settings of \(undone)",
        next: ["to have the fleet's settings again: sudo sugaragent eeprom retry"])
    }
    let differing = wish.differences(from: present)
    guard !differing.isEmpty else { return equal(wish, facts.history) }
    let difference = wish.words(for: differing, in: present)
    guard boot.apply == .agent else {
      return .rest(.differs, "\(difference); the fleet has \(setter(boot)) set it")
    }
    if let ruling = ofThisBoot(facts.history) { return ruling }
    if let ruling = objection(wish, present, target, facts) { return ruling }
    if let ruling = obstacle(facts) { return ruling }
    return staging(wish, present, chip, difference, facts)
  }

  private static func unreadable(_ facts: BootloaderFacts) -> BootloaderRuling {
    guard case .unknown(let reason) = facts.settings else { return .wait("it is not known") }
    return .refuse(
      .unknown, "the board's settings could not be read: \(reason)",
      next: ["see what sudo rpi-eeprom-config says on the node"])
  }

  private static func equal(
    _ wish: BootloaderWish, _ history: BootloaderHistory
  ) -> BootloaderRuling {
    let words =
      wish.order.map { "the board tries \(BootloaderWish.words($0)), as the fleet says" }
      ?? "the bootloader's settings are as the fleet says"
    switch history.last {
    case .begun, .staged, .failed: return .confirm(words)
    case .verified, nil: return .rest(.asPlanned, words)
    }
  }

  private static func setter(_ boot: BootIdentity) -> String {
    switch boot.apply {
    case .image: "the medium (apply: image)"
    case .never: "a person (apply: never)"
    case .agent, nil: "nobody"
    }
  }

  /// What was done in this boot stays done: the board shows it after the next start.
  private static func ofThisBoot(_ history: BootloaderHistory) -> BootloaderRuling? {
    guard history.isOfThisBoot else { return nil }
    switch history.last {
    case .staged: return .rest(.staged, staged)
    case .failed(let reason):
      return .refuse(.toolFailed, reason, next: ["it is tried again at the next boot"])
    // An agent that was killed does it again: half of an update is none.
    case .begun, .verified, nil: return nil
    }
  }

  /// Why the settings must not be changed at all.
  private static func objection(
    _ wish: BootloaderWish, _ present: BootConfiguration, _ target: String, _ facts: BootloaderFacts
  ) -> BootloaderRuling? {
    // Wherever it stands, as rpi-eeprom-update looks for it.
    if present.settings.contains(where: { $0.key == "FREEZE_VERSION" && $0.value == "1" }) {
      return .refuse(
        .frozen, "the board's settings say FREEZE_VERSION=1: its bootloader is not to be touched",
        next: ["take FREEZE_VERSION=1 out on the node: sudo rpi-eeprom-config --edit"])
    }
    if facts.isSigned {
      return .refuse(
        .signed,
        "the board starts signed bootloaders only, and other settings would need a signature"
      )
    }
    if let order = wish.order, let medium = facts.startedFrom ?? BootDevice(rawValue: target),
      !order.devices.contains(medium)
    {
      return .refuse(
        .mediumMissing,
        "the node runs from \(medium.rawValue), which \(BootloaderWish.words(order)) never tries",
        next: [
          "put '\(medium.rawValue)' into eeprom.bootOrder, or start the node from another medium"
        ])
    }
    guard facts.history.attempts < limit else {
      return .refuse(
        .repeated,
        "the fleet's settings were brought to the board \(facts.history.attempts) times and are not in force",
        next: [
          "see what sudo rpi-eeprom-update says on the node, and whether something else sets the bootloader",
          "then: sudo sugaragent eeprom retry",
        ])
    }
    return nil
  }

  /// What must be otherwise first.
  private static func obstacle(_ facts: BootloaderFacts) -> BootloaderRuling? {
    switch facts.disks {
    case .verified: break
    case .waiting(let reason): return .wait("the disks come first: \(reason)")
    case .refused(let reason):
      return .rest(.waiting, "the boot order waits until the disks are as planned: \(reason)")
    }
    guard !facts.isUnderVoltage else {
      return .wait(
        "the board's voltage is too low to write its bootloader safely",
        next: ["use a power supply that the board trusts (a Raspberry Pi 5 wants 5 V, 5 A)"])
    }
    guard facts.missing.isEmpty else {
      return .refuse(
        .noTools, "the system has no \(facts.missing.joined(separator: " and no "))",
        next: ["install it: sudo apt install rpi-eeprom"])
    }
    // What the agent itself had begun when it was killed is done again, over its own leftovers.
    let isOwn = facts.history.isOfThisBoot && facts.history.last == .begun
    if let pending = facts.pending, !isOwn {
      return .rest(
        .waiting,
        "the board takes another update at the next boot (\(pending) on the boot partition)",
        next: ["start the node again, or take the update back: sudo rpi-eeprom-update -r"])
    }
    return nil
  }

  private static func staging(
    _ wish: BootloaderWish, _ present: BootConfiguration, _ chip: EEPROMChip, _ difference: String,
    _ facts: BootloaderFacts
  ) -> BootloaderRuling {
    let path: String
    switch facts.firmware {
    case .notLooked: return .wait("the packaged bootloader has not been looked at")
    case .unknown(let reason):
      return .refuse(
        .noFirmware, reason, next: ["install or mend the package: sudo apt install rpi-eeprom"])
    case .found(let found, let other, let built):
      guard other == chip else {
        return .refuse(
          .noFirmware, "\(found) is for \(other.rawValue), and the board has \(chip.rawValue)")
      }
      guard let own = facts.built, let built else {
        return .refuse(
          .olderFirmware, "it is not known whether \(found) is older than the board's bootloader")
      }
      guard built >= max(own, facts.minimum ?? 0) else {
        return .refuse(
          .olderFirmware,
          "\(found) is older than \(own > built ? "the board's own bootloader" : "the board takes")",
          next: ["bring the package up to date: sudo apt install rpi-eeprom"])
      }
      path = found
    }
    do throws(EEPROMError) {
      return .stage(try wish.applied(to: present), image: path, because: difference)
    } catch {
      return .refuse(.badConfiguration, "\(error)")
    }
  }
}

/// Decides whether a node's root medium is the one that its image was made for.
public enum BootloaderGate {
  /// - Parameter report: the last report of the part of the agent that sees to the disks.
  public static func standing(
    _ identity: NodeIdentity, report: AgentReport?, boot: String
  ) -> BootloaderFacts.Disks {
    guard let report, report.boot == boot else {
      return .waiting("they have not been looked at in this boot")
    }
    let state = report.phases?.last { $0.phase == .disks }?.state
    switch state {
    case .refused: return .refused(VisibleText.clause(report.summary))
    case .done: break
    case .waiting, .rebooting, .started, nil: return .waiting(VisibleText.clause(report.summary))
    }
    let behind = identity.disks.filter { $0.place == .behindRoot }.map(\.name)
    let root = report.layouts.filter { (behind.isEmpty ? ["root"] : behind).contains($0.layout) }
    guard !root.isEmpty, root.allSatisfy({ $0.verdict == "KEEP" }) else {
      return .refused(
        "the disk that the node runs from is not proven to be its own"
          + (root.first.map { " (\($0.reason))" } ?? ""))
    }
    return .verified
  }
}
