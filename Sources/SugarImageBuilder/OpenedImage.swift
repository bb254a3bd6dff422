import SugarExt4
import SugarFAT
import SugarModel
import SugarPartition

/// An image's table, its boot partition and its root partition.
struct ImageParts {
  let table: MasterBootRecord
  let boot: Region
  let root: Region

  init(_ image: any Storage, name: String) throws {
    table = try MasterBootRecord(image, name: name)
    guard let first = table.entries.first(where: { $0.number == 1 }),
      let second = table.entries.first(where: { $0.number == 2 })
    else { throw BuildError(.data, "cannot read '\(name)': it has no boot and root partition") }
    boot = try Region(
      of: image, from: first.start, size: first.size, name: "partition 1 of \(name)")
    root = try Region(
      of: image, from: second.start, size: second.size, name: "partition 2 of \(name)")
  }

  /// The boot partition's file system; errors name the partition.
  func openBoot() throws(FATError) -> FATVolume {
    do {
      return try FATVolume.open(boot)
    } catch {
      throw FATError(
        operation: error.operation, subject: boot.name, reason: error.reason, code: error.code)
    }
  }
}

/// An image whose file systems are open for reading.
struct OpenedImage: ~Copyable {
  let table: MasterBootRecord
  let fat: FATVolume
  let ext4: Ext4Volume

  private init(_ table: MasterBootRecord, _ fat: consuming FATVolume, _ ext4: consuming Ext4Volume)
  {
    self.table = table
    self.fat = fat
    self.ext4 = ext4
  }

  static func open(_ image: any Storage, name: String) throws -> OpenedImage {
    let parts = try ImageParts(image, name: name)
    return OpenedImage(
      parts.table, try parts.openBoot(), try Ext4Volume.open(parts.root, name: parts.root.name))
  }
}
