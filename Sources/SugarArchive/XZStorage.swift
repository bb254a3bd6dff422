import Dispatch
public import SugarModel
import Synchronization

/// The content of an `.xz` file, to be read at any place: only the blocks that hold what is asked for
/// are unpacked.
///
/// What is read is handed out as soon as it is there. The rest of its block is unpacked beside that,
/// because only a whole block can be proven by its check: nobody may rely on what was read before
/// `prove` says so. A class, because it remembers how far each block is.
public final class XZStorage: Storage {
  /// The longest block that is unpacked for a part of it.
  public static let blockLimit = ByteCount.mib(64)
  private static let piece = 1 << 20
  /// So many blocks may wait for their rests: each holds a dictionary, 8 MiB as a rule.
  private static let openLimit = 4

  /// One block on its way.
  private final class Block: Sendable {
    struct Progress {
      var isBegun = false
      /// Up to where in the image its bytes are there.
      var reached: ByteCount
      /// Its end was reached, and its check is right.
      var isProven = false
      var failure: StorageError?
    }
    /// Never held for long: who reads what is there waits for nobody.
    let progress: Mutex<Progress>
    /// Held by the one who unpacks the next piece.
    let decoder = Mutex<BlockDecoder?>(nil)

    init(_ start: ByteCount) { progress = Mutex(Progress(reached: start)) }
  }

  private let image: XZImage
  private let scratch: any Storage
  private let blocks: [Block]
  private let queue = DispatchQueue(label: "xz", attributes: .concurrent)
  private let rests = DispatchGroup()
  private let open = Mutex(0)

  public var size: ByteCount { image.size }
  /// How many blocks something was read of so far.
  public var decodedCount: Int { blocks.count { block in block.progress.withLock { $0.isBegun } } }

  /// nil when a block is too long for that. `scratch` takes what is unpacked, at its place in the image;
  /// it is all zeros and as large as the image, as a sparse file may be.
  public init?(_ image: XZImage, scratch: any Storage) {
    guard image.longestBlock <= Self.blockLimit else { return nil }
    self.image = image
    self.scratch = scratch
    blocks = image.blocks.map { Block($0.target) }
  }

  public func read(at place: ByteCount, into buffer: UnsafeMutableRawBufferPointer)
    throws(StorageError)
  {
    try checkEdges("read", at: place, count: buffer.count, of: image.name)
    guard buffer.count > 0 else { return }
    let end = place + ByteCount(buffer.count)
    for number in image.block(at: place.bytes)...image.block(at: end.bytes - 1) {
      let isNew = blocks[number].progress.withLock { progress in
        defer { progress.isBegun = true }
        return !progress.isBegun
      }
      while try unpack(number, upTo: end) {}
      if isNew { beginRest(number) }
    }
    try scratch.read(at: place, into: buffer)
  }

  public func write(at place: ByteCount, from buffer: UnsafeRawBufferPointer) throws(StorageError) {
    throw StorageError(operation: "write", subject: image.name, reason: "it is packed")
  }

  /// Waits until every block that something was read of is unpacked to its end. Throws when the check
  /// of one of them is wrong.
  public func prove() throws(StorageError) {
    rests.wait()
    for block in blocks {
      if let failure = block.progress.withLock({ $0.failure }) { throw failure }
    }
  }

  /// Does something with the content, whose result counts once the blocks that it came from are proven.
  /// A damaged block is told before whatever else came of it.
  public func proven<Result>(_ body: () throws -> Result) throws -> Result {
    let result = Swift.Result { try body() }
    try prove()
    return try result.get()
  }

  /// Unpacks what is behind the part that was read, beside the reader; before it goes on when there is
  /// much of that already.
  private func beginRest(_ number: Int) {
    guard !blocks[number].progress.withLock({ $0.isProven }) else { return }
    let isFull = open.withLock { open in
      if open == Self.openLimit { return true }
      open += 1
      return false
    }
    if isFull { return unpackRest(number) }
    queue.async(group: rests) {
      self.unpackRest(number)
      self.open.withLock { $0 -= 1 }
    }
  }

  /// What is wrong is kept for whoever reads or proves.
  private func unpackRest(_ number: Int) {
    do throws(StorageError) { while try unpack(number, upTo: size) {} } catch {}
  }

  /// Unpacks the next piece of a block that is not unpacked up to `end`; false when it is.
  private func unpack(_ number: Int, upTo end: ByteCount) throws(StorageError) -> Bool {
    guard try isWanted(number, upTo: end) else { return false }
    try blocks[number].decoder.withLock { (decoder) throws(StorageError) in
      guard try isWanted(number, upTo: end) else { return }
      do throws(ArchiveError) {
        try unpackPiece(number, &decoder)
      } catch {
        let failure = StorageError(
          operation: error.operation, subject: error.subject, reason: error.reason,
          code: error.operation == "read" ? error.code : nil)
        blocks[number].progress.withLock { $0.failure = failure }
        decoder = nil
        throw failure
      }
    }
    return true
  }

  /// Whether a block has to be unpacked further. Behind its last byte stands its check.
  private func isWanted(_ number: Int, upTo end: ByteCount) throws(StorageError) -> Bool {
    let progress = blocks[number].progress.withLock { $0 }
    if let failure = progress.failure { throw failure }
    let last = image.blocks[number].target + image.blocks[number].size
    return !progress.isProven && (progress.reached < end || progress.reached == last)
  }

  private func unpackPiece(_ number: Int, _ decoder: inout BlockDecoder?) throws(ArchiveError) {
    let output = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.piece, alignment: 4096)
    defer { output.deallocate() }
    if decoder == nil {
      decoder = try BlockDecoder(image.blocks[number], of: image, isProven: false)
    }
    let count = try decoder?.next(into: output) ?? 0
    if count == 0 { decoder = nil }
    let bytes = UnsafeRawBufferPointer(rebasing: output[0..<count])
    if !bytes.isZero {
      do {
        let place = blocks[number].progress.withLock { $0.reached }
        try scratch.write(at: place, from: bytes)
      } catch {
        throw ArchiveError(
          operation: "unpack", subject: image.name, reason: error.description, code: error.code)
      }
    }
    blocks[number].progress.withLock { progress in
      progress.reached += ByteCount(count)
      progress.isProven = count == 0
    }
  }
}

extension XZImage {
  /// The longest block's content.
  public var longestBlock: ByteCount { blocks.map(\.size).max() ?? .zero }

  /// The block that holds the byte at `place`, which must lie inside the image.
  func block(at place: UInt64) -> Int {
    var low = 0
    var high = blocks.count
    while low < high {
      let middle = (low + high) / 2
      if (blocks[middle].target + blocks[middle].size).bytes <= place {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }
}
