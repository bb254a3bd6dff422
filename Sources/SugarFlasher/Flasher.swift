public import SugarFlashPlan
import SugarHost
public import SugarImageBuilder
public import SugarModel

/// What became of a disk.
public struct FlashOutcome: Hashable, Sendable, Codable {
  /// The disk held the image already, to the last byte; nothing was written.
  public var wasAlreadyThere: Bool
  /// Where an interrupted run was taken up.
  public var resumedAt: ByteCount?
  /// Bytes of the image that are on the disk now.
  public var size: ByteCount
  public var wasVerified: Bool
}

/// Carries out a `FlashPlan`: clears, probes, writes, reads back, and lets the disk boot last.
public struct Flasher: Sendable {
  let plan: FlashPlan
  let source: ImageSource
  let device: FencedDevice
  let journal: FlashJournal
  /// A number that no other run has.
  let nonce: UInt64
  let now: @Sendable () -> Double
  let progress: @Sendable (BuildEvent) -> Void

  /// - Parameters:
  ///   - nonce: a number that no other run has.
  ///   - now: seconds of a clock that only goes forward.
  public init(
    plan: FlashPlan, source: ImageSource, device: any FlashDevice, journal: FlashJournal,
    nonce: UInt64, now: @escaping @Sendable () -> Double,
    progress: @escaping @Sendable (BuildEvent) -> Void
  ) {
    self.plan = plan
    self.source = source
    self.device = FencedDevice(device: device, kept: plan.kept.map(\.range))
    self.journal = journal
    self.nonce = nonce
    self.now = now
    self.progress = progress
  }

  var disk: String { plan.disk.path }

  /// Writes the image. Before the first write, a line is in the journal; until the last one, the disk
  /// boots nothing.
  public func run() throws(FlashError) -> FlashOutcome {
    try attempt(.before) { () throws(StorageError) in try device.confirm() }
    let head = try DiskHead(plan, source)
    let resumes = try mayResume()
    if !resumes, plan.verifies, try isThere(head) {
      return FlashOutcome(
        wasAlreadyThere: true, resumedAt: nil, size: source.size, wasVerified: true)
    }
    let kept = try keptDigests(resumes)
    if !resumes {
      try record { () throws(HostError) in try journal.begin(plan, keptDigests: kept) }
      try clear()
      try probe()
    }
    try writeContent(head, comparesBelow: resumes ? plan.resumesAt?.bytes ?? 0 : 0)
    for room in plan.rooms { try clear(room: room) }
    try check(kept)
    try finish(head)
    try record { () throws(HostError) in try journal.remove() }
    return FlashOutcome(
      wasAlreadyThere: false, resumedAt: resumes ? plan.resumesAt : nil, size: source.size,
      wasVerified: plan.verifies)
  }

  // MARK: before the first write

  /// Only a disk that is as an interrupted run leaves it is taken up again: anything else changed
  /// since, and is written from the start.
  private func mayResume() throws(FlashError) -> Bool {
    guard plan.resumesAt != nil, journal.resume?.image == plan.image.key else { return false }
    let buffer = AlignedBuffer(Int(FlashPlan.head.bytes))
    try attempt(.before) { () throws(StorageError) in try device.read(at: .zero, into: buffer.bytes)
    }
    return buffer.bytes.isAllZero
  }

  /// Whether the disk holds this very image. The first block decides whether the rest is looked at.
  private func isThere(_ head: DiskHead) throws(FlashError) -> Bool {
    let found = AlignedBuffer(head.buffer.bytes.count)
    try attempt(.before) { () throws(StorageError) in try device.read(at: .zero, into: found.bytes)
    }
    guard head.buffer.bytes.elementsEqual(found.bytes) else { return false }
    progress(.phase("comparing what is there"))
    return try writer(onlyCompares: true, digest: nil).run(pieces) == .done
  }

  private func keptDigests(_ resumes: Bool) throws(FlashError) -> [String] {
    if resumes, let known = journal.keptDigests { return known }
    return try takeDigests(.before)
  }

  private func takeDigests(_ stage: FlashStage) throws(FlashError) -> [String] {
    var digests: [String] = []
    for part in plan.kept {
      progress(.phase("reading '\(part.label)', which stays"))
      try attempt(stage) { () throws(StorageError) in
        digests.append(try KeptDigest.take(part.range, on: device))
      }
    }
    return digests
  }

  // MARK: writing

