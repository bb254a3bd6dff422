internal import SugarModel

extension ProfileReader {
  static func fleet(_ value: ValueCursor) -> Fleet? {
    guard let fleet = value.mapping(.names) else { return nil }
    return Fleet(
      name: fleet.required("name", "") { $0.text(NameSyntax.label) },
      domain: fleet.required("domain", "") { $0.text(NameSyntax.domain) },
      generation: fleet.value("generation", default: 1) { $0.number(in: 1...9999) },
      tierLabel: fleet.optional("tierLabel") { $0.text(KubernetesSyntax.labelKey) })
  }

  static func site(_ value: ValueCursor) -> Site? {
    guard let site = value.mapping(.site) else { return nil }
    return Site(
      id: site.required("id", "") { $0.text(NameSyntax.label) },
      name: site.optional("name") { $0.text(NameSyntax.line) },
      region: site.optional("region") { $0.text(KubernetesSyntax.labelValue) },
      zone: site.optional("zone") { $0.text(KubernetesSyntax.labelValue) })
  }

  static func base(_ value: ValueCursor) -> BaseImage? {
    guard let base = value.mapping(.base) else { return nil }
    let url = base.optional("imageURL") { fileURL($0, of: "an image") }
    let path = base.optional("path") { $0.text(NameSyntax.filePath) }
    let image = BaseImage(
      os: base.required("os", .raspberryPiOSLiteTrixie) { $0.word(OperatingSystem.self) },
      source: url.map { .url($0) } ?? .file(path ?? ""),
      sha256: base.optional("sha256") { $0.text(NameSyntax.sha256) }, replacedBy: nil)
    if base.has("imageURL"), let path = base.value("path") {
      let _: Int? = path.fail("a base has either 'imageURL' or 'path', not both")
    }
    if !base.has("imageURL"), !base.has("path") {
      base.reading.error("'imageURL' or 'path' is missing in 'base'", at: base.location)
    }
    if base.has("imageURL"), !base.has("sha256") {
      base.reading.error(
        "'sha256' is missing in 'base': a download is only used when its digest is known",
        at: base.location, note: "it is published beside the image, with the ending .sha256")
    }
    return image
  }

  static func fileURL(_ value: ValueCursor, of what: String) -> String? {
    guard let url = value.text(NameSyntax.filePath) else { return nil }
    let rest = ["https://", "file:///"].first { url.hasPrefix($0) }.map { url.dropFirst($0.count) }
    guard let rest, !rest.isEmpty, !rest.hasPrefix("/"), !url.contains(where: \.isWhitespace) else {
      return value.fail(
        "'\(SecretWords.shown(url))' is no address of \(what) (https://… or file:///…)")
    }
    return url
  }

  static func admin(_ value: ValueCursor) -> Admin? {
    guard let admin = value.mapping(.admin) else { return nil }
    return Admin(
      user: admin.required("user", "") { $0.text(NameSyntax.user) },
      sshAuthorizedKeys: admin.value("sshAuthorizedKeys", default: []) {
        authorizedKeys($0, from: 0)
      },
      sudo: admin.value("sudo", default: true) { $0.flag() })
  }

  static func hardware(_ value: ValueCursor) -> Hardware? {
    guard let hardware = value.mapping(.hardware) else { return nil }
    return Hardware(
      model: hardware.required("model", .rpi5_8) { $0.word(Hardware.Model.self) },
      pcieGen: hardware.optional("pcieGen") { $0.number(in: 1...3) })
  }

  static func root(_ value: ValueCursor) -> RootDisk? {
    guard let root = value.mapping(.root) else { return nil }
    let size = root.value("size")
    let fills: Bool
    if case .scalar(let scalar)? = size?.value.content {
      fills = scalar.text == "fill"
    } else {
      fills = false
    }
    return RootDisk(
      target: root.required("target", .nvme) { $0.word(RootDisk.Target.self) },
      size: fills ? RootDisk.limit : root.required("size", .gib(8)) { $0.size() }, fills: fills)
  }

  static func eeprom(_ value: ValueCursor) -> EEPROMSettings? {
    guard let eeprom = value.mapping(.eeprom) else { return nil }
    let order = eeprom.optional("bootOrder") { list in
      list.list(BootDevice.stop) { $0.word(BootDevice.self) }.map { BootOrder($0) }
    }
    return EEPROMSettings(
      bootOrder: order,
      extra: eeprom.value("extra", default: [:]) { lines($0, NameSyntax.bootloaderKey) },
      apply: eeprom.value("apply", default: .agent) { $0.word(EEPROMApplication.self) },
      firmware: eeprom.optional("firmware", pinnedFile),
      recovery: eeprom.optional("recovery", pinnedFile),
      timestamp: eeprom.optional("timestamp") { $0.number(in: 1...Int(UInt32.max)) })
  }

  static func pinnedFile(_ value: ValueCursor) -> PinnedFile? {
    guard let file = value.mapping(.pinnedFile) else { return nil }
    return PinnedFile(
      path: file.required("path", "") { $0.text(NameSyntax.filePath) },
      sha256: file.required("sha256", "") { $0.text(NameSyntax.sha256) })
  }
}
