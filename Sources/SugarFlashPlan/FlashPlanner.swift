public import SugarModel
import SugarPartition

/// Decides which disk an image goes to and what happens there: facts in, a plan or a refusal out.
public struct FlashPlanner {
  /// A disk that nobody named by its identity may be this large: cards and sticks are, backup disks
  /// are not.
  public static let largestUnnamed = ByteCount.gib(512)

  let image: FlashImage
  let wish: FlashWish
  let census: DiskCensus

  /// - Parameters:
  ///   - expected: who the disk was at the stage before; nil at the first.
  ///   - journal: what an earlier run left about a disk.
  public static func plan(
    _ image: FlashImage, _ wish: FlashWish, _ census: DiskCensus,
    expected: DiskIdentifier? = nil,
    journal: (Disk) throws(FlashRefusal) -> FlashResume? = { _ in nil }
  ) throws(FlashRefusal) -> FlashPlan {
    guard census.isSettled else {
      throw FlashRefusal(
        .unknown, "devices are still appearing", note: "wait a moment and say it again")
    }
    let planner = FlashPlanner(image: image, wish: wish, census: census)
    let (disk, reason) = try planner.choose()
    let judged = JudgedDisk(disk, planner.request(disk, reason, expected: expected))
    if let refusal = judged.refusal {
      throw FlashRefusal(refusal, note: planner.wayOn(refusal, disk), disks: [judged])
    }
    return try planner.plan(disk, reason, journal(disk))
  }

  /// What each rail says of each disk when nothing else is known.
  public static func judge(
    _ census: DiskCensus, protected: Set<String>, allowsLoop: Bool = false
  ) -> [JudgedDisk] {
    census.disks.map { disk in
      let request = DiskRequest(
        purpose: .flash, maximum: largestUnnamed, sectorSizes: [512], allowsLoop: allowsLoop,
        protected: protected)
      return JudgedDisk(disk, request)
    }
  }

  // MARK: which disk

  private func choose() throws(FlashRefusal) -> (Disk, FlashReason) {
    if let name = wish.disk { return try named(name) }
    guard image.bound.isEmpty else { return (try boundDisk(), .bound) }
    let judged = census.disks.map { JudgedDisk($0, request($0, .only)) }
    let fitting = judged.filter { $0.refusal == nil }
    guard let first = fitting.first else {
      throw FlashRefusal(
        .missing, "no disk of this machine may be written without being named",
        note: "put the card in, or name the disk by its serial number: --disk SERIAL",
        disks: judged)
    }
    guard fitting.count == 1 else {
      throw FlashRefusal(
        .ambiguous, "\(fitting.count) disks of this machine could be meant",
        note: "name one by its serial number: --disk SERIAL", disks: fitting)
    }
    return (first.disk, .only)
  }

  private func named(_ name: String) throws(FlashRefusal) -> (Disk, FlashReason) {
    switch DiskSelector(identifiers: [name]).choose(from: census.disks) {
    case .one(let disk): return (disk, image.bound.contains(name) ? .bound : .named)
    case .none, .wrongIdentity, .wrongSize, .several: break
    }
    if let disk = census.disks.first(where: {
      $0.path == name || $0.stableNames.contains(name) || unreported($0) == name
    }) {
      let isBound = disk.identifier.value.map { image.bound.contains($0.text) } ?? false
      let isByID = name.hasPrefix("/dev/disk/by-id/") && disk.identifier.value?.isReported == true
      return (disk, isBound ? .bound : isByID ? .named : .path)
    }
    for disk in census.disks where disk.partitions.contains(where: { $0.path == name }) {
      throw FlashRefusal(
        .wrongDisk, "\(name) is a partition of \(disk.path)",
        note: "an image goes to a whole disk: --disk \(disk.path)")
    }
    if name.hasPrefix("/dev/loop"), !wish.allowsLoop {
      throw FlashRefusal(
        .loopDevice, "\(name) is a loop device, not a disk",
        note: "for a trial on a file, say --allow-loop")
    }
    let judged = census.disks.map { JudgedDisk($0, request($0, .only)) }
    throw FlashRefusal(
      .missing, "no disk of this machine is called '\(name)'",
      note: "`sugarimage disks` lists them", disks: judged)
  }

  private func unreported(_ disk: Disk) -> String? {
    guard let own = disk.identifier.value, !own.isReported else { return nil }
    return own.text
  }

  private func boundDisk() throws(FlashRefusal) -> Disk {
    let names = image.bound.sorted()
    switch DiskSelector(identifiers: names).choose(from: census.disks) {
    case .one(let disk): return disk
    case .several(let disks):
      throw FlashRefusal(
        .ambiguous, "\(disks.count) of the disks that the fleet gives to this node are here",
        note: "name one: --disk \(names[0])",
        disks: disks.map { JudgedDisk($0, request($0, .bound)) })
    case .none, .wrongIdentity, .wrongSize:
      throw FlashRefusal(
        .missing,
        "the disk that the fleet gives to this node is not here: \(names.joined(separator: " or "))",
        note: "put it in, or correct the node's `medium` in fleet.yaml and build again",
        disks: census.disks.map { JudgedDisk($0, request($0, .bound)) })
    }
  }

  // MARK: rails

  func request(
    _ disk: Disk, _ reason: FlashReason, expected: DiskIdentifier? = nil
  ) -> DiskRequest {
    let isNamed = reason == .named || reason == .bound
    return DiskRequest(
      purpose: .flash, expected: expected, isNamed: isNamed, minimum: minimum,
      maximum: wish.maximum ?? (isNamed ? nil : Self.largestUnnamed), sectorSizes: [512],
      acceptsUnnamed: reason == .path, allowsLoop: wish.allowsLoop, protected: wish.protected,
      bound: image.bound)
  }

  /// What the disk must have: the image, and the root as large as the layout wants it.
  var minimum: ByteCount {
    guard case .size(let wanted) = image.root, let root = rootEntry else { return image.size }
    return max(image.size, root.start + max(root.size, wanted.roundedUp(to: .mib(1))))
  }

  var rootEntry: MasterBootRecord.Entry? { image.table?.entries.first { $0.number == 2 } }

  /// What a person can do about a rail that holds.
  func wayOn(_ refusal: Refusal, _ disk: Disk) -> String? {
    switch refusal.code {
    case .unknown:
      if case .unknown(let reason) = disk.content, reason.hasSuffix("Permission denied") {
        return DiskWords.rights(disk.path)
      }
      return nil
    case .inUse: return "unmount it or end what uses it, and say it again"
    case .protected: return "it stays protected until its line is taken off the list"
    case .notRemovable, .sizeRange:
      guard let own = disk.identifier.value, own.isReported else { return nil }
      return "if it is the one, name it by its serial number: --disk \(own.text)"
    case .unnamed: return "if it is the one, name it: --disk \(disk.path)"
    case .loopDevice: return "for a trial on a file, say --allow-loop"
    case .readOnly: return "look at the card's lock switch"
    case .tooSmall:
      guard image.size <= disk.size, case .size(let wanted) = image.root else { return nil }
      return "`root.size` is \(wanted); make it smaller, or `fill`, and build again"
    case .wrongDisk: return "put the right one in, or correct the node's `medium` in fleet.yaml"
    case .changedIdentity: return "somebody changed the disk meanwhile: look again"
    default: return nil
    }
  }
}
