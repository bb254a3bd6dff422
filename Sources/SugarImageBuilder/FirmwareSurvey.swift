import SugarEEPROM
import SugarHost
import SugarImagePlan
import SugarModel
import SugarProfile

/// Looks at the bootloader image that a fleet names and makes the update of it.
struct FirmwareSurvey {
  let fleet: FleetFolder
  let cache: CacheFolder

  private var settings: EEPROMSettings { fleet.profile.eeprom }

  private var chip: EEPROMChip {
    switch fleet.profile.hardware.model {
    case .rpi4: .bcm2711
    case .rpi5_4, .rpi5_8, .rpi5_16: .bcm2712
    }
  }

  /// The update for the fleet's media; nil when they bring none.
  func firmware() throws(BuildError) -> AssetIndex.Firmware? {
    guard settings.apply == .image, let file = settings.firmware,
      let timestamp = settings.timestamp.flatMap({ UInt32(exactly: $0) })
    else { return nil }
    let update = try edited(try image(file))
    let digest = Hex.text(SHA256Hash.digest(update.bytes))
    let asset = Asset(
      path: try keep(update.bytes, digest), sha256: digest,
      size: ByteCount(UInt64(update.bytes.count)))
    let order = settings.bootOrder.map { ", \($0) (\($0.hex))" } ?? ""
    return AssetIndex.Firmware(
      update: asset, signature: UpdateSignature(digest: digest, timestamp: timestamp).text,
      recovery: try recovery(),
      summary: "\(update.chip.rawValue), \(update.release.date ?? "without a date")\(order)")
  }

  private func content(_ file: PinnedFile) throws(BuildError) -> (String, [UInt8]) {
    let path = fleet.resolve(file.path)
    let bytes = try building { try Files.read(path, limit: .mib(8)) }
    let digest = Hex.text(SHA256Hash.digest(bytes))
    guard digest == file.sha256 else {
      throw BuildError(
        .data, "cannot use '\(path)': its sha256 is \(digest), the fleet says \(file.sha256)")
    }
    return (path, bytes)
  }

  private func image(_ file: PinnedFile) throws(BuildError) -> EEPROMImage {
    let (path, bytes) = try content(file)
    let image: EEPROMImage
    do throws(EEPROMError) { image = try EEPROMImage(bytes) } catch {
      throw BuildError(.data, "cannot use '\(path)': \(error)")
    }
    guard image.chip == chip else {
      throw BuildError(
        .data,
        "cannot use '\(path)': it is for \(image.chip.rawValue), and a \(fleet.profile.hardware.model.rawValue) has \(chip.rawValue)"
      )
    }
    // A Raspberry Pi 5 boots from NVMe since the bootloader of 2023-12-06.
    let least: UInt32 = 1_701_820_800
    if chip == .bcm2712, fleet.profile.root.target == .nvme,
      let built = image.release.buildTimestamp, built < least
    {
      throw BuildError(
        .data, "cannot use '\(path)': it is older than 2023-12-06 and does not boot from NVMe")
    }
    return image
  }

  private func edited(_ image: EEPROMImage) throws(BuildError) -> EEPROMImage {
    do throws(EEPROMError) {
      var configuration = try BootConfiguration(image.configuration)
      if let order = settings.bootOrder { try configuration.setBootOrder(order) }
      for (key, value) in settings.extra.sorted(by: { $0.key < $1.key }) {
        try configuration.set(key, to: value)
      }
      return try image.replacing(configuration)
    } catch {
      throw BuildError(.data, "cannot make the bootloader's update: \(error)")
    }
  }

  /// Only the ROM of the chip reads `recovery.bin`, and only from an SD card.
  private func recovery() throws(BuildError) -> Asset? {
    guard fleet.profile.root.target == .sd, let file = settings.recovery else { return nil }
    let (path, bytes) = try content(file)
    guard EEPROMChip(recovery: bytes) == chip else {
      throw BuildError(.data, "cannot use '\(path)': it is no recovery.bin for \(chip.rawValue)")
    }
    return Asset(path: path, sha256: file.sha256, size: ByteCount(UInt64(bytes.count)))
  }

  /// In the cache, by its digest.
  private func keep(_ bytes: [UInt8], _ digest: String) throws(BuildError) -> String {
    try cache.make("firmware")
    let path = try cache.use(.firmware, digest).path
    try building {
      if try Files.exists(path), try Files.read(path, limit: .mib(8)) == bytes { return }
      try Files.write(bytes, to: path, mode: 0o600)
    }
    return path
  }
}
