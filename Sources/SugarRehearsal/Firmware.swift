import SugarFAT
import SugarHost
import SugarModel
import SugarPartition

/// What the firmware of a Pi does before Linux: it takes the kernel, the initramfs and the kernel's
/// command line from the boot partition, as they are at that moment.
struct Firmware {
  /// Where the files are put for QEMU.
  let folder: String

  struct Boot {
    var kernel: KernelFiles
    var commandLine: String
  }

  /// Reads the disk's boot partition.
  ///
  /// - Parameter other: a kernel to take instead.
  /// - Parameter isRetired: whether the node's agent may say nothing in this boot.
  func boot(
    _ disk: String, node: String, other: KernelFiles?, isRetired: Bool = false
  ) throws(RehearsalError) -> Boot {
    try rehearsing("boot", disk) {
      let image = try FileStorage(disk, .read)
      let table = try MasterBootRecord(image, name: disk)
      guard let first = table.entries.first(where: { $0.number == 1 }) else {
        throw RehearsalError("boot", disk, "it has no boot partition")
      }
      let region = try Region(
        of: image, from: first.start, size: first.size, name: "partition 1 of \(disk)")
      // A volume that was not unmounted cleanly can be read all the same.
      let volume = try FATVolume.open(region)
      let config =
        try volume.entry(at: "config.txt") == nil
        ? "" : String(decoding: try volume.read("config.txt", limit: .kib(64)), as: UTF8.self)
      let names = BootFileNames(configuration: config)
      let commandLine = String(
        decoding: try volume.read(names.commandLine, limit: .kib(64)), as: UTF8.self)
      let words = Emulator.commandLine(commandLine, isRetired: isRetired)
      if let other { return Boot(kernel: other, commandLine: words) }
      let kernel = "\(folder)/\(node).kernel"
      try Files.write(try volume.read(names.kernel, limit: .mib(256)), to: kernel, mode: 0o600)
      var initramfs: String?
      if try volume.entry(at: names.initramfs) != nil {
        initramfs = "\(folder)/\(node).initramfs"
        try Files.write(
          try volume.read(names.initramfs, limit: .mib(512)), to: initramfs ?? "", mode: 0o600)
      }
      return Boot(kernel: KernelFiles(kernel: kernel, initramfs: initramfs), commandLine: words)
    }
  }
}
