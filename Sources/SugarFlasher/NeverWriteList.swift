import SugarFlashPlan
import SugarHost
public import SugarModel

/// The disks of this workstation that are never written, whatever anybody asks: one identity a line,
/// and behind it what the disk was called when it was put there.
public struct NeverWriteList: Sendable {
  /// Every list that holds: the person's own, root's, the machine's.
  public let paths: [String]

  /// - Parameter folders: `~/.config/sugarimage` of whoever it is about; the first is where new
  ///   lines go.
  public init(folders: [String]) { paths = folders.map { $0 + "/never-write" } }

  /// The identities on all lists, as `DiskIdentifier.seed`. A list that cannot be read is an error:
  /// it might name the very disk.
  public func identities() throws(FlashError) -> Set<String> {
    var result = Set<String>()
    for path in paths {
      for line in try lines(path) where !line.hasPrefix("#") {
        if let seed = line.split(separator: "\t").first { result.insert(String(seed)) }
      }
    }
    return result
  }

  /// Puts a disk on the first list; false when it is on one already.
  public func add(_ disk: Disk) throws(FlashError) -> Bool {
    guard let own = disk.identifier.value else {
      throw FlashError(
        .refused, "cannot protect '\(disk.path)': \(DiskWords.identity(disk))",
        note: "what cannot be told apart is never written without being named anyway")
    }
    guard try !identities().contains(own.seed), let path = paths.first else { return false }
    let text = (try lines(path) + ["\(own.seed)\t\(disk.title)"]).joined(separator: "\n") + "\n"
    do {
      try Files.makeDirectory(String(path.dropLast("/never-write".count)), mode: 0o700)
      try Files.write(Array(text.utf8), to: path, mode: 0o600)
    } catch {
      throw FlashError(.machine, "\(error)")
    }
    return true
  }

  private func lines(_ path: String) throws(FlashError) -> [String] {
    do {
      guard try Files.exists(path) else { return [] }
      return String(decoding: try Files.read(path), as: UTF8.self).split(separator: "\n")
        .map(String.init)
    } catch {
      throw FlashError(
        .refused, "cannot read the never-write list: \(error)",
        note: "it might name the very disk that is to be written")
    }
  }
}
