/// An entry that is to be put into a directory.
struct NewEntry {
  let name: FileName
  let attributes: FATAttributes
  let cluster: UInt32
  let size: UInt32
  let time: FATTime

  /// Its slots: those of the long name where it needs one, then the short entry.
  func slots(taken: Set<[UInt8]>, isWide: Bool) throws(FATFault) -> [UInt8] {
    let short = try ShortName(for: name, taken: taken)
    let long = short.needsLongName ? LongNameSlots.encode(name, shortName: short.bytes) : []
    return long + slot(short.bytes, caseFlags: short.caseFlags, isWide: isWide)
  }

  /// The short entry alone.
  func slot(_ shortName: [UInt8], caseFlags: UInt8 = 0, isWide: Bool) -> [UInt8] {
    var slot = shortName + [UInt8](repeating: 0, count: 21)
    slot[11] = attributes.rawValue
    slot[12] = caseFlags
    SlotArray.fill(&slot, cluster: cluster, size: size, time, isWide: isWide)
    return slot
  }
}

extension Directory {
  /// Puts an entry in, under a short name that is not taken. Gives the bytes that changed.
  mutating func insert(_ entry: NewEntry) throws(FATFault) -> Range<Int> {
    let new = try entry.slots(taken: takenShortNames(), isWide: slots.isWide)
    return try slots.insert(new, growingBy: growth)
  }
}

/// Directories that do not exist yet, each in the one before it.
struct NewDirectories {
  private let names: [FileName]
  private let isWide: Bool
  private let time: FATTime

  init(_ names: ArraySlice<FileName>, isWide: Bool, _ time: FATTime) {
    self.names = Array(names)
    self.isWide = isWide
    self.time = time
  }

  /// Plans clusters and contents of them all; gives the entry of the first.
  func plan(under parent: UInt32, _ edit: inout VolumeEdit) throws(FATFault) -> NewEntry {
    var chains: [[ClusterRun]] = []
    for index in names.indices {
      chains.append(try edit.allocate(bytes: try content(index, own: 0, parent: 0, inner: 0).count))
    }
    let firsts = chains.map { $0.first?.first ?? 0 }
    for index in names.indices {
      let above = index == 0 ? parent : firsts[index - 1]
      let inner = index + 1 < names.count ? firsts[index + 1] : 0
      let bytes = try content(index, own: firsts[index], parent: above, inner: inner)
      edit.fill(chains[index], with: bytes)
    }
    return entry(0, cluster: firsts.first ?? 0)
  }

  /// `.` and `..`, and the entry of the directory inside where there is one.
  private func content(
    _ index: Int, own: UInt32, parent: UInt32, inner: UInt32
  ) throws(FATFault) -> [UInt8] {
    let one = [UInt8(0x2E)] + [UInt8](repeating: 0x20, count: 10)
    let two = [UInt8](repeating: 0x2E, count: 2) + [UInt8](repeating: 0x20, count: 9)
    let bytes =
      entry(index, cluster: own).slot(one, isWide: isWide)
      + entry(index, cluster: parent).slot(two, isWide: isWide)
    guard index + 1 < names.count else { return bytes }
    return bytes + (try entry(index + 1, cluster: inner).slots(taken: [one, two], isWide: isWide))
  }

  private func entry(_ index: Int, cluster: UInt32) -> NewEntry {
    NewEntry(
      name: names[index], attributes: .directory, cluster: cluster, size: 0, time: time)
  }
}
