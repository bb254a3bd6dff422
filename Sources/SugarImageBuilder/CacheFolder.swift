import SugarHost

/// Where downloads and prepared bases are kept between runs. (XDG Base Directory Specification)
public struct CacheFolder: Sendable {
  public var path: String
  /// What this run uses of it, until it ends.
  let uses: CacheUses

  public init(path: String, uses: CacheUses = CacheUses()) {
    self.path = path
    self.uses = uses
  }

  /// `$XDG_CACHE_HOME/sugarimage`, or `~/.cache/sugarimage`.
  public init(environment: [String: String], uses: CacheUses) throws(BuildError) {
    self.uses = uses
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

  /// A prepared base, unpacked and perhaps grown; nil when it is not there.
  func base(_ key: String) throws(BuildError) -> PreparedBase? {
    try PreparedBase.open(try use(.base, key).path)
  }

  func make(_ folder: String) throws(BuildError) {
    try building { try Files.makeDirectory("\(path)/\(folder)", mode: 0o700) }
  }
}
