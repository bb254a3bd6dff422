public import SugarFlashPlan
public import SugarHost
public import SugarImageBuilder
public import SugarModel
import SugarPartition
import SugarProbe
import SugarUDisks

/// Looks at what is to be written and at the disks of this machine.
public struct FlashSurvey: Sendable {
  public let finder: DiskFinder
  /// The path or identity of the one disk for which udisks2 may be asked.
  private let named: String?

  /// - Parameters:
  ///   - named: the disk that a person named, by path or identity. Where the right to open it is
  ///     missing, udisks2 is asked for it, which may ask for a password.
  ///   - loops: loop devices that count as disks, by path.
  public init(named: String? = nil, loops: [String] = [], tree: SystemTree = SystemTree()) {
    self.named = named
    let names = loops.filter { $0.hasPrefix("/dev/loop") }.map { String($0.dropFirst(5)) }
    finder = DiskFinder(tree, loops: Set(names))
  }

  /// Every disk of this machine with what is on it. Empty card readers are left out.
  public func census() -> DiskCensus {
    let disks = finder.disks().filter { $0.size > .zero }.map {
      DiskReader.look(at: $0, by: opener($0))
    }
    return DiskCensus(disks: disks, isSettled: isSettled)
  }

  /// By whose right a disk is opened: a person's own, or for the named disk also udisks2's.
  func opener(_ disk: Disk) -> DiskOpener {
    let own = disk.identifier.value.flatMap { $0.isReported ? $0.text : nil }
    return named == disk.path || (named != nil && named == own) ? UDisks.opener : .own
  }

  /// Whether udev has dealt with every device. Machines without it never say no. (udevadm(8))
  private var isSettled: Bool {
    guard (try? Files.exists("/run/udev/control")) == true,
      let program = try? Program("udevadm"),
      let answer = try? program.run(["settle", "--timeout=10"])
    else { return true }
    return answer.status == 0
  }
}

extension FlashImage {
  /// The facts of an opened image.
  public init(_ source: ImageSource) {
    let identity = source.identity
    let node = identity.map {
      MediumNode(node: $0.node, tier: $0.cluster.tier, generation: $0.generation)
    }
    let root = identity.map { identity -> RootSize in
      identity.disk.fills == true ? .fill : .size(identity.disk.rootSize)
    }
    self.init(
      title: source.title, size: source.size,
      data: ByteCount(source.data.reduce(UInt64(0)) { $0 + UInt64($1.count) }), node: node,
      table: try? MasterBootRecord(source.storage, name: source.title), root: root,
      behindRoot: identity?.disks.filter { $0.place == .behindRoot }.flatMap(\.partitions) ?? [],
      bound: Set(identity?.disk.serials ?? []), key: source.key)
  }
}
