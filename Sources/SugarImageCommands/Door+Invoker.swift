import SugarHost
import SugarImageBuilder

#if canImport(Glibc)
  import Glibc
#endif

/// Who really runs the program, when `sudo` is in between: writing a disk may need it, and the cache
/// and the settings are still that person's.
extension Door {
  /// The home of who called sudo; nil without sudo.
  private var invokerHome: String? {
    guard geteuid() == 0, let uid = environment["SUDO_UID"].flatMap({ uid_t($0) }),
      let entry = getpwuid(uid), let home = entry.pointee.pw_dir
    else { return nil }
    return String(cString: home)
  }

  /// The cache of who called sudo.
  var invokerCache: CacheFolder {
    get throws {
      guard environment["XDG_CACHE_HOME"] == nil, let home = invokerHome else { return try cache }
      return CacheFolder(path: home + "/.cache/sugarimage", uses: uses)
    }
  }

  /// Where settings may be, the first for new ones: the person's own, and the machine's.
  var settingsFolders: [String] {
    var folders: [String] = []
    if let base = environment["XDG_CONFIG_HOME"], base.hasPrefix("/") {
      folders.append(base + "/sugarimage")
    } else {
      let homes = [invokerHome, environment["HOME"]].compactMap { $0 }.filter { $0.hasPrefix("/") }
      folders += homes.map { $0 + "/.config/sugarimage" }
    }
    return folders + ["/etc/sugarimage"]
  }

  /// Leaves what was written in somebody's home to that person. (chown(2))
  func give(_ paths: [String]) {
    guard let home = invokerHome, let uid = environment["SUDO_UID"].flatMap({ uid_t($0) }),
      let gid = environment["SUDO_GID"].flatMap({ gid_t($0) })
    else { return }
    for path in paths where path.hasPrefix(home + "/") {
      var folder = path
      // From the file up to the home: every folder may be new.
      while folder.count > home.count {
        if geteuid() == 0, (try? Files.exists(folder)) == true { chown(folder, uid, gid) }
        folder = String(folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)])
      }
    }
  }
}
