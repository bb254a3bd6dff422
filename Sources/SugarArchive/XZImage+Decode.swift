import CLzma
import Dispatch
public import SugarModel
import Synchronization

extension XZImage {
  /// Decodes all blocks, as many at a time as `workers`, and hands their content to `sink` piece by
  /// piece.
  ///
  /// `sink` is called from several threads at once, each time with another range of the image. Each
  /// block's check is verified by liblzma. Memory: per worker a dictionary (as large as the file
  /// asks, usually 1–8 MiB) and 2 MiB.
  ///
  /// - Parameter isProven: set when the file's own digest is compared with a pinned one, which is the
  ///   stronger proof: the blocks' checks are left out then, a tenth of the work.
  public func decode(
    workers: Int, isProven: Bool = false,
    into sink:
      @Sendable (_ place: ByteCount, _ bytes: UnsafeRawBufferPointer) throws(StorageError) -> Void
  ) throws(ArchiveError) {
    let next = Mutex(0)
    let failure = Mutex<ArchiveError?>(nil)
    DispatchQueue.concurrentPerform(iterations: max(1, min(workers, blocks.count))) { _ in
      while failure.withLock({ $0 == nil }) {
        let number = next.withLock { number in
          defer { number += 1 }
          return number
        }
        guard number < blocks.count else { return }
        do throws(ArchiveError) {
          try decode(blocks[number], isProven, into: sink)
        } catch {
          failure.withLock { $0 = $0 ?? error }
        }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  /// One block, a mebibyte at a time. (lzma_block_header_decode, lzma_block_decoder, lzma/block.h)
  private func decode(
    _ block: Block, _ isProven: Bool,
    into sink: (ByteCount, UnsafeRawBufferPointer) throws(StorageError) -> Void
  ) throws(ArchiveError) {
    let filters = UnsafeMutablePointer<lzma_filter>.allocate(capacity: Int(LZMA_FILTERS_MAX) + 1)
    filters.initialize(repeating: lzma_filter(), count: Int(LZMA_FILTERS_MAX) + 1)
    filters[0].id = lzma_vli(UInt64.max)
    defer {
      lzma_filters_free(filters, nil)
      filters.deallocate()
    }
    var description = try header(of: block, filters)
    description.ignore_check = isProven ? 1 : 0
    var stream = lzma_stream()
    try Self.check(lzma_block_decoder(&stream, &description), "unpack", name)
    defer { lzma_end(&stream) }
    try pump(
      &stream, block, from: block.place + ByteCount(UInt64(description.header_size)), into: sink)
  }

  private func header(
    of block: Block, _ filters: UnsafeMutablePointer<lzma_filter>
  ) throws(ArchiveError) -> lzma_block {
    var first: UInt8 = 0
    try withUnsafeMutableBytes(of: &first) { (byte) throws(ArchiveError) in
      try Self.read(file, name, at: block.place.bytes, into: byte)
    }
    guard first != 0 else {
      throw ArchiveError(operation: "unpack", subject: name, reason: "its index points at no block")
    }
    let size = (Int(first) + 1) * 4
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
    defer { bytes.deallocate() }
    try Self.read(file, name, at: block.place.bytes, into: bytes)
    var description = lzma_block()
    description.version = 1
    description.check = block.check
    description.filters = filters
    description.header_size = UInt32(size)
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    try Self.check(lzma_block_header_decode(&description, nil, start), "unpack", name)
    try Self.check(lzma_block_compressed_size(&description, block.unpaddedSize), "unpack", name)
    return description
  }

  private func pump(
    _ stream: inout lzma_stream, _ block: Block, from start: ByteCount,
    into sink: (ByteCount, UnsafeRawBufferPointer) throws(StorageError) -> Void
  ) throws(ArchiveError) {
    let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 4096)
    let output = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
    defer {
      input.deallocate()
      output.deallocate()
    }
    // Blocks are padded to four bytes, and the padding belongs to what the decoder reads.
    let end = block.place.bytes + (block.unpaddedSize + 3) / 4 * 4
    var place = start.bytes
    var done = ByteCount.zero
    var code = LZMA_OK
    while code != LZMA_STREAM_END {
      stream.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
      stream.avail_out = output.count
      while stream.avail_out > 0, code != LZMA_STREAM_END {
        if stream.avail_in == 0 {
          let count = Int(min(UInt64(input.count), end - min(place, end)))
          try Self.read(
            file, name, at: place, into: UnsafeMutableRawBufferPointer(rebasing: input[0..<count]))
          stream.next_in = UnsafePointer(input.baseAddress?.assumingMemoryBound(to: UInt8.self))
          stream.avail_in = count
          place += UInt64(count)
        }
        code = lzma_code(&stream, LZMA_RUN)
        try Self.check(code, "unpack", name)
      }
      let count = output.count - stream.avail_out
      do {
        try sink(block.target + done, UnsafeRawBufferPointer(rebasing: output[0..<count]))
      } catch {
        throw ArchiveError(
          operation: "unpack", subject: name, reason: error.description, code: error.code)
      }
      done += ByteCount(count)
    }
    guard done == block.size else {
      throw ArchiveError(
        operation: "unpack", subject: name, reason: "a block is not as long as the index says")
    }
  }

  /// The release of liblzma that does the work.
  public static var libraryVersion: String { String(cString: lzma_version_string()) }
}
