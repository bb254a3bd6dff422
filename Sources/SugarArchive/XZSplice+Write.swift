import CLzma
public import SugarModel
import Synchronization

extension XZSplice {
  /// What has been written so far.
  private struct Progress: Sendable {
    var place = ByteCount.zero
    var records: [(unpadded: UInt64, size: UInt64)] = []
  }

  /// Writes the packed image to `output`, from its start on.
  ///
  /// - Parameters:
  ///   - image: what is packed; asked for by several threads at once.
  ///   - name: the new file, for messages.
  ///   - memory: knows blocks of earlier images; nil makes all of them.
  ///   - progress: told how many bytes of the image are done, more each time.
  public func write(
    _ image: any Storage, to output: any Storage, name: String, workers: Int,
    memory: (any BlockMemory)? = nil, progress: @Sendable (ByteCount) -> Void
  ) throws(ArchiveError) {
    let maker = XZBlockMaker(check: check, name: name)
    let zeros = Mutex<[Int: MadeBlock]>([:])
    let header = try Self.flags(check, name, backwardSize: nil)
    let written = Mutex(Progress(place: ByteCount(header.count)))
    try Self.put(header, at: .zero, of: output)
    try InOrder.run(
      pieces.count, workers: workers,
      make: { (number) throws(ArchiveError) -> MadeBlock? in
        guard case .made(let range) = pieces[number] else { return nil }
        if let block = memory?.block(of: range) { return block }
        let block = try Self.make(range, of: image, maker, zeros)
        memory?.keep(block, of: range)
        return block
      },
      take: { (number, made) throws(ArchiveError) in
        let place = written.withLock { $0.place }
        let record: (unpadded: UInt64, size: UInt64)
        let end: ByteCount
        switch pieces[number] {
        case .kept(let block):
          (record, end) = try copy(block, to: output, at: place)
        case .made(let range):
          guard let made else { return }
          try Self.put(made.bytes, at: place, of: output)
          record = (made.unpaddedSize, UInt64(range.count))
          end = place + ByteCount(made.bytes.count)
        }
        written.withLock {
          $0.records.append(record)
          $0.place = end
        }
        progress(ByteCount(record.size))
      })
    let (records, place) = written.withLock { ($0.records, $0.place) }
    try Self.put(Self.end(records, check, name), at: place, of: output)
  }

  /// Blocks of zeros, of which a grown image has many, are packed once.
  private static func make(
    _ range: Range<UInt64>, of image: any Storage, _ maker: XZBlockMaker,
    _ zeros: borrowing Mutex<[Int: MadeBlock]>
  ) throws(ArchiveError) -> MadeBlock {
    try image.withContent(of: range) { (content) throws(ArchiveError) in
      guard content.isZero else { return try maker.block(of: content) }
      if let made = zeros.withLock({ $0[content.count] }) { return made }
      let made = try maker.block(of: content)
      zeros.withLock { $0[content.count] = made }
      return made
    }
  }

  /// Copies a block with its padding.
  private func copy(
    _ number: Int, to output: any Storage, at place: ByteCount
  ) throws(ArchiveError) -> (record: (unpadded: UInt64, size: UInt64), end: ByteCount) {
    guard let base else { preconditionFailure("only a base has blocks to keep") }
    let block = base.blocks[number]
    let count = (block.unpaddedSize + 3) / 4 * 4
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Int(min(count, 1 << 20)), alignment: 4096)
    defer { buffer.deallocate() }
    var done: UInt64 = 0
    while done < count {
      let piece = UnsafeMutableRawBufferPointer(
        rebasing: buffer[0..<Int(min(UInt64(buffer.count), count - done))])
      try XZImage.read(base.file, base.name, at: block.place.bytes + done, into: piece)
      try Self.put(UnsafeRawBufferPointer(piece), at: place + ByteCount(done), of: output)
      done += UInt64(piece.count)
    }
    return ((block.unpaddedSize, block.size.bytes), place + ByteCount(count))
  }

  /// The index of all blocks, and the footer that points at it. (lzma_index_buffer_encode, lzma/index.h)
  private static func end(
    _ records: [(unpadded: UInt64, size: UInt64)], _ check: lzma_check, _ name: String
  ) throws(ArchiveError) -> [UInt8] {
    guard let index = lzma_index_init(nil) else {
      throw ArchiveError(operation: "pack", subject: name, reason: "there is not enough memory")
    }
    defer { lzma_index_end(index, nil) }
    for record in records {
      try XZImage.check(
        lzma_index_append(index, nil, record.unpadded, record.size), "pack", name)
    }
    let size = lzma_index_size(index)
    var code = LZMA_OK
    let bytes = [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
      code = lzma_index_buffer_encode(index, buffer.baseAddress, &count, Int(size))
    }
    try XZImage.check(code, "pack", name)
    return bytes + (try flags(check, name, backwardSize: size))
  }

  /// The twelve bytes before the first block, or those behind the index.
  private static func flags(
    _ check: lzma_check, _ name: String, backwardSize: UInt64?
  ) throws(ArchiveError) -> [UInt8] {
    var flags = lzma_stream_flags()
    flags.version = 0
    flags.check = check
    var bytes = [UInt8](repeating: 0, count: 12)
    if let backwardSize {
      flags.backward_size = backwardSize
      try XZImage.check(lzma_stream_footer_encode(&flags, &bytes), "pack", name)
    } else {
      try XZImage.check(lzma_stream_header_encode(&flags, &bytes), "pack", name)
    }
    return bytes
  }

  private static func put(
    _ bytes: [UInt8], at place: ByteCount, of output: any Storage
  ) throws(ArchiveError) {
    do throws(StorageError) {
      try output.write(bytes, at: place)
    } catch {
      throw ArchiveError(storage: error)
    }
  }

  private static func put(
    _ bytes: UnsafeRawBufferPointer, at place: ByteCount, of output: any Storage
  ) throws(ArchiveError) {
    do throws(StorageError) {
      try output.write(at: place, from: bytes)
    } catch {
      throw ArchiveError(storage: error)
    }
  }
}
