public import SugarModel
public import SugarProfile

/// A system that a base can hold: by what it is known, and what in it a plan goes by. The next one is
/// one more file, and a line in `Flavours`.
public protocol Flavour: Sendable {
  var os: OperatingSystem { get }
  /// `Raspberry Pi OS Lite arm64, Trixie`
  var title: String { get }
  /// What an image of this system calls itself in `/etc/os-release`; nil when `evidence` does, else
  /// what is missing, in words.
  func missingRelease(in evidence: BaseEvidence) -> String?
  /// Files of the root file system by which it is known, besides.
  var knownBy: [String] { get }
  /// Whether the kernel and its command line stand in a folder that `config.txt` names (`os_prefix`).
  var hasPrefix: Bool { get }
  /// The account that it ships for the person who first uses it.
  var stockUser: String? { get }
  var network: NetworkRenderer { get }
  /// Where cloud-init finds its seed; nil where there is no cloud-init.
  var seed: SeedPlace? { get }
  /// How its own files name its boot and its root partition.
  func references(diskID: String) -> (boot: String, root: String)
  /// Words of its command line that start the work of a first boot.
  var firstBootWords: [String] { get }
  /// Services, by their names, that would undo what the image holds, and how.
  var firstBootServices: [FirstBootService] { get }
}

extension Flavour {
  /// What an image of this system has and `evidence` lacks, each in words; empty when it is this one.
  public func missing(in evidence: BaseEvidence) -> [String] {
    [missingRelease(in: evidence)].compactMap { $0 }
      + evidence.lacks(root: knownBy, hasPrefix: hasPrefix)
  }
}

/// Where a NoCloud seed stands. (cloud-init docs, "NoCloud")
public enum SeedPlace: Hashable, Sendable {
  /// On the root file system: nothing waits for the boot partition.
  case root
  /// On the boot partition, which the system's own configuration finds by its label.
  case boot
}

/// A service of a base that runs on a first boot only.
public struct FirstBootService: Hashable, Sendable {
  public var name: String
  public var reason: String
  /// The unit's file, or the script that systemd makes a unit of.
  public var path: String

  public init(_ name: String, because reason: String, path: String? = nil) {
    self.name = name
    self.reason = reason
    self.path = path ?? "/usr/lib/systemd/system/\(name).service"
  }

  var enabled: String { "/etc/systemd/system/multi-user.target.wants/\(name).service" }
}

/// What a survey saw of the things by which systems are known.
public struct BaseEvidence: Hashable, Sendable {
  public var rootTexts: [String: String]
  public var bootTexts: [String: String]
  public var rootPaths: Set<String>
  public var bootPaths: Set<String>
  /// Whether its programs are for arm64.
  public var isARM64: Bool

  public init(
    rootTexts: [String: String], bootTexts: [String: String], rootPaths: Set<String>,
    bootPaths: Set<String>, isARM64: Bool
  ) {
    self.rootTexts = rootTexts
    self.bootTexts = bootTexts
    self.rootPaths = rootPaths
    self.bootPaths = bootPaths
    self.isARM64 = isARM64
  }

  /// The value of a key of `/etc/os-release`. (os-release(5))
  func release(_ key: String) -> String? {
    for line in (rootTexts["/etc/os-release"] ?? "").split(separator: "\n")
    where line.hasPrefix(key + "=") {
      let value = line.dropFirst(key.count + 1)
      return value.hasPrefix("\"") ? String(value.dropFirst().dropLast()) : String(value)
    }
    return nil
  }

  var bootFiles: BootFileNames { BootFileNames(configuration: bootTexts["config.txt"] ?? "") }

  /// Of these paths, which are not there; and the boot files that every system needs.
  func lacks(root: [String], hasPrefix: Bool) -> [String] {
    var missing = root.filter { !rootPaths.contains($0) }
    if bootTexts["config.txt"] == nil { missing.append("config.txt on the boot partition") }
    if bootFiles.prefix.isEmpty == hasPrefix {
      missing.append(
        hasPrefix
          ? "a config.txt with os_prefix" : "a config.txt without os_prefix (this one boots by A/B)"
      )
    }
    if bootTexts[bootFiles.commandLine] == nil {
      missing.append("\(bootFiles.commandLine) on the boot partition")
    }
    if !bootPaths.contains(bootFiles.kernel) {
      missing.append("\(bootFiles.kernel) on the boot partition")
    }
    if !isARM64 { missing.append("programs for arm64") }
    return missing
  }
}

/// All systems that are known.
public enum Flavours {
  public static let all: [any Flavour] =
    [RaspberryPiOSTrixie(), RaspberryPiOSBookworm()] + UbuntuServer.releases

  public static func named(_ os: String) -> (any Flavour)? { all.first { $0.os.rawValue == os } }

  /// Files that have to be looked for to tell the system: those of the ones that go by this release's
  /// name, or of all when none does.
  public static func knownBy(_ evidence: BaseEvidence) -> [String] {
    let likely = all.filter { $0.missingRelease(in: evidence) == nil }
    return (likely.isEmpty ? all : likely).flatMap(\.knownBy)
  }

  /// The system that an image holds; nil when it is none of them.
  public static func of(_ evidence: BaseEvidence) -> (any Flavour)? {
    all.first { $0.missing(in: evidence).isEmpty }
  }

  /// For an image that is none of them: of each what was looked for and not found, the likeliest one
  /// first.
  public static func missing(in evidence: BaseEvidence) -> [String] {
    all.map { (title: $0.title, missing: $0.missing(in: evidence)) }
      .sorted { $0.missing.count < $1.missing.count }
      .map { "\($0.title): \($0.missing.joined(separator: "; "))" }
  }
}
