import SugarAgentPlan
import SugarEEPROM
import SugarHost
import SugarModel

/// Looks at a board's bootloader: what it is, what it was told, and what could change that.
struct BootloaderSurvey {
  let places: AgentPlaces
  let tree: SystemTree
  let tools: BootloaderTools
  let identity: NodeIdentity
  let boot: String
  private static let folder = "/proc/device-tree/chosen"

  /// - Parameter report: the last report of the part of the agent that sees to the disks.
  func look(
    _ entries: [BootloaderEntry], report: AgentReport?, board: AgentReport.Board
  ) -> BootloaderFacts {
    guard let chip else {
      return BootloaderFacts(chip: nil, settings: .unknown("there is none"), built: nil)
    }
    let built = number("bootloader/build-timestamp") ?? tools.built()
    let wish = BootloaderWish(identity.boot)
    var facts = BootloaderFacts(
      chip: chip, settings: settings, built: built,
      minimum: number("rpi-min-boot-ver") ?? number("bootloader/rpi-min-boot-ver"),
      startedFrom: number("bootloader/boot-mode").flatMap(Self.device),
      isSigned: (number("bootloader/signed") ?? 0) != 0, missing: tools.missing,
      pending: pending,
      disks: BootloaderGate.standing(identity, report: report, boot: boot),
      isUnderVoltage: BoardSurvey.isUnderVoltage(board),
      history: BootloaderHistory(
        replaying: entries, wish: wish?.digest ?? "", bootloader: built, boot: boot))
    if let wish, case .known(let present) = facts.settings, facts.missing.isEmpty,
      identity.boot.apply == .agent, !wish.differences(from: present).isEmpty
    {
      facts.firmware = firmware
    }
    return facts
  }

  /// By what the board calls itself. (Linux, arm/bcm2835.yaml)
  private var chip: EEPROMChip? {
    let names = (bytes("/proc/device-tree/compatible") ?? []).split(separator: 0).map {
      String(decoding: $0, as: UTF8.self)
    }
    if names.contains("brcm,bcm2712") { return .bcm2712 }
    return names.contains("brcm,bcm2711") ? .bcm2711 : nil
  }

  private var settings: BootloaderFacts.Settings {
    do throws(AgentError) {
      let text = try tools.configuration()
      do throws(EEPROMError) { return .known(try BootConfiguration(text)) } catch {
        return .unknown("\(error)")
      }
    } catch { return .unknown("\(error)") }
  }

  private var firmware: BootloaderFacts.Firmware {
    do throws(AgentError) {
      let path = try tools.latestImage()
      let image = try Self.image(path)
      return .found(path: path, chip: image.chip, built: image.release.buildTimestamp)
    } catch { return .unknown("\(error)") }
  }

  /// The bootloader image in a file.
  static func image(_ path: String) throws(AgentError) -> EEPROMImage {
    let bytes: [UInt8]
    do { bytes = try Files.read(path, limit: .mib(4)) } catch {
      throw AgentError("read", path, error.reason, code: error.code)
    }
    do { return try EEPROMImage(bytes) } catch {
      throw AgentError("read", path, error.reason)
    }
  }

  /// What the board takes an update from. FAT keeps names in either case.
  private var pending: String? {
    let names = (try? Files.list(places.firmware)) ?? []
    return names.first { ["pieeprom.upd", "recovery.bin"].contains($0.lowercased()) }
  }

  /// The medium that a boot mode is; its numbers are those of a boot order.
  /// (raspberrypi.com, "chosen/bootloader properties")
  private static func device(_ mode: UInt32) -> BootDevice? {
    BootDevice.allCases.first { $0.nibble == mode && $0 != .stop && $0 != .restart }
  }

  /// A number of the device tree: 32 bits, big endian.
  private func number(_ name: String) -> UInt32? {
    guard let bytes = bytes("\(Self.folder)/\(name)"), bytes.count == 4 else { return nil }
    return bytes.reduce(0) { $0 << 8 | UInt32($1) }
  }

  private func bytes(_ path: String) -> [UInt8]? {
    try? Files.read(tree.place(path), limit: .kib(64))
  }
}
