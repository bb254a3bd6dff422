public import Foundation

/// A new directory that goes, with all that is in it, when its owner does, or this process.
///
/// A class, because a noncopyable struct could not be held by a suite whose `init` throws.
public final class TemporaryDirectory: Sendable {
  public let url: URL

  /// In memory where there is room for that: disks that are flushed thousands of times.
  public static func inMemory() throws -> TemporaryDirectory {
    let memory = "/dev/shm"
    let isThere = FileManager.default.isWritableFile(atPath: memory)
    return try TemporaryDirectory(in: isThere ? URL(fileURLWithPath: memory) : nil)
  }

  public init(in folder: URL? = nil) throws {
    url = (folder ?? FileManager.default.temporaryDirectory)
      .appendingPathComponent("sugarimage-test-\(UUID().uuidString)")
    try OwnFolders.make(url.path)
  }

  deinit { OwnFolders.remove(url.path) }

  /// The path of something in it.
  public func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}
