import SugarHost

/// Where downloads and prepared bases are kept between runs. (XDG Base Directory Specification)
public struct CacheFolder: Hashable, Sendable {
  public var path: String

  public init(path: String) { self.path = path }

  /// `$XDG_CACHE_HOME/sugarimage`, or `~/.cache/sugarimage`.
  public init(environment: [String: String]) throws(BuildError) {
    if let base = environment["XDG_CACHE_HOME"], base.hasPrefix("/") {
      path = base + "/sugarimage"
    } else if let home = environment["HOME"], home.hasPrefix("/") {
      path = home + "/.cache/sugarimage"
    } else {
      throw BuildError(
        .machine,
        "cannot find a cache folder: neither XDG_CACHE_HOME nor HOME is set to an absolute path")
    }
  }

  /// A download of these bytes.
  public func download(_ sha256: String) -> String { "\(path)/downloads/\(sha256)" }

  /// A base of these bytes, unpacked and grown by so much.
  func base(_ key: String) -> String { "\(path)/bases/\(key)" }

  func make(_ folder: String) throws(BuildError) {
    try building { try Files.makeDirectory("\(path)/\(folder)", mode: 0o700) }
  }
}
