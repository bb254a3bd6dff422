import SugarExt4
import SugarFAT
import SugarHost
import SugarModel

/// A kernel with drivers for emulated machines, out of the stand-in base of `scripts/reference-base`:
/// for disks whose own kernel has none, as Raspberry Pi's have not.
public struct SpareKernel: Sendable {
  /// The kernel's release, the name of its modules' folder.
  public let release: String
  private let base: PreparedBase

  /// Where modules are on a node; `/lib` leads there.
  private static let folder = "/usr/lib/modules"

  /// Whether the kernel of this disk has no driver for the disks and network cards of emulated
  /// machines, neither inside nor as a module.
  public static func isNeeded(by disk: String) throws(BuildError) -> Bool {
    try building {
      let image = try OpenedImage.open(FileStorage(disk, .read), name: disk)
      guard try image.ext4.entry(at: folder) != nil else { return true }
      for release in try image.ext4.list(folder) {
        var names = ""
        for list in ["modules.builtin", "modules.dep"] {
          let path = "\(folder)/\(release)/\(list)"
          guard try image.ext4.target(of: path)?.isFile == true else { continue }
          names += String(decoding: try image.ext4.read(path), as: UTF8.self)
        }
        if names.contains("/virtio_net.ko"), names.contains("/virtio_pci.ko") { return false }
      }
      return true
    }
  }

  /// The kernel of the stand-in base that was assembled last on this workstation.
  public static func find(
    cache: CacheFolder, workers: Int, progress: @escaping @Sendable (BuildEvent) -> Void
  ) throws(BuildError) -> SpareKernel {
    try building {
      let folder = "\(cache.path)/reference-base"
      var newest: (path: String, time: String)?
      for name in (try? Files.list(folder)) ?? [] {
        let path = "\(folder)/\(name)/reference-base.img.xz"
        guard let status = try Files.status(path),
          let time = status.fingerprint.split(separator: ":").last.map(String.init)
        else { continue }
        if newest.map({ $0.time < time }) ?? true { newest = (path, time) }
      }
      guard let newest else {
        throw BuildError(
          .data,
          "cannot rehearse: the kernel of the image has no drivers for emulated machines, and there is no other one in '\(folder)'",
          note: "scripts/reference-base assembles a base whose kernel has them")
      }
      var memory = ChecksumMemory(cache)
      let digest = try memory.sha256(ofFile: newest.path)
      memory.save()
      let store = BaseStore(cache: cache, workers: workers, progress: progress)
      let base =
        try store.cached(sha256: digest)
        ?? store.prepare(
          newest.path, name: newest.path.lastComponent, expected: digest, isPinned: false)
      let image = try OpenedImage.open(base.image, name: newest.path)
      guard let release = try image.ext4.list(Self.folder).first else {
        throw BuildError(.data, "cannot use '\(newest.path)': it has no kernel modules")
      }
      return SpareKernel(release: release, base: base)
    }
  }

  private init(release: String, base: PreparedBase) {
    self.release = release
    self.base = base
  }

  /// Writes the kernel and its initramfs as files into `target`, where they are called
  /// `spare.kernel` and `spare.initramfs`.
  public func write(into target: String) throws(BuildError) -> (kernel: String, initramfs: String) {
    try building {
      let image = try OpenedImage.open(base.image, name: base.record.name)
      let (kernel, initramfs) = ("\(target)/spare.kernel", "\(target)/spare.initramfs")
      try Files.write(image.fat.read("kernel8.img", limit: .mib(256)), to: kernel, mode: 0o600)
      try Files.write(image.fat.read("initramfs8", limit: .mib(512)), to: initramfs, mode: 0o600)
      return (kernel, initramfs)
    }
  }

  /// Puts the kernel's modules on a disk, so that `modprobe` finds them there.
  public func addModules(to disk: String) throws(BuildError) {
    try building {
      let source = try OpenedImage.open(base.image, name: base.record.name)
      let parts = try ImageParts(FileStorage(disk, .readWrite), name: disk)
      let target = try Ext4Volume.open(
        parts.root, name: parts.root.name, editing: source.ext4.entry(at: Self.folder)?.modified)
      try copy("\(Self.folder)/\(release)", from: source.ext4, to: target)
      try target.close()
    }
  }

  private func copy(
    _ path: String, from source: borrowing Ext4Volume, to target: borrowing Ext4Volume
  ) throws {
    guard let entry = try source.entry(at: path) else { return }
    let access = Ext4Access(mode: entry.mode)
    switch entry.kind {
    case .directory:
      try target.makeDirectory(path, access: access)
      for name in try source.list(path) { try copy("\(path)/\(name)", from: source, to: target) }
    case .file:
      try target.write(
        ByteStorage(try source.read(path, limit: .mib(64))), to: path, access: access)
    case .symlink(let link): try target.link(path, to: link)
    case .special: break
    }
  }
}
