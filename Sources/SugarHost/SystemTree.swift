import SugarModel

/// The files in which Linux tells about itself: `/sys`, `/proc`, `/run`. Folders laid over them,
/// the first one on top, stand in for machines that are not here.
public struct SystemTree: Sendable {
  /// Folders in which a path is looked for first: `/tmp/x` answers for `/sys/block` with
  /// `/tmp/x/sys/block`.
  public var overlays: [String]

  public init(overlays: [String] = []) { self.overlays = overlays }

  /// Where the file of that name really is.
  public func place(_ path: String) -> String {
    for folder in overlays {
      if (try? Files.exists(folder + path)) == true { return folder + path }
    }
    return path
  }

  /// The file as text without blanks, newlines and NULs at its ends; nil when it cannot be read or
  /// is empty.
  public func text(_ path: String) -> String? {
    guard let bytes = try? Files.read(place(path), limit: .mib(4)) else { return nil }
    let inside = bytes.drop { $0 <= 32 }
    let end = inside.lastIndex { $0 > 32 }
    return end.map { String(decoding: inside[...$0], as: UTF8.self) }
  }

  public func number(_ path: String) -> UInt64? { text(path).flatMap { UInt64($0) } }

  /// The names in a folder and in those laid over it; none when there is no folder.
  public func list(_ path: String) -> [String] {
    var names = Set<String>()
    for folder in overlays + [""] { names.formUnion((try? Files.list(folder + path)) ?? []) }
    return names.sorted()
  }
}
