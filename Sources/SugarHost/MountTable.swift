import CLinux

/// What is mounted where. (proc_pid_mountinfo(5))
public struct MountTable: Sendable {
  public struct Mount: Hashable, Sendable {
    /// `254:2`; of a file system without a device of its own it begins with `0:`.
    public var device: String
    public var place: String
    public var kind: String
    public var source: String
    public var options: String
  }

  public var mounts: [Mount]

  /// Reads `/proc/self/mountinfo`; throws when it cannot, because "nothing is mounted" would be a
  /// guess.
  public init(_ tree: SystemTree) throws(HostError) {
    let path = tree.place("/proc/self/mountinfo")
    let text = String(decoding: try Files.read(path), as: UTF8.self)
    mounts = text.split(separator: "\n").compactMap { Self.parse(String($0)) }
    guard mounts.contains(where: { $0.place == "/" }) else {
      throw HostError(operation: "read", subject: path, reason: "it does not say where / is")
    }
  }

  private static func parse(_ line: String) -> Mount? {
    let words = line.split(separator: " ").map(String.init)
    guard let dash = words.firstIndex(of: "-"), dash >= 6, words.count > dash + 2 else {
      return nil
    }
    return Mount(
      device: words[2], place: unescaped(words[4]), kind: words[dash + 1],
      source: unescaped(words[dash + 2]), options: words.count > dash + 3 ? words[dash + 3] : "")
  }

  /// Blanks and backslashes stand as three octal digits: `\040`.
  static func unescaped(_ text: String) -> String {
    var result: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.first {
      let digits = rest.dropFirst().prefix(3)
      if byte == UInt8(ascii: "\\"), digits.count == 3,
        let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
      {
        result.append(value)
        rest = rest.dropFirst(4)
      } else {
        result.append(byte)
        rest = rest.dropFirst()
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// The mount that a path lies in: the longest place that leads to it, the last one of several.
  public func mount(of path: String) -> Mount? {
    var best: Mount?
    for mount in mounts {
      let folder = mount.place == "/" ? "/" : mount.place + "/"
      guard (path + "/").hasPrefix(folder) else { continue }
      if mount.place.utf8.count >= best?.place.utf8.count ?? 0 { best = mount }
    }
    return best
  }
}

/// The number of a device node, as `/sys/dev/block` names it: `259:3`; nil when it is none.
func deviceNumber(_ path: String) -> String? {
  var (major, minor): (UInt32, UInt32) = (0, 0)
  guard clinux_device_number(path, &major, &minor) == 0 else { return nil }
  return "\(major):\(minor)"
}
