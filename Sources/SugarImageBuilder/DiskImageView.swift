import SugarHost
import SugarModel
import SugarPartition

/// The image that was written to a disk, as it was built: the part of the disk that the image has,
/// and the table without what `flash` changed in it.
///
/// `flash` gives the root partition its size on the disk (row 2) and puts partitions that stayed into
/// rows 3 and 4, which an image leaves free.
struct DiskImageView: Storage {
  private let disk: any Storage
  private let sector: [UInt8]
  let size: ByteCount

  /// - Parameters:
  ///   - size: of the image.
  ///   - rootSize: of the root partition in the image; nil when it ends where the image does.
  init(_ disk: any Storage, size: ByteCount, rootSize: ByteCount?, name: String) throws {
    guard disk.size >= size else {
      throw BuildError(
        .data, "cannot verify '\(name)': it has \(disk.size), and the image \(size)")
    }
    self.disk = disk
    self.size = size
    let bytes = WorkingBytes(try disk.bytes(at: .zero, count: 512))
    if let table = try? MasterBootRecord(disk, name: name),
      let root = table.entries.first(where: { $0.number == 2 }), root.start < size
    {
      try MasterBootRecord.resize(partition: 2, to: rootSize ?? size - root.start, of: bytes)
      try bytes.write([UInt8](repeating: 0, count: 32), at: ByteCount(446 + 32))
    }
    sector = bytes.content
  }

  func read(at place: ByteCount, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) {
    try checkEdges("read", at: place, count: buffer.count, of: "image")
    try disk.read(at: place, into: buffer)
    guard place.bytes < UInt64(sector.count) else { return }
    let start = Int(place.bytes)
    let end = min(sector.count, start + buffer.count)
    buffer.copyBytes(from: sector[start..<end])
  }

  func write(at place: ByteCount, from buffer: UnsafeRawBufferPointer) throws(StorageError) {
    throw StorageError(operation: "write", subject: "image", reason: "it is read-only")
  }
}
