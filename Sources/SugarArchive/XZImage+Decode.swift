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

  /// One block, a mebibyte at a time.
  func decode(
    _ block: Block, _ isProven: Bool,
    into sink: (ByteCount, UnsafeRawBufferPointer) throws(StorageError) -> Void
  ) throws(ArchiveError) {
    let decoder = try BlockDecoder(block, of: self, isProven: isProven)
    let output = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
    defer { output.deallocate() }
    var place = block.target
    while true {
      let count = try decoder.next(into: output)
      guard count > 0 else { return }
      do {
        try sink(place, UnsafeRawBufferPointer(rebasing: output[0..<count]))
      } catch {
        throw ArchiveError(
          operation: "unpack", subject: name, reason: error.description, code: error.code)
      }
      place += ByteCount(count)
    }
  }

  /// The release of liblzma that does the work.
  public static var libraryVersion: String { String(cString: lzma_version_string()) }
}
