internal import SugarModel

extension ProfileReader {
  /// The disks that the agent divides on first boot, beside the image's own partitions.
  static func disks(_ value: ValueCursor) -> [DiskLayout]? {
    value.list(DiskLayout(name: "", place: .behindRoot, partitions: []), disk)
  }

  private static func disk(_ value: ValueCursor) -> DiskLayout? {
    guard let disk = value.mapping(.disk) else { return nil }
    let place = disk.optional("place") { $0.word(Place.self) }
    let selector = disk.optional("select", selector)
    if place != nil, let select = disk.value("select") {
      let _: Int? = select.fail("a disk has either 'place' or 'select', not both")
    }
    if !disk.has("place"), !disk.has("select") {
      disk.reading.error(
        "'place' or 'select' is missing in '\(disk.path)'", at: disk.location,
        note: "'place: behind-root', or 'select' with what the disk is like")
    }
    return DiskLayout(
      name: disk.required("name", "") { $0.text(NameSyntax.label) },
      place: selector.map { .disk($0) } ?? .behindRoot,
      partitions: disk.required("partitions", []) { value in
        value.list(PartitionWish(label: "", size: .rest), partition)
      },
      takesEmptyTable: disk.value("takesEmptyTable", default: false) { $0.flag() },
      grows: disk.value("grow", default: false) { $0.flag() },
      acceptsUnnamed: disk.value("acceptsUnnamed", default: false) { $0.flag() },
      isRequired: disk.value("required", default: true) { $0.flag() })
  }

  enum Place: String, CaseIterable {
    case behindRoot = "behind-root"
  }

  enum Bus: String, CaseIterable {
    case nvme, sd, usb, sata, scsi, virtio

    var transport: DiskTransport {
      switch self {
      case .nvme: .nvme
      case .sd: .sd
      case .usb: .usb
      case .sata: .sata
      case .scsi: .scsi
      case .virtio: .virtio
      }
    }
  }

  private static func selector(_ value: ValueCursor) -> DiskSelector? {
    guard let select = value.mapping(.selector) else { return nil }
    return DiskSelector(
      identifiers: select.value("serials", default: []) { $0.texts(NameSyntax.line) },
      transport: select.required("bus", Bus.nvme) { $0.word(Bus.self) }.transport,
      model: select.optional("model") { $0.text(NameSyntax.line) },
      path: select.optional("byPath") { $0.text(NameSyntax.line) },
      minimum: select.optional("minSize") { $0.size() },
      maximum: select.optional("maxSize") { $0.size() })
  }

  private static func partition(_ value: ValueCursor) -> PartitionWish? {
    guard let partition = value.mapping(.partition) else { return nil }
    return PartitionWish(
      label: partition.required("label", "") { $0.text(fileSystemLabel) },
      kind: partition.value("fs", default: .ext4) { $0.word(FileSystemKind.self) },
      size: partition.required("size", .rest, wishedSize),
      mount: partition.optional("mount") { $0.text(mountPoint) })
  }

  private static func wishedSize(_ value: ValueCursor) -> PartitionWish.Size? {
    if case .scalar(let scalar) = value.value.content, scalar.text == "rest" { return .rest }
    return value.size().map { .fixed($0) }
  }

  private static func fileSystemLabel(_ text: String) -> String? {
    if text.isEmpty || text.utf8.count > FileSystemKind.ext4.labelLimit {
      return "is no label: ext4 has room for 1 to \(FileSystemKind.ext4.labelLimit) bytes"
    }
    let isPlain = text.utf8.allSatisfy { byte in
      let letter = Character(UnicodeScalar(byte))
      return byte < 128 && (letter.isLetter || letter.isNumber || "-_.".contains(letter))
    }
    return isPlain ? nil : "is no label: letters, digits, '-', '_' and '.' are safe everywhere"
  }

  private static func mountPoint(_ text: String) -> String? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    guard text.hasPrefix("/"), !parts.isEmpty,
      parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }),
      !text.contains(where: { $0.isWhitespace || "\"'\\#".contains($0) })
    else { return "is no place to mount at: an absolute path without blanks, as /srv/data" }
    let system = [
      "/boot", "/bin", "/dev", "/etc", "/lib", "/proc", "/run", "/sbin", "/sys", "/usr",
    ]
    guard !system.contains(where: { text == $0 || text.hasPrefix($0 + "/") }) else {
      return "belongs to the system"
    }
    return nil
  }
}
