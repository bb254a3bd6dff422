import CLzma
public import SugarModel

/// An `.xz` file and the index of its blocks, which can be decoded each on its own.
///
///     stream:  header | block | block | … | index | footer     (The .xz File Format, section 1)
///
/// Files made with `xz -T0` have a block every 24 MiB or so; a file of one block works too, on one
/// core.
public struct XZImage: Sendable {
  struct Block: Sendable {
    /// Where the block's header stands in the file.
    var place: ByteCount
    /// Bytes from the header to the end of the check, without padding.
    var unpaddedSize: UInt64
    /// Where its content belongs in the unpacked image.
    var target: ByteCount
    var size: ByteCount
    var check: lzma_check
  }

  let file: any Storage
  let name: String
  let blocks: [Block]
  /// The size of the unpacked image.
  public let size: ByteCount

  public var blockCount: Int { blocks.count }

  /// Reads the index; throws when the file is cut short, damaged, or no `.xz` file.
  public init(_ file: any Storage, name: String) throws(ArchiveError) {
    self.file = file
    self.name = name
    let index = try Self.readIndex(file, name)
    defer { lzma_index_end(index, nil) }
    size = ByteCount(lzma_index_uncompressed_size(index))
    var blocks: [Block] = []
    var iterator = lzma_index_iter()
    lzma_index_iter_init(&iterator, index)
    while lzma_index_iter_next(&iterator, LZMA_INDEX_ITER_BLOCK) == 0 {
      blocks.append(
        Block(
          place: ByteCount(iterator.block.compressed_file_offset),
          unpaddedSize: iterator.block.unpadded_size,
          target: ByteCount(iterator.block.uncompressed_file_offset),
          size: ByteCount(iterator.block.uncompressed_size),
          check: iterator.stream.flags.pointee.check))
    }
    self.blocks = blocks
  }

  /// liblzma walks from the footer to the index and asks us to seek. (lzma_file_info_decoder,
  /// lzma/index.h)
  private static func readIndex(
    _ file: any Storage, _ name: String
  ) throws(ArchiveError) -> OpaquePointer {
    var stream = lzma_stream()
    var index: OpaquePointer?
    let memoryLimit: UInt64 = 64 << 20
    try check(
      lzma_file_info_decoder(&stream, &index, memoryLimit, file.size.bytes), "read the index of",
      name)
    defer { lzma_end(&stream) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { buffer.deallocate() }
    var place: UInt64 = 0
    while true {
      if stream.avail_in == 0 {
        let count = Int(min(UInt64(buffer.count), file.size.bytes - min(place, file.size.bytes)))
        try read(
          file, name, at: place, into: UnsafeMutableRawBufferPointer(rebasing: buffer[0..<count]))
        stream.next_in = UnsafePointer(buffer.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.avail_in = count
        place += UInt64(count)
      }
      let atEnd = place >= file.size.bytes
      let code = lzma_code(&stream, atEnd && stream.avail_in == 0 ? LZMA_FINISH : LZMA_RUN)
      if code == LZMA_STREAM_END, let index { return index }
      if code == LZMA_SEEK_NEEDED {
        place = stream.seek_pos
        stream.avail_in = 0
      } else {
        try check(code, "read the index of", name)
      }
    }
  }

  static func read(
    _ file: any Storage, _ name: String, at place: UInt64,
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(ArchiveError) {
    do {
      try file.read(at: ByteCount(place), into: buffer)
    } catch {
      throw ArchiveError(operation: "read", subject: name, reason: error.reason, code: error.code)
    }
  }

  /// Throws liblzma's result in words unless it is a good one. (lzma/base.h)
  static func check(_ code: lzma_ret, _ operation: String, _ name: String) throws(ArchiveError) {
    let reason: String
    switch code {
    case LZMA_OK, LZMA_STREAM_END: return
    case LZMA_FORMAT_ERROR: reason = "it is not an .xz file, or it is cut short"
    case LZMA_DATA_ERROR: reason = "it is damaged or cut short"
    case LZMA_BUF_ERROR: reason = "it is cut short"
    case LZMA_OPTIONS_ERROR: reason = "it uses options that liblzma does not know"
    case LZMA_MEM_ERROR: reason = "there is not enough memory"
    case LZMA_MEMLIMIT_ERROR: reason = "it asks for more memory than is allowed"
    default: reason = "liblzma gave result \(code.rawValue)"
    }
    throw ArchiveError(
      operation: operation, subject: name, reason: reason, code: Int32(code.rawValue))
  }
}
