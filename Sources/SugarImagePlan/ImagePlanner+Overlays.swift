import SugarModel
import SugarProfile

extension ImagePlanner {
  /// The fleet's own files, over everything else.
  mutating func planOverlays() throws(PlanError) {
    for name in profile.overlays {
      for item in inputs.assets.overlays[name] ?? [] {
        switch item.kind {
        case .file(let asset):
          add(
            .write(ImagePath(.root, item.path), .asset(asset), item.access, before: nil),
            because: "overlay \(name)")
        case .directory:
          add(.makeDirectory(item.path, item.access), because: "overlay \(name)")
        case .link(let target):
          add(.link(item.path, target: target), because: "overlay \(name)")
        }
      }
    }
  }

  /// Room that must be left when everything is in place.
  private static var margin: ByteCount { .mib(32) }
  /// A base is grown in steps, so that nodes with nearly the same needs share one prepared base.
  private static var step: ByteCount { .mib(256) }

  /// Bytes by which the root file system must grow before the steps fit; throws when the fleet
  /// allows no such size.
  func rootGrowth() throws(PlanError) -> ByteCount {
    let need = rootNeed + Self.margin
    var growth = ByteCount.zero
    if need > facts.rootFreeSpace {
      growth = (need - facts.rootFreeSpace).roundedUp(to: Self.step)
    }
    let size = facts.root.size + growth
    guard size <= profile.root.size else {
      throw PlanError(
        node: node.hostname,
        reason:
          "its root file system needs \(size), \(size - profile.root.size) more than root.size allows (\(profile.root.size))",
        note: "give `root.size` a larger value, or put less into the image")
    }
    guard bootNeed <= facts.bootFreeSpace else {
      throw PlanError(
        node: node.hostname,
        reason: "its boot partition has \(facts.bootFreeSpace) free, the plan needs \(bootNeed)",
        note: "put less into bootfiles/")
    }
    let inodes = UInt64(steps.count { $0.needsInode })
    guard inodes < facts.freeInodes || growth > .zero else {
      throw PlanError(node: node.hostname, reason: "its root file system has too few inodes left")
    }
    return growth
  }

  /// Whole blocks of every file, and one for each folder or link that may need one.
  private var rootNeed: ByteCount {
    steps.reduce(.zero) { sum, planned in
      switch planned.step {
      case .write(let path, let content, _, _) where path.volume == .root:
        sum + content.size.roundedUp(to: .kib(4)) + .kib(4)
      case .makeDirectory: sum + .kib(8)
      case .link: sum + .kib(4)
      case .write, .setDiskID, .remove, .rename: sum
      }
    }
  }

  private var bootNeed: ByteCount {
    steps.reduce(.kib(64)) { sum, planned in
      guard case .write(let path, let content, _, _) = planned.step, path.volume == .boot else {
        return sum
      }
      return sum + content.size.roundedUp(to: .kib(4))
    }
  }
}

extension FileContent {
  /// How large the file becomes. A secret's size is not known here; it is small.
  var size: ByteCount {
    switch self {
    case .text(let text): ByteCount(text.utf8.count)
    case .asset(let asset): asset.size
    case .secret, .keyfile, .netplan: .kib(4)
    case .handOff(let list, _): ByteCount(list.text { _ in nil }.utf8.count)
    }
  }
}

extension PlannedStep {
  fileprivate var needsInode: Bool {
    switch step {
    case .write(let path, _, _, _): path.volume == .root
    case .makeDirectory, .link: true
    case .setDiskID, .remove, .rename: false
    }
  }
}
