import SugarELF
import SugarExt4
import SugarFAT
import SugarImagePlan
import SugarModel
import SugarPartition
import SugarProfile

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
      let evidence = try evidence(fat, ext4, BaseImageFacts.textsOfRoot) { _ in
        BaseImageFacts.pathsOfRoot
      }
      return BaseImageFacts(
        identity: try identity(evidence, ext4, name: name, sha256: sha256), size: image.size,
        diskID: parts.table.diskIDText,
        boot: .init(start: parts.boot.start, size: parts.boot.size),
        root: .init(start: parts.root.start, size: parts.root.size),
        bootFreeSpace: try fat.freeSpace(),
        rootFreeSpace: ext4.freeSpace, freeInodes: ext4.freeInodes, date: ext4.lastWritten,
        rootTexts: evidence.rootTexts, bootTexts: evidence.bootTexts,
        rootPaths: evidence.rootPaths, bootPaths: evidence.bootPaths,
        firstBootUnits: try firstBootUnits(ext4),
        kernels: (try? ext4.list("/usr/lib/modules")) ?? [])
    }
  }

  /// Which system it is, without looking at all that a build wants to know.
  static func identity(
    of image: any Storage, name: String, sha256: String
  ) throws -> BaseIdentity {
    let parts = try ImageParts(image, name: name)
    let ext4 = try openRoot(parts, name)
    let evidence = try evidence(parts.openBoot(), ext4, ["/etc/os-release"], Flavours.knownBy)
    return try identity(evidence, ext4, name: name, sha256: sha256)
  }

  private static func openRoot(_ parts: ImageParts, _ name: String) throws -> Ext4Volume {
    if let objection = try Ext4Features(of: parts.root, name: parts.root.name).objection {
      throw BuildError(
        .data,
        "cannot use '\(name)' as a base: its root file system cannot be edited: \(objection)")
    }
    return try Ext4Volume.open(parts.root, name: parts.root.name)
  }

  /// The system, told by what is in it and not by its file name.
  private static func identity(
    _ evidence: BaseEvidence, _ ext4: borrowing Ext4Volume, name: String, sha256: String
  ) throws -> BaseIdentity {
    guard let flavour = Flavours.of(evidence) else {
      throw BuildError(
        .data, "cannot use '\(name)' as a base: it is no system that is known here",
        note: "looked for, and not found:"
          + Flavours.missing(in: evidence).map { "\n      \($0)" }.joined())
    }
    let release = ReleaseFile(evidence.rootTexts["/etc/os-release"] ?? "")
    return BaseIdentity(
      os: flavour.os.rawValue, name: release["PRETTY_NAME"] ?? flavour.title, sha256: sha256,
      standIn: try standIn(ext4),
      network: flavour.network == .networkManager ? nil : flavour.network)
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

  /// - Parameter paths: what to look for on the root file system, by what stands in `texts`: a packed
  ///   image is unpacked as far as it is looked into.
  private static func evidence(
    _ fat: borrowing FATVolume, _ ext4: borrowing Ext4Volume, _ texts: [String],
    _ paths: (BaseEvidence) -> [String]
  ) throws -> BaseEvidence {
    var evidence = BaseEvidence(
      rootTexts: [:], bootTexts: try fat.bootTexts(), rootPaths: [], bootPaths: [],
      isARM64: isARM64(ext4, "/usr/bin/dpkg"))
    for path in texts where try ext4.target(of: path)?.isFile == true {
      evidence.rootTexts[path] = try ext4.text(path)
    }
    for path in paths(evidence)
    where try ext4.entry(at: path) != nil || ext4.target(of: path) != nil {
      evidence.rootPaths.insert(path)
    }
    let kernels = BootFileNames.all(configuration: evidence.bootTexts["config.txt"] ?? "")
      .map(\.kernel)
    for path in BaseImageFacts.pathsOfBoot + kernels where try fat.entry(at: path) != nil {
      evidence.bootPaths.insert(path)
    }
    return evidence
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
  /// The firmware's text files that are there, by path: `config.txt`, and the command lines of the
  /// systems that it names.
  borrowing func bootTexts() throws(FATError) -> [String: String] {
    var texts: [String: String] = [:]
    if try entry(at: "config.txt") != nil { texts["config.txt"] = try text("config.txt") }
    for files in BootFileNames.all(configuration: texts["config.txt"] ?? "")
    where try entry(at: files.commandLine) != nil {
      texts[files.commandLine] = try text(files.commandLine)
    }
    return texts
  }

  /// A short text file.
  borrowing func text(_ path: String) throws(FATError) -> String {
    String(decoding: try read(path, limit: .mib(1)), as: UTF8.self)
  }
}
