import SugarModel

extension Lint {
  /// Names, labels and mount points are told apart by what they are.
  static func diskNamesDiffer(_ draft: Draft) -> [Diagnostic] {
    var found: [Diagnostic] = []
    var (names, mounts): ([String: String], [String: String]) = ([:], [:])
    for (index, disk) in draft.profile.disks.enumerated() {
      let path = "disks[\(index)]"
      if draft.isSound("\(path).name") {
        if names.updateValue(path, forKey: disk.name) != nil {
          found.append(draft.error("there are two disks '\(disk.name)'", at: "\(path).name"))
        }
        if disk.name == "root" {
          found.append(
            draft.error("'root' is the name of the image's own disk", at: "\(path).name"))
        }
      }
      for (number, partition) in disk.partitions.enumerated() {
        let place = "\(path).partitions[\(number)].mount"
        guard draft.isSound(place), let mount = partition.mount else { continue }
        if let other = mounts.updateValue(place, forKey: mount) {
          found.append(
            draft.error(
              "two partitions are to be mounted at \(mount)", at: place, note: "the other: \(other)"
            ))
        }
      }
    }
    return found
  }

  /// Only the last partition of a disk can take what is left; nothing has room behind it.
  static func restComesLast(_ draft: Draft) -> [Diagnostic] {
    var found: [Diagnostic] = []
    for (index, disk) in draft.profile.disks.enumerated() {
      for (number, partition) in disk.partitions.dropLast().enumerated()
      where partition.size == .rest {
        found.append(
          draft.error(
            "'\(partition.label)' takes all that is left, and there are partitions behind it",
            at: "disks[\(index)].partitions[\(number)].size"))
      }
    }
    return found
  }

  /// An MBR has four rows, two of which are the image's.
  static func behindRootHasTwoRows(_ draft: Draft) -> [Diagnostic] {
    let behind = draft.profile.disks.enumerated().filter { $0.element.place == .behindRoot }
    let count = behind.reduce(0) { $0 + $1.element.partitions.count }
    guard let last = behind.last, count > 2 || behind.count > 1 else { return [] }
    let reason =
      behind.count > 1
      ? "there is one room behind the root, and \(behind.count) disks ask for it"
      : "the room behind the root has 2 partitions at most, and \(count) are asked for"
    return [draft.error(reason, at: "disks[\(last.offset)].place")]
  }

  /// A root that takes the whole disk leaves nothing behind it.
  static func fillLeavesNoRoom(_ draft: Draft) -> [Diagnostic] {
    guard draft.profile.root.fills else { return [] }
    return draft.profile.disks.enumerated().filter { $0.element.place == .behindRoot }.map {
      draft.error(
        "there is no room behind a root that fills its disk", at: "disks[\($0.offset)].place",
        note: "give 'root.size' a size")
    }
  }

  /// A disk is in one node at a time.
  static func mediaAreUnique(_ draft: Draft) -> [Diagnostic] {
    let media = draft.nodes.flatMap { node in
      node.value.medium.enumerated().map {
        (value: $0.element, path: "\(node.path).medium[\($0.offset)]")
      }
    }
    return repeated(media, draft) { "two nodes have the disk '\($0)'" }
  }
}
