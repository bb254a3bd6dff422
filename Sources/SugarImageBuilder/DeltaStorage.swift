import SugarHost
import SugarModel

/// A node's image as its base and its delta show it together, to be read and never written.
struct DeltaStorage: Storage {
  let base: any Storage
  let delta: DeltaFile
  /// For each extent, where its first block stands in the delta file.
  private let places: [UInt64]

  var size: ByteCount { delta.header.imageSize }

  init(base: any Storage, delta: DeltaFile) {
    self.base = base
    self.delta = delta
    var place = delta.blocksPlace.bytes
    places = delta.extents.map { extent in
      defer { if !extent.isZero { place += UInt64(extent.count) * UInt64(DeltaFile.blockSize) } }
      return place
    }
  }

  func read(at place: ByteCount, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) {
    try checkEdges("read", at: place, count: buffer.count, of: "image")
    var done = 0
    while done < buffer.count {
      let at = place.bytes + UInt64(done)
      let (source, length) = piece(at: at, count: buffer.count - done)
      let part = UnsafeMutableRawBufferPointer(rebasing: buffer[done..<(done + length)])
      switch source {
      case .base: try base.read(at: ByteCount(at), into: part)
      case .zeros: part.initializeMemory(as: UInt8.self, repeating: 0)
      case .delta(let place): try delta.file.read(at: ByteCount(place), into: part)
      }
      done += length
    }
  }

  func write(at place: ByteCount, from buffer: UnsafeRawBufferPointer) throws(StorageError) {
    throw StorageError(operation: "write", subject: "image", reason: "it is read-only")
  }

  private enum Source {
    case base, zeros
    case delta(UInt64)
  }

  /// Where the bytes at `place` come from, and how many of them from there.
  private func piece(at place: UInt64, count: Int) -> (Source, Int) {
    let size = UInt64(DeltaFile.blockSize)
    let extents = delta.extents
    var low = 0
    var high = extents.count
    while low < high {
      let middle = (low + high) / 2
      if (extents[middle].start + UInt64(extents[middle].count)) * size <= place {
        low = middle + 1
      } else {
        high = middle
      }
    }
    guard low < extents.count else { return (.base, count) }
    let start = extents[low].start * size
    guard start <= place else { return (.base, Int(min(UInt64(count), start - place))) }
    let end = start + UInt64(extents[low].count) * size
    let length = Int(min(UInt64(count), end - place))
    return (extents[low].isZero ? .zeros : .delta(places[low] + (place - start)), length)
  }
}
