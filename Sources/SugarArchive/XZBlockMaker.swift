import CLzma
import SugarModel

#if canImport(Glibc)
  import Glibc
#endif

/// A block of an `.xz` file that was made here, with all that the index wants to know of it.
public struct MadeBlock: Hashable, Sendable {
  /// Header, LZMA2 data, padding and check.
  public var bytes: [UInt8]
  public var unpaddedSize: UInt64

  public init(bytes: [UInt8], unpaddedSize: UInt64) {
    self.bytes = bytes
    self.unpaddedSize = unpaddedSize
  }
}

/// Remembers blocks that were made, for the next image with the same content. Asked by several threads at
/// once.
public protocol BlockMemory: Sendable {
  /// The block of that part of the image, if it was made before.
  func block(of range: Range<UInt64>) -> MadeBlock?
  func keep(_ block: MadeBlock, of range: Range<UInt64>)
}

/// Makes blocks of `.xz` files. (lzma_block_buffer_encode, lzma/block.h)
///
/// The header of each block says both of its sizes, which lets `xz -T0` unpack on all cores. The same
/// bytes give the same block, as long as liblzma's encoder is the same.
struct XZBlockMaker: Sendable {
  /// As in `xz -0`: seven times as fast as its usual 6, and what it makes is an eighth larger.
  static let preset: UInt32 = 0
  let check: lzma_check
  let name: String

  func block(of content: UnsafeRawBufferPointer) throws(ArchiveError) -> MadeBlock {
    var options = lzma_options_lzma()
    guard lzma_lzma_preset(&options, Self.preset) == 0 else {
      throw ArchiveError(
        operation: "pack", subject: name, reason: "liblzma does not know the preset \(Self.preset)")
    }
    return try withUnsafeMutablePointer(to: &options) { (options) throws(ArchiveError) in
      var filters = (lzma_filter(), lzma_filter())
      filters.0.id = lzma_vli(0x21)  // LZMA_FILTER_LZMA2, whose macro Swift does not see
      filters.0.options = UnsafeMutableRawPointer(options)
      filters.1.id = lzma_vli(UInt64.max)
      return try withUnsafeMutableBytes(of: &filters) { (filters) throws(ArchiveError) in
        try block(of: content, filters.baseAddress?.assumingMemoryBound(to: lzma_filter.self))
      }
    }
  }

  private func block(
    of content: UnsafeRawBufferPointer, _ filters: UnsafeMutablePointer<lzma_filter>?
  ) throws(ArchiveError) -> MadeBlock {
    var description = lzma_block()
    description.version = 1
    description.check = check
    description.filters = filters
    let room = lzma_block_buffer_bound(content.count)
    var code = LZMA_OK
    let bytes = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
      code = lzma_block_buffer_encode(
        &description, nil, content.baseAddress?.assumingMemoryBound(to: UInt8.self), content.count,
        buffer.baseAddress, &count, room)
    }
    try XZImage.check(code, "pack", name)
    return MadeBlock(bytes: bytes, unpaddedSize: lzma_block_unpadded_size(&description))
  }
}

extension UnsafeRawBufferPointer {
  /// Compares the buffer with itself moved by one byte: equal and the first byte zero means all are
  /// zero.
  var isZero: Bool {
    guard let start = baseAddress, count > 0 else { return true }
    return self[0] == 0 && memcmp(start, start + 1, count - 1) == 0
  }
}
