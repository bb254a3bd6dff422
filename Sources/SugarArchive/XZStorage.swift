public import SugarModel
import Synchronization

/// The content of an `.xz` file, to be read at any place: only the blocks that hold what is asked
/// for are unpacked, each whole, so that its check proves it. A class, because it keeps them.
public final class XZStorage: Storage {
  /// The longest block that is unpacked into memory.
  public static let blockLimit = ByteCount.mib(64)

  private struct State {
    /// Unpacked blocks, and their order of use, the last one last.
    var kept: [Int: [UInt8]] = [:]
    var order: [Int] = []
    var decoded: Set<Int> = []
  }
  private let image: XZImage
  private let state = Mutex(State())

  public var size: ByteCount { image.size }
  /// How many different blocks were unpacked so far.
  public var decodedCount: Int { state.withLock { $0.decoded.count } }

  /// nil when a block is too long for memory.
  public init?(_ image: XZImage) {
    guard image.longestBlock <= Self.blockLimit else { return nil }
    self.image = image
  }

  public func read(at place: ByteCount, into buffer: UnsafeMutableRawBufferPointer)
    throws(StorageError)
  {
    try checkEdges("read", at: place, count: buffer.count, of: image.name)
    var done = 0
    while done < buffer.count {
      let at = place.bytes + UInt64(done)
      let number = image.block(at: at)
      let inside = Int(at - image.blocks[number].target.bytes)
      let count = min(buffer.count - done, Int(image.blocks[number].size.bytes) - inside)
      let part = UnsafeMutableRawBufferPointer(rebasing: buffer[done..<(done + count)])
      try withBlock(number) {
        part.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[inside..<(inside + count)]))
      }
      done += count
    }
  }

  public func write(at place: ByteCount, from buffer: UnsafeRawBufferPointer) throws(StorageError) {
    throw StorageError(operation: "write", subject: image.name, reason: "it is packed")
  }

  /// Hands over a block's content, which is unpacked first unless it is at hand.
  private func withBlock(
    _ number: Int, _ body: (UnsafeRawBufferPointer) -> Void
  ) throws(StorageError) {
    try state.withLock { (state) throws(StorageError) in
      if let bytes = state.kept[number] {
        state.order.removeAll { $0 == number }
        state.order.append(number)
        return bytes.withUnsafeBytes(body)
      }
      let bytes = try content(of: number)
      state.decoded.insert(number)
      state.kept[number] = bytes
      state.order.append(number)
      var total = state.kept.values.reduce(0) { $0 + $1.count }
      while total > Self.blockLimit.bytes, state.order.count > 1 {
        total -= state.kept.removeValue(forKey: state.order.removeFirst())?.count ?? 0
      }
      bytes.withUnsafeBytes(body)
    }
  }

  private func content(of number: Int) throws(StorageError) -> [UInt8] {
    let block = image.blocks[number]
    var failure: ArchiveError?
    let bytes = [UInt8](unsafeUninitializedCapacity: Int(block.size.bytes)) { buffer, count in
      do throws(ArchiveError) {
        let decoder = try BlockDecoder(block, of: image, isProven: false)
        let output = UnsafeMutableRawBufferPointer(buffer)
        while count < output.count {
          let more = try decoder.next(
            into: UnsafeMutableRawBufferPointer(rebasing: output[count...]))
          guard more > 0 else { break }
          count += more
        }
        // The check stands behind the last byte.
        let rest = UnsafeMutableRawBufferPointer.allocate(byteCount: 1, alignment: 1)
        defer { rest.deallocate() }
        guard try decoder.next(into: rest) == 0, count == output.count else {
          throw ArchiveError(
            operation: "unpack", subject: image.name,
            reason: "a block is not as long as the index says")
        }
      } catch {
        failure = error
      }
    }
    if let failure {
      throw StorageError(
        operation: failure.operation, subject: failure.subject, reason: failure.reason,
        code: failure.operation == "read" ? failure.code : nil)
    }
    return bytes
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