  private func probe() throws(FlashError) {
    progress(.phase("looking whether it is as large as it says"))
    let probe = CapacityProbe(
      device: device, places: plan.probes, imageSize: source.size, nonce: nonce,
      head: min(FlashPlan.head, plan.disk.size).bytes)
    var finding = CapacityProbe.Finding.good
    try attempt(.begun) { () throws(StorageError) in finding = try probe.run() }
    let reason: String
    switch finding {
    case .good: return
    case .lost(let place): reason = "it does not keep what is written at \(place)"
    case .wrapped(let place): reason = "what is written further up comes up at byte \(place.bytes)"
    }
    throw FlashError(
      .refused, "cannot use '\(disk)': it says it has \(plan.disk.size), and \(reason)",
      note: "it is a counterfeit, or broken; no image was written, and it boots nothing now")
  }

  private func writeContent(_ head: DiskHead, comparesBelow: UInt64) throws(FlashError) {
    let digest = plan.verifies && source.digest != nil ? ImageDigest(size: source.size) : nil
    digest?.add(UnsafeRawBufferPointer(head.original), at: .zero)
    var writer = writer(onlyCompares: false, digest: digest)
    writer.comparesBelow = comparesBelow
    _ = try writer.run(pieces)
    try attempt(.begun) { () throws(StorageError) in
      try device.flush()
      try device.confirm()
    }
    guard let digest, let expected = source.digest, digest.root != expected else { return }
    throw FlashError(
      .data, "cannot write '\(plan.image.title)': its bytes are not those that were built",
      note:
        "the prepared base in the cache was changed, or the delta; build again. The disk boots nothing now"
    )
  }

  var pieces: [FlashPiece] {
    FlashPieces.pieces(
      data: source.data, size: source.size.bytes, from: FlashPlan.head.bytes)
  }

  private func writer(onlyCompares: Bool, digest: ImageDigest?) -> ContentWriter {
    let total = source.size
    let counter = ByteCounter()
    return ContentWriter(
      device: device, disk: disk, image: source.storage, verifies: plan.verifies,
      onlyCompares: onlyCompares, digest: digest, now: now,
      progress: { count in
        let done = ByteCount(counter.add(count))
        progress(onlyCompares ? .compared(done, of: total) : .flashed(done, of: total))
      },
      checkpoint: { place throws(FlashError) in
        guard !onlyCompares else { return }
        try attempt(.begun) { () throws(StorageError) in
          try device.flush()
          try device.confirm()
        }
        try record { () throws(HostError) in try journal.reached(place) }
      })
  }

  private func check(_ kept: [String]) throws(FlashError) {
    for (part, pair) in zip(plan.kept, zip(kept, try takeDigests(.begun))) where pair.0 != pair.1 {
      throw FlashError(
        .machine,
        "cannot finish '\(disk)': '\(part.label)', which was to stay, reads differently now",
        note: "nothing was written to it; the disk itself may be failing. It boots nothing now")
    }
  }

  /// The rest of the first MiB, and then, when that is on the medium, the block with the table.
  private func finish(_ head: DiskHead) throws(FlashError) {
    progress(.phase("writing the first block"))
    let first = Int(min(FlashPlan.firstBlock.bytes, UInt64(head.buffer.bytes.count)))
    let block = UnsafeRawBufferPointer(rebasing: head.buffer.bytes[..<first])
    let rest = UnsafeRawBufferPointer(rebasing: head.buffer.bytes[first...])
    try attempt(.begun) { () throws(StorageError) in
      if !rest.isEmpty { try device.write(at: ByteCount(first), from: rest) }
      try device.flush()
    }
    try expect(rest, at: ByteCount(first))
    try attempt(.finishing) { () throws(StorageError) in
      try device.confirm()
      try device.write(at: .zero, from: block)
      try device.flush()
    }
    do throws(FlashError) {
      try expect(block, at: .zero)
    } catch {
      // What does not hold its own table must not boot.
      try? device.zero(0..<UInt64(first))
      try? device.flush()
      throw error
    }
  }

  private func expect(_ bytes: UnsafeRawBufferPointer, at place: ByteCount) throws(FlashError) {
    guard !bytes.isEmpty else { return }
    let found = AlignedBuffer(bytes.count)
    try attempt(.begun) { () throws(StorageError) in try device.read(at: place, into: found.bytes) }
    guard found.bytes.elementsEqual(bytes) else { throw FlashError.untrue(disk, place) }
  }
}
