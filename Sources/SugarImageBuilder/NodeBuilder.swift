import SugarExt4
import SugarFAT
import SugarHost
import SugarImagePlan
import SugarKeys
import SugarModel
import SugarPartition

/// Carries out one plan on an overlay of the prepared base.
struct NodeBuilder {
  let plan: ImagePlan
  let base: PreparedBase
  let secrets: SecretStore

  /// Does every step of the plan, in order, on `overlay`.
  func build(_ overlay: OverlayStorage) throws(BuildError) {
    try building {
      let parts = try ImageParts(overlay, name: "the image of \(plan.node)")
      var fat = try parts.openBoot()
      let ext4 = try Ext4Volume.open(parts.root, name: parts.root.name, editing: plan.date)
      for planned in plan.steps {
        do {
          try carryOut(planned.step, overlay, &fat, ext4)
        } catch {
          let reason = BuildError(error)
          throw BuildError(
            reason.kind, "cannot build '\(plan.node)': \(reason.message)", note: reason.note)
        }
      }
      try ext4.close()
    }
  }

  private func carryOut(
    _ step: ImageStep, _ overlay: OverlayStorage, _ fat: inout FATVolume,
    _ ext4: borrowing Ext4Volume
  ) throws {
    switch step {
    case .setDiskID(let text):
      guard let id = UInt32(text, radix: 16) else {
        throw BuildError(.data, "'\(text)' is no disk id")
      }
      try MasterBootRecord.setDiskID(id, of: overlay)
    case .write(let path, let content, let access, _):
      switch path.volume {
      case .boot: try write(content, to: path.path, &fat)
      case .root: try write(content, to: path.path, access, ext4)
      }
    case .makeDirectory(let path, let access): try ext4.makeDirectory(path, access: access.forExt4)
    case .link(let path, let target):
      try makeFolder(of: path, ext4)
      try ext4.link(path, to: target)
    case .remove(let path):
      switch path.volume {
      case .boot: if try fat.entry(at: path.path) != nil { try fat.remove(path.path) }
      case .root: try ext4.remove(path.path)
      }
    case .rename(let path, let name): try ext4.rename(path, to: name)
    }
  }

  private func write(_ content: FileContent, to path: String, _ fat: inout FATVolume) throws {
    let date = FATTime(unixSeconds: plan.date)
    if let slash = path.lastIndex(of: "/") {
      try fat.makeDirectory(String(path[..<slash]), modified: date)
    }
    try fat.write(secrets.bytes(of: content), to: path, modified: date)
  }

  private func write(
    _ content: FileContent, to path: String, _ access: FileAccess, _ ext4: borrowing Ext4Volume
  ) throws {
    try makeFolder(of: path, ext4)
    switch content {
    case .asset(let asset):
      try ext4.write(FileStorage(asset.path, .read), to: path, access: access.forExt4)
    case .text, .secret, .keyfile, .netplan, .handOff:
      try ext4.write(ByteStorage(secrets.bytes(of: content)), to: path, access: access.forExt4)
    }
  }

  /// Folders that a file needs and the base lacks are root's, mode 0755.
  private func makeFolder(of path: String, _ ext4: borrowing Ext4Volume) throws {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
    try ext4.makeDirectory(String(path[..<slash]), access: nil)
  }
}

extension FileAccess {
  var forExt4: Ext4Access { Ext4Access(mode: mode, owner: owner, group: group) }
}
