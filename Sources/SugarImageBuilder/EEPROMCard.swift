public import SugarEEPROM
import SugarFAT
import SugarHost
import SugarModel

/// A card that does one thing: a board that is started from it gets a bootloader, and says with its
/// LED that it has. (raspberrypi.com, "Raspberry Pi boot EEPROM": recovery.bin with pieeprom.bin)
///
/// ```
/// MBR, one partition: FAT32 from 1 MiB, in it recovery.bin, pieeprom.bin, pieeprom.sig
/// ```
public struct EEPROMCard {
  static let size = ByteCount.mib(64)
  private static let start = ByteCount.mib(1)

  let update: EEPROMImage
  let recovery: [UInt8]

  /// Throws when the recovery program is not for the image's chip.
  public init(update: EEPROMImage, recovery: [UInt8]) throws(BuildError) {
    guard EEPROMChip(recovery: recovery) == update.chip else {
      throw BuildError(
        .data, "cannot make a card: the recovery.bin is none for \(update.chip.rawValue)")
    }
    self.update = update
    self.recovery = recovery
  }

  /// Writes the card's image, sparse. The same inputs give the same bytes.
  public func write(to path: String) throws(BuildError) {
    let partial = Files.partialName(path)
    do throws(BuildError) {
      try building { try make(partial) }
      try building { try Files.rename(partial, to: path) }
    } catch {
      try? Files.remove(partial)
      throw error
    }
  }

  private func make(_ path: String) throws {
    // Of the digest, so that two different cards in one reader are told apart.
    let digest = Hex.text(SHA256Hash.digest(update.bytes))
    let file = try FileStorage(path, .create)
    try file.resize(to: Self.size)
    try run(
      "sfdisk", ["--quiet", "--no-reread", "--no-tell-kernel", path],
      "label: dos\nlabel-id: 0x\(digest.prefix(8))\n\nstart=2048, type=c\n")
    let blocks = (Self.size - Self.start).bytes / 1024
    try run(
      "mkfs.vfat",
      [
        "--invariant", "-F", "32", "-s", "1", "-n", "EEPROM", "-i", String(digest.prefix(8)),
        "--offset", "\(Self.start.bytes / 512)", path, "\(blocks)",
      ], "")
    var volume = try FATVolume.open(
      try Region(of: file, from: Self.start, size: Self.size - Self.start, name: "the card"))
    // 1980, the first date that FAT knows.
    let time = FATTime(unixSeconds: 315_532_800)
    let signature = UpdateSignature(digest: digest, timestamp: update.release.buildTimestamp ?? 0)
    try volume.write(recovery, to: "recovery.bin", modified: time)
    try volume.write(update.bytes, to: "pieeprom.bin", modified: time)
    try volume.write(Array(signature.text.utf8), to: "pieeprom.sig", modified: time)
    try file.synchronize()
  }

  private func run(_ name: String, _ arguments: [String], _ input: String) throws {
    let result = try Program(name).run(arguments, environment: ["LC_ALL": "C"], input: input)
    guard result.status == 0 else {
      throw BuildError(.machine, "cannot make a card: \(name): \(result.output)")
    }
  }
}
