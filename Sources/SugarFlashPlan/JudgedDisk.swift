public import SugarModel

/// A disk and what each guard rail says of writing to it.
public struct JudgedDisk: Hashable, Sendable {
  public struct Word: Hashable, Sendable, Codable {
    public var rail: String
    public var question: String
    /// nil when the rail lets pass.
    public var refusal: Refusal?
  }
  public var disk: Disk
  public var words: [Word]

  public init(_ disk: Disk, _ request: DiskRequest) {
    self.disk = disk
    words = GuardRail.standard.map { rail in
      Word(
        rail: rail.name, question: rail.question, refusal: rail.check(disk, request).refusal)
    }
    // Reading tells what would be lost: who may not read may not write either.
    if case .unknown(let reason) = disk.content {
      words.append(
        Word(
          rail: "content", question: "Is it known what is on it?",
          refusal: Refusal(.unknown, "cannot tell what is on \(disk.path): \(reason)")))
    } else {
      words.append(Word(rail: "content", question: "Is it known what is on it?", refusal: nil))
    }
  }

  /// The first rail that holds.
  public var refusal: Refusal? { words.lazy.compactMap(\.refusal).first }
}

/// Why nothing will be written, and what the way on is.
public struct FlashRefusal: Error, Hashable, Sendable {
  public var refusal: Refusal
  public var note: String?
  /// The disks that were looked at.
  public var disks: [JudgedDisk]

  public init(_ refusal: Refusal, note: String? = nil, disks: [JudgedDisk] = []) {
    self.refusal = refusal
    self.note = note
    self.disks = disks
  }

  public init(
    _ code: RefusalCode, _ reason: String, note: String? = nil, disks: [JudgedDisk] = []
  ) {
    self.init(Refusal(code, reason), note: note, disks: disks)
  }
}
