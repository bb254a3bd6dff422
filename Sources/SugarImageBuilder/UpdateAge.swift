import SugarEEPROM

/// Whether a board that took a medium's bootloader update would take the next one.
enum UpdateAge {
  /// What is wrong when an update is another one than in the last build and says that it is as old; nil
  /// when nothing is.
  ///
  /// - Parameter timestamp: what the fleet says now, in seconds since 1970.
  static func objection(last: Manifest, next: Manifest, timestamp: UInt32) -> String? {
    let (before, now) = (digest("pieeprom.upd", last), digest("pieeprom.upd", next))
    guard let before, let now, before != now else { return nil }
    // A manifest has no content, so the signature that this time would have had is made again.
    let signature = UpdateSignature(digest: before, timestamp: timestamp).text
    guard digest("pieeprom.sig", last) == Checksum.sha256(Array(signature.utf8)) else {
      return nil
    }
    return
      "the bootloader's update is another one than before, and 'eeprom.timestamp' is still \(timestamp): boards that took the last one may skip it"
  }

  private static func digest(_ name: String, _ manifest: Manifest) -> String? {
    manifest.files.first { $0.path == "/boot/firmware/\(name)" }?.sha256
  }
}
