/// A path inside a volume, as names: `overlays/README` or `/overlays/README`.
///
/// Split by `/` as a unit, not as a `Character`: a combining mark after it must not hide it.
struct FATPath {
  let names: [FileName]

  /// Throws when a name is one that FAT cannot hold, or is `.` or `..`.
  init(_ text: String) throws(FATFault) {
    var names: [FileName] = []
    for part in text.unicodeScalars.split(separator: "/") {
      let part = Substring(part)
      guard part != ".", part != ".." else { throw FATFault("'\(part)' is not allowed in a path") }
      names.append(try FileName(checking: part))
    }
    self.names = names
  }
}
