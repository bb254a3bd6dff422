import Foundation
import SugarModel
import SugarTestSupport

/// How disks come to hold what people's disks hold. Written by the tools that make such things, or
/// byte by byte from the formats where the tool would need a kernel module.
enum Recipe {
  /// An LVM physical volume: the label in the second sector. (lvm2, lib/format_text/layout.h)
  static func lvm(_ disk: LoopDisk) throws {
    var label = [UInt8](repeating: 0, count: 512)
    label.replaceSubrange(0..<8, with: Array("LABELONE".utf8))
    put(1, at: 8, length: 8, in: &label)
    put(32, at: 20, length: 4, in: &label)
    label.replaceSubrange(24..<32, with: Array("LVM2 001".utf8))
    label.replaceSubrange(32..<64, with: Array("abcdefghijklmnopqrstuvwxyz012345".utf8))
    put(64 << 20, at: 64, length: 8, in: &label)
    put(UInt64(lvmChecksum(Array(label[20...]))), at: 16, length: 4, in: &label)
    try disk.write(label, at: 512)
  }

  /// LVM's own CRC-32: starts from 0xf597a6cf and is not inverted at the end. (lib/misc/crc.c)
  private static func lvmChecksum(_ bytes: [UInt8]) -> UInt32 {
    var value: UInt32 = 0xf597_a6cf
    for byte in bytes {
      value ^= UInt32(byte)
      for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1 }
    }
    return value
  }

  /// A member of a RAID 1 with metadata 1.2. (md(4); include/uapi/linux/raid/md_p.h)
  static func raid(_ disk: LoopDisk) throws {
    var block = [UInt8](repeating: 0, count: 4096)
    put(0xa92b_4efc, at: 0, length: 4, in: &block)
    put(1, at: 4, length: 4, in: &block)
    for index in 0..<16 { block[16 + index] = UInt8(index + 1) }
    block.replaceSubrange(32..<36, with: Array("home".utf8))
    put(1, at: 72, length: 4, in: &block)
    put(100_000, at: 80, length: 8, in: &block)
    put(2, at: 92, length: 4, in: &block)
    put(2048, at: 128, length: 8, in: &block)
    put(100_000, at: 136, length: 8, in: &block)
    put(8, at: 144, length: 8, in: &block)
    put(0xffff_ffff, at: 216, length: 4, in: &block)
    // The sum of its 32-bit words, folded once.
    let words = stride(from: 0, to: 256 + 2 * 0, by: 4).map { number(block, $0) }
    let sum = words.reduce(UInt64(0)) { $0 + UInt64($1) }
    put((sum & 0xffff_ffff) + (sum >> 32), at: 216, length: 4, in: &block)
    try disk.write(block, at: 4096)
  }

  /// Two labels of a ZFS pool: the list of names and values by which newer libblkid knows one, and the
  /// uberblocks by which older does. (OpenZFS, "ZFS On-Disk Specification", 1.3; RFC 4506)
  static func zfs(_ disk: LoopDisk) throws {
    for label in [UInt64(0), 256 << 10] {
      try disk.write(zfsLabel, at: label + (16 << 10))
      for index in 0..<6 {
        var block = [UInt8](repeating: 0, count: 1024)
        put(0x00ba_b10c, at: 0, length: 8, in: &block)
        put(5000, at: 8, length: 8, in: &block)
        try disk.write(block, at: label + (128 << 10) + UInt64(index) * 1024)
      }
    }
  }

  /// A list in XDR: its version and flags, then each pair with its own size before it.
  private static var zfsLabel: [UInt8] {
    let (number, text): (UInt32, UInt32) = (8, 9)
    var list: [UInt8] = [1, 1, 0, 0] + bigEndian(UInt32(0)) + bigEndian(UInt32(1))
    func add(_ name: String, _ type: UInt32, _ value: [UInt8]) {
      let pair = counted(name) + bigEndian(type) + bigEndian(UInt32(1)) + value
      list += bigEndian(UInt32(pair.count + 8)) + bigEndian(UInt32(pair.count + 8)) + pair
    }
    add("version", number, bigEndian(UInt64(5000)))
    add("name", text, counted("tank"))
    add("state", number, bigEndian(UInt64(0)))
    add("txg", number, bigEndian(UInt64(4)))
    add("pool_guid", number, bigEndian(UInt64(0x1122_3344_5566_7788)))
    add("guid", number, bigEndian(UInt64(0x99aa_bbcc_ddee_ff00)))
    return list + [UInt8](repeating: 0, count: 8)
  }

  private static func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }

  /// Text behind its length, filled up to words.
  private static func counted(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    return bigEndian(UInt32(bytes.count)) + bytes
      + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
  }

  /// The first header of a LUKS 2 volume. (LUKS2 On-Disk Format, section 2.1)
  static func luks(_ disk: LoopDisk) throws {
    var header = [UInt8](repeating: 0, count: 4096)
    header.replaceSubrange(0..<6, with: Array("LUKS".utf8) + [0xba, 0xbe])
    header[7] = 2
    header[14] = 0x40
    header.replaceSubrange(168..<204, with: Array("0fc63daf-8483-4772-8e79-3d69d8477de4".utf8))
    try disk.write(header, at: 0)
  }

  /// The label of a Ceph OSD. (ceph, src/os/bluestore/BlueStore.cc)
  static func ceph(_ disk: LoopDisk) throws {
    let text = "bluestore block device\n0fc63daf-8483-4772-8e79-3d69d8477de4\n"
    try disk.write(Array(text.utf8) + [UInt8](repeating: 0, count: 4096 - text.utf8.count), at: 0)
  }

  static func swap(_ disk: LoopDisk) throws { try Tool("mkswap").check([disk.path]) }
  static func ext4(_ disk: LoopDisk) throws {
    try Tool("mke2fs").check(["-q", "-F", "-t", "ext4", "-L", "backup", disk.path])
  }
  static func xfs(_ disk: LoopDisk) throws {
    try Tool("mkfs.xfs").check(["-q", "-f", disk.path])
  }
  static func ntfs(_ disk: LoopDisk) throws {
    try Tool("mkntfs").check(["-Q", "-F", "-q", "-L", "Windows", disk.path])
  }
  static func btrfs(_ disk: LoopDisk) throws {
    try Tool("mkfs.btrfs").check(["-q", "-f", disk.path])
  }

  /// The ext4 of an earlier k3s node, with its data.
  static func previousK3s(_ disk: LoopDisk, _ folder: TemporaryDirectory) throws {
    let tree = folder.path("k3s-tree")
    let etcd = "\(tree)/var/lib/rancher/k3s/server/db/etcd/member/wal"
    try FileManager.default.createDirectory(atPath: etcd, withIntermediateDirectories: true)
    try Data("log".utf8).write(to: URL(fileURLWithPath: "\(etcd)/0.wal"))
    try Tool("mke2fs").check(["-q", "-F", "-t", "ext4", "-d", tree, disk.path])
  }

  /// A table by sfdisk, with ids of its own.
  static func table(_ disk: LoopDisk, _ script: String) throws {
    let file = disk.file + ".sfdisk"
    try Data(script.utf8).write(to: URL(fileURLWithPath: file))
    try Tool("sh").check([
      "-c", "sfdisk --quiet --no-reread --no-tell-kernel --force '\(disk.path)' < '\(file)'",
    ])
    try Tool("blockdev").check(["--flushbufs", disk.path])
  }

  static func foreignGPT(_ disk: LoopDisk) throws {
    try table(disk, "label: gpt\n\nsize=20MiB\nsize=10MiB\n")
  }

  static func emptyGPT(_ disk: LoopDisk) throws { try table(disk, "label: gpt\n") }

  /// A Raspberry Pi OS medium as the firmware sees it.
  static func raspberry(_ disk: LoopDisk, id: String = "12345678", root: String = "size=16MiB")
    throws
  {
    try table(
      disk, "label: dos\nlabel-id: 0x\(id)\n\nstart=2048, size=16MiB, type=c\n\(root), type=83\n")
    let files = disk.file + ".files"
    try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
    let volume = "\(files)/boot.img"
    try Data().write(to: URL(fileURLWithPath: volume))
    try FileHandle(forWritingTo: URL(fileURLWithPath: volume)).truncate(atOffset: 16 << 20)
    try Tool("mkfs.vfat").check(["-n", "BOOTFS", volume])
    for name in ["config.txt", "cmdline.txt", "kernel8.img"] {
      try Data(name.utf8).write(to: URL(fileURLWithPath: "\(files)/\(name)"))
      try Tool("mcopy").check(["-i", volume, "\(files)/\(name)", "::\(name)"])
    }
    try Tool("dd").check(["if=\(volume)", "of=\(disk.path)", "bs=1M", "seek=1", "conv=fsync"])
  }

  private static func put(_ value: UInt64, at place: Int, length: Int, in bytes: inout [UInt8]) {
    for index in 0..<length {
      bytes[place + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index))
    }
  }

  private static func number(_ bytes: [UInt8], _ place: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
  }
}
