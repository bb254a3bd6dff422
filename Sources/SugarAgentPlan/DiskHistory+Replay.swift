public import SugarModel

extension DiskHistory {
  /// What the lines of the journal add up to, seen from `boot`.
  public init(replaying entries: [JournalEntry], boot: String) {
    self.init()
    var boots: [String: Set<String>] = [:]
    for entry in entries {
      let name = entry.layout
      switch entry.event {
      case .offered(let nonce): offered[name] = nonce
      case .began(let disk, let middle, let consent):
        boots[name, default: []].insert(entry.boot)
        if let consent { spent.insert(consent) }
        let before = begun[name]?.disk == disk ? begun[name] : nil
        // What lay there before the first write counts, and what a person agreed to then.
        begun[name] = Begun(
          disk: disk, consent: consent ?? before?.consent, middle: before?.middle ?? middle,
          formatting: before?.formatting ?? [], formatted: before?.formatted ?? [],
          growing: before?.growing ?? [])
      case .formatting(let number): begun[name]?.formatting.insert(number)
      case .formatted(let number):
        begun[name]?.formatting.remove(number)
        begun[name]?.formatted.insert(number)
      case .growing(let number): begun[name]?.growing.insert(number)
      case .tableWritten: break
      case .finished(let disk):
        finished[name] = disk
        begun[name] = nil
        boots[name] = nil
        awaitsReboot.remove(name)
      case .awaitsReboot where entry.boot == boot: awaitsReboot.insert(name)
      case .awaitsReboot: break
      case .undone(let reason):
        begun[name] = nil
        boots[name] = nil
        undone[name] = reason
      case .retried:
        boots[name] = nil
        undone[name] = nil
      }
    }
    // This boot's own attempt does not count against it.
    attempts = boots.mapValues { $0.subtracting([boot]).count }
  }

  /// Whether a file system was made, or begun, since the layout's first write.
  public func hasFormatted(_ layout: String) -> Bool {
    guard let begun = begun[layout] else { return finished[layout] != nil }
    return !begun.formatting.isEmpty || !begun.formatted.isEmpty || finished[layout] != nil
  }
}
