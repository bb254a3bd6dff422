import SugarFlashPlan
import SugarImageBuilder
import SugarModel

extension Flasher {
  func clear() throws(FlashError) {
    progress(.phase("clearing"))
    try attempt(.begun) { () throws(StorageError) in
      for range in plan.clears { try zero(range) }
      try device.flush()
    }
  }

  /// Zeros that are read back: the device's own way first, then written.
  private func zero(_ range: Range<UInt64>) throws(StorageError) {
    try device.zero(range)
    let buffer = AlignedBuffer(1 << 20)
    var place = range.lowerBound
    while place < range.upperBound {
      let piece = buffer.prefix(Int(min(UInt64(buffer.bytes.count), range.upperBound - place)))
      try device.read(at: ByteCount(place), into: piece)
      if !piece.isAllZero {
        piece.initializeMemory(as: UInt8.self, repeating: 0)
        try device.write(at: ByteCount(place), from: UnsafeRawBufferPointer(piece))
      }
      place += UInt64(piece.count)
    }
  }

  /// Where the node will make partitions. Old bytes there would make it refuse the disk, and to write
  /// zeros over all of it can take hours: so it is looked at first, then given back to the device, and
  /// written only where that did not help.
  func clear(room: Range<UInt64>) throws(FlashError) {
    guard try !looksBlank(room) else { return }
    device.discard(room)
    try attempt(.begun) { () throws(StorageError) in try device.flush() }
    guard try !looksBlank(room) else { return }
    let total = ByteCount(room.count)
    var place = room.lowerBound
    while place < room.upperBound {
      let end = min(place + (64 << 20), room.upperBound)
      try attempt(.begun) { () throws(StorageError) in try device.zero(place..<end) }
      place = end
      progress(.cleared(ByteCount(place - room.lowerBound), of: total))
    }
    try attempt(.begun) { () throws(StorageError) in try device.flush() }
    guard try looksBlank(room) else {
      throw FlashError.untrue(disk, ByteCount(room.lowerBound))
    }
  }

  private func looksBlank(_ room: Range<UInt64>) throws(FlashError) -> Bool {
    progress(.phase("looking at the room behind the root"))
    var isBlank = false
    try attempt(.begun) { () throws(StorageError) in isBlank = try device.looksBlank(room) }
    return isBlank
  }
}
