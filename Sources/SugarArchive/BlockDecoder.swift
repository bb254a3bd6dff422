import CLzma
import SugarModel

/// One block of an `.xz` file on its way out. (lzma_block_header_decode, lzma_block_decoder, lzma/block.h)
///
/// A class: liblzma keeps the addresses of what it was given until the block's end.
final class BlockDecoder {
  private let file: any Storage
  private let name: String
  private let block: XZImage.Block
  private let filters: UnsafeMutablePointer<lzma_filter>
  private let description: UnsafeMutablePointer<lzma_block>
  private let stream: UnsafeMutablePointer<lzma_stream>
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 4096)
  /// Where the next bytes are read, and where the block with its padding ends.
  private var place: UInt64
  private let end: UInt64
  private var isAtEnd = false
  private var done = ByteCount.zero

  /// - Parameter isProven: leaves the block's check out.
  init(_ block: XZImage.Block, of image: XZImage, isProven: Bool) throws(ArchiveError) {
    (file, name, self.block) = (image.file, image.name, block)
    filters = .allocate(capacity: Int(LZMA_FILTERS_MAX) + 1)
    filters.initialize(repeating: lzma_filter(), count: Int(LZMA_FILTERS_MAX) + 1)
    filters[0].id = lzma_vli(UInt64.max)
    description = .allocate(capacity: 1)
    description.initialize(to: lzma_block())
    stream = .allocate(capacity: 1)
    stream.initialize(to: lzma_stream())
    // Blocks are padded to four bytes, and the padding belongs to what the decoder reads.
    end = block.place.bytes + (block.unpaddedSize + 3) / 4 * 4
    place = end
    try readHeader()
    description.pointee.ignore_check = isProven ? 1 : 0
    place = block.place.bytes + UInt64(description.pointee.header_size)
    try XZImage.check(lzma_block_decoder(stream, description), "unpack", name)
  }

  deinit {
    lzma_end(stream)
    lzma_filters_free(filters, nil)
    stream.deallocate()
    description.deallocate()
    filters.deallocate()
    input.deallocate()
  }

  private func readHeader() throws(ArchiveError) {
    var first: UInt8 = 0
    try withUnsafeMutableBytes(of: &first) { (byte) throws(ArchiveError) in
      try XZImage.read(file, name, at: block.place.bytes, into: byte)
    }
    guard first != 0 else {
      throw ArchiveError(operation: "unpack", subject: name, reason: "its index points at no block")
    }
    let size = (Int(first) + 1) * 4
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
    defer { bytes.deallocate() }
    try XZImage.read(file, name, at: block.place.bytes, into: bytes)
    description.pointee.version = 1
    description.pointee.check = block.check
    description.pointee.filters = filters
    description.pointee.header_size = UInt32(size)
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    try XZImage.check(lzma_block_header_decode(description, nil, start), "unpack", name)
    try XZImage.check(lzma_block_compressed_size(description, block.unpaddedSize), "unpack", name)
  }

  /// Fills `output`, or as much of it as there still is; 0 at the end, which proves the block's check.
  func next(into output: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
    guard !isAtEnd else { return 0 }
    stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = output.count
    while stream.pointee.avail_out > 0, !isAtEnd {
      if stream.pointee.avail_in == 0 {
        let count = Int(min(UInt64(input.count), end - min(place, end)))
        try XZImage.read(
          file, name, at: place, into: UnsafeMutableRawBufferPointer(rebasing: input[0..<count]))
        stream.pointee.next_in = UnsafePointer(
          input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = count
        place += UInt64(count)
      }
      let code = lzma_code(stream, LZMA_RUN)
      try XZImage.check(code, "unpack", name)
      isAtEnd = code == LZMA_STREAM_END
    }
    let count = output.count - stream.pointee.avail_out
    done += ByteCount(count)
    guard !isAtEnd || done == block.size else {
      throw ArchiveError(
        operation: "unpack", subject: name, reason: "a block is not as long as the index says")
    }
    return count
  }
}
