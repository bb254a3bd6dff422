import SugarELF
import SugarExt4
import SugarFAT
import SugarImagePlan
import SugarModel
import SugarPartition

/// Looks into a base image, without changing it, and says what it is. Unknown systems are refused.
enum BaseSurvey {
  /// - Throws: when it is no image, when its file systems must not be edited, or when it is a
  ///   system that is not known.
  static func facts(of image: any Storage, name: String, sha256: String) throws(BuildError)
    -> BaseImageFacts
  {
    try building {
      let parts = try ImageParts(image, name: name)
      let fat = try parts.openBoot()
      let ext4 = try openRoot(parts, name)
      return BaseImageFacts(
        identity: try identity(fat, ext4, name: name, sha256: sha256), size: image.size,
        diskID: parts.table.diskIDText,
        boot: .init(start: parts.boot.start, size: parts.boot.size),
        root: .init(start: parts.root.start, size: parts.root.size),
        bootFreeSpace: try fat.freeSpace(),
        rootFreeSpace: ext4.freeSpace, freeInodes: ext4.freeInodes, date: ext4.lastWritten,
        rootTexts: try texts(ext4), bootTexts: try texts(fat), rootPaths: try paths(ext4),
        bootPaths: try paths(fat), firstBootUnits: try firstBootUnits(ext4),
        kernels: (try? ext4.list("/usr/lib/modules")) ?? [])
    }
  }

  /// Which system it is, without looking at all that a build wants to know.
  static func identity(
    of image: any Storage, name: String, sha256: String
  ) throws -> BaseIdentity {
    let parts = try ImageParts(image, name: name)
    return try identity(parts.openBoot(), openRoot(parts, name), name: name, sha256: sha256)
  }

  private static func openRoot(_ parts: ImageParts, _ name: String) throws -> Ext4Volume {
    if let objection = try Ext4Features(of: parts.root, name: parts.root.name).objection {
      throw BuildError(
        .data,
        "cannot use '\(name)' as a base: its root file system cannot be edited: \(objection)")
    }
    return try Ext4Volume.open(parts.root, name: parts.root.name)
  }

  /// Raspberry Pi OS Lite arm64, Trixie, told by what is in it and not by its file name.
  private static func identity(
    _ fat: borrowing FATVolume, _ ext4: borrowing Ext4Volume, name: String, sha256: String
  ) throws -> BaseIdentity {
    let release = ReleaseFile((try? ext4.text("/etc/os-release")) ?? "")
    var missing: [String] = []
    if release["VERSION_CODENAME"] != "trixie" {
      missing.append("/etc/os-release of Debian trixie")
    }
    for path in [
      "/etc/rpi-issue", "/etc/cloud/cloud.cfg.d/99_raspberry-pi.cfg", "/usr/bin/cloud-init",
    ]
    where try ext4.target(of: path) == nil { missing.append(path) }
    for file in ["cmdline.txt", "config.txt", "kernel8.img"] where try fat.entry(at: file) == nil {
      missing.append("\(file) on the boot partition")
    }
    if let config = try? fat.text("config.txt"), config.contains("os_prefix=") {
      missing.append("a config.txt without os_prefix (this one boots by A/B, as Ubuntu does)")
    }
    if try ext4.target(of: "/usr/bin/dpkg") == nil || !isARM64(ext4, "/usr/bin/dpkg") {
      missing.append("programs for arm64")
    }
    guard missing.isEmpty else { throw unknown(name, missing: missing) }
    return BaseIdentity(
      os: "rpios-lite-trixie", name: release["PRETTY_NAME"] ?? "Debian trixie", sha256: sha256,
      standIn: try standIn(ext4))
  }

  private static func unknown(_ name: String, missing: [String]) -> BuildError {
    BuildError(
      .data, "cannot use '\(name)' as a base: it is not Raspberry Pi OS Lite arm64, Trixie",
      note: "looked for, and not found: \(missing.joined(separator: "; "))")
  }

  /// What scripts/reference-base writes into an image that only stands in for the real system.
  private static func standIn(_ ext4: borrowing Ext4Volume) throws -> String? {
    let path = "/etc/sugarimage-stand-in"
    guard try ext4.entry(at: path) != nil else { return nil }
    return try ext4.text(path).split(separator: "\n").first.map(String.init) ?? "a stand-in"
  }

  /// e_machine of an ELF file is EM_AARCH64. (elf(5))
  private static func isARM64(_ ext4: borrowing Ext4Volume, _ path: String) -> Bool {
    guard let bytes = try? ext4.start(of: path, count: 64) else { return false }
    return ELFHeader(bytes)?.isARM64 ?? false
  }

  private static func texts(_ ext4: borrowing Ext4Volume) throws -> [String: String] {
    var result: [String: String] = [:]
    for path in BaseImageFacts.textsOfRoot where try ext4.entry(at: path)?.isFile == true {
      result[path] = try ext4.text(path)
    }
    return result
  }

  private static func texts(_ fat: borrowing FATVolume) throws -> [String: String] {
    var result: [String: String] = [:]
    for path in BaseImageFacts.textsOfBoot where try fat.entry(at: path) != nil {
      result[path] = try fat.text(path)
    }
    return result
  }

  private static func paths(_ ext4: borrowing Ext4Volume) throws -> Set<String> {
    var result: Set<String> = []
    for path in BaseImageFacts.pathsOfRoot where try ext4.entry(at: path) != nil {
      result.insert(path)
    }
    return result
  }

  private static func paths(_ fat: borrowing FATVolume) throws -> Set<String> {
    var result: Set<String> = []
    for path in BaseImageFacts.pathsOfBoot where try fat.entry(at: path) != nil {
      result.insert(path)
    }
    return result
  }

  private static func firstBootUnits(_ ext4: borrowing Ext4Volume) throws -> [String] {
    let folder = "/usr/lib/systemd/system"
    guard try ext4.target(of: folder) != nil else { return [] }
    return try ext4.list(folder).filter { name in
      guard name.hasSuffix(".service"), let text = try? ext4.text("\(folder)/\(name)") else {
        return false
      }
      return text.contains("ConditionFirstBoot=yes")
    }
  }
}

extension Ext4Volume {
  /// A short text file.
  borrowing func text(_ path: String) throws(Ext4Error) -> String {
    String(decoding: try read(path, limit: .mib(1)), as: UTF8.self)
  }
}

extension FATVolume {
  /// A short text file.
  borrowing func text(_ path: String) throws(FATError) -> String {
    String(decoding: try read(path, limit: .mib(1)), as: UTF8.self)
  }
}
