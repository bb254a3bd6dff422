internal import SugarModel

/// The bytes of one volume, with the storage's complaints turned into ours.
struct VolumeBytes: Sendable {
  let storage: any Storage

  func read(at place: UInt64, count: Int) throws(FATFault) -> [UInt8] {
    do throws(StorageError) {
      return try storage.bytes(at: ByteCount(place), count: count)
    } catch { throw FATFault(error) }
  }

  func write(_ bytes: ArraySlice<UInt8>, at place: UInt64) throws(FATFault) {
    var failure: StorageError?
    bytes.withUnsafeBytes { buffer in
      do throws(StorageError) {
        try storage.write(at: ByteCount(place), from: buffer)
      } catch { failure = error }
    }
    if let failure { throw FATFault(failure) }
  }
}

/// Little-endian numbers out of bytes from outside: inside the array or an error, never a trap.
extension Array where Element == UInt8 {
  func number8(at offset: Int) throws(FATFault) -> UInt8 {
    guard offset >= 0, offset < count else { throw FATFault("a structure is cut short") }
    return self[offset]
  }

  func number16(at offset: Int) throws(FATFault) -> UInt16 {
    guard offset >= 0, offset <= count - 2 else { throw FATFault("a structure is cut short") }
    return UInt16(self[offset]) | UInt16(self[offset + 1]) << 8
  }

  func number32(at offset: Int) throws(FATFault) -> UInt32 {
    let low = try number16(at: offset)
    let high = try number16(at: offset + 2)
    return UInt32(low) | UInt32(high) << 16
  }

  /// Puts a number at a place that is known to be inside.
  mutating func put16(_ value: UInt16, at offset: Int) {
    self[offset] = UInt8(truncatingIfNeeded: value)
    self[offset + 1] = UInt8(truncatingIfNeeded: value >> 8)
  }

  mutating func put32(_ value: UInt32, at offset: Int) {
    put16(UInt16(truncatingIfNeeded: value), at: offset)
    put16(UInt16(truncatingIfNeeded: value >> 16), at: offset + 2)
  }
}
