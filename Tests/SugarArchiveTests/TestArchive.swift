import Foundation
import SugarArchive
import SugarModel
import SugarTestSupport
import Synchronization
import Testing

/// Bytes like those of an image: text, noise and long runs of zeros.
func imageBytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
  var random = SeededGenerator(seed: seed)
  return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
    var index = 0
    while index < count {
      let kind = random.next() % 3
      let end = min(count, index + Int(random.next() % 60_000))
      while index < end {
        buffer[index] =
          switch kind {
          case 0: 0
          case 1: UInt8(truncatingIfNeeded: index / 3)
          default: UInt8(truncatingIfNeeded: random.next())
          }
        index += 1
      }
    }
    filled = count
  }
}

/// A file and what programs make of it.
struct TestArchive {
  let folder: TemporaryDirectory
  let original: [UInt8]

  init(_ original: [UInt8]) throws {
    folder = try TemporaryDirectory()
    self.original = original
    try Data(original).write(to: URL(fileURLWithPath: folder.path("image.img")))
  }

  /// The output of a program that is given the file last.
  func packed(_ program: String, _ arguments: [String]) throws -> [UInt8] {
    try Tool(program).check(arguments + [folder.path("image.img")]).output
  }

  func path(of bytes: [UInt8]) throws -> String {
    let path = folder.path("packed")
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }
}

/// Takes decoded pieces from several threads, and knows whether each byte came once.
///
/// A class: its closure is called from other threads.
final class Sink: Sendable {
  private struct State {
    var bytes: [UInt8]
    var received = 0
    var isBeyond = false
  }
  private let state: Mutex<State>

  init(_ count: Int) { state = Mutex(State(bytes: [UInt8](repeating: 0xee, count: count))) }

  func take(_ place: ByteCount, _ piece: UnsafeRawBufferPointer) {
    state.withLock { state in
      let start = Int(clamping: place.bytes)
      guard start + piece.count <= state.bytes.count else {
        state.isBeyond = true
        return
      }
      state.bytes.withUnsafeMutableBytes {
        UnsafeMutableRawBufferPointer(rebasing: $0[start..<(start + piece.count)])
          .copyMemory(from: piece)
      }
      state.received += piece.count
    }
  }

  /// Whether every byte came, exactly once, and all are those of `original`.
  func holds(_ original: [UInt8]) -> Bool {
    state.withLock {
      !$0.isBeyond && $0.received == original.count && Data($0.bytes) == Data(original)
    }
  }
}

/// Decodes all of an `.xz` file; nil when that throws, as it may only with an ArchiveError.
func decodeXZ(_ bytes: [UInt8], workers: Int, into sink: Sink) throws {
  let image = try XZImage(MemoryStorage(bytes), name: "image.xz")
  try image.decode(workers: workers) { sink.take($0, $1) }
}

func read(archive path: String, into sink: Sink) throws -> ByteCount {
  try ArchiveReader.open(path).read(path) { sink.take($0, $1) }
}
