import SugarModel
import Synchronization

/// A disk of which the first bytes are the fuzzer's and all others zeros, so that a small input is a
/// large volume. Writes are kept apart, in memory.
final class FuzzStorage: Storage {
  private static let pageSize = 4096
  private let input: [UInt8]
  private let pages = Mutex<[UInt64: [UInt8]]>([:])
  let size: ByteCount

  /// - Parameter size: nil for no more than the input.
  init(_ input: [UInt8], size: ByteCount? = nil) {
    self.input = input
    self.size = size ?? ByteCount(input.count)
  }

  var wasWritten: Bool { pages.withLock { !$0.isEmpty } }

  /// Throws when a reader wrote.
  func expectUnwritten() throws {
    guard !wasWritten else { throw FuzzFinding(description: "a reader wrote") }
  }

  func read(at place: ByteCount, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) {
    try checkEdges("read", at: place, count: buffer.count, of: "input")
    pages.withLock { pages in
      var done = 0
      while done < buffer.count {
        let at = place.bytes + UInt64(done)
        let (number, offset) = (at / UInt64(Self.pageSize), Int(at % UInt64(Self.pageSize)))
        let count = min(buffer.count - done, Self.pageSize - offset)
        let target = UnsafeMutableRawBufferPointer(rebasing: buffer[done..<(done + count)])
        if let page = pages[number] {
          target.copyBytes(from: page[offset..<(offset + count)])
        } else {
          copy(from: at, to: target)
        }
        done += count
      }
    }
  }

  private func copy(from place: UInt64, to target: UnsafeMutableRawBufferPointer) {
    let start = min(Int(clamping: place), input.count)
    let held = min(target.count, input.count - start)
    target.copyBytes(from: input[start..<(start + held)])
    for index in held..<target.count { target[index] = 0 }
  }

  func write(at place: ByteCount, from buffer: UnsafeRawBufferPointer) throws(StorageError) {
    try checkEdges("write", at: place, count: buffer.count, of: "input")
    pages.withLock { pages in
      for index in 0..<buffer.count {
        let at = place.bytes + UInt64(index)
        let number = at / UInt64(Self.pageSize)
        if pages[number] == nil {
          var page = [UInt8](repeating: 0, count: Self.pageSize)
          page.withUnsafeMutableBytes { copy(from: number * UInt64(Self.pageSize), to: $0) }
          pages[number] = page
        }
        pages[number]?[Int(at % UInt64(Self.pageSize))] = buffer[index]
      }
    }
  }
}
