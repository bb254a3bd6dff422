/// The kernel's command line in `cmdline.txt`: words on one line. (raspberrypi.com, "Kernel command
/// line")
public struct BootCommandLine: Hashable, Sendable {
  public private(set) var words: [String]

  /// Reads whatever an editor may have left: CR, several lines, tabs, words that stand twice.
  public init(_ text: String) {
    words = []
    for word in text.split(whereSeparator: \.isWhitespace) where !words.contains(String(word)) {
      words.append(String(word))
    }
  }

  /// One line, closed by LF.
  public var text: String { words.joined(separator: " ") + "\n" }

  public mutating func add(_ word: String) {
    if !words.contains(word) { words.append(word) }
  }

  public mutating func remove(_ word: String) { words.removeAll { $0 == word } }

  public mutating func remove(prefix: String) { words.removeAll { $0.hasPrefix(prefix) } }

  /// Gives the word `key=…` another value, in its place. Further ones go: the kernel would take the
  /// last.
  public mutating func set(_ key: String, _ value: String) {
    let place = words.firstIndex { $0.hasPrefix(key + "=") } ?? words.endIndex
    remove(prefix: key + "=")
    words.insert("\(key)=\(value)", at: place)
  }

  /// Adds `key=value`, unless the line has a value for that key already.
  public mutating func setDefault(_ key: String, _ value: String) {
    if !words.contains(where: { $0.hasPrefix(key + "=") }) { add("\(key)=\(value)") }
  }

  /// The memory cgroup is off on a Raspberry Pi by default, and k3s does not start without it.
  /// (k3s-io/k3s#2067)
  public mutating func enableMemoryControl() {
    remove("cgroup_disable=memory")
    for word in ["cgroup_enable=cpuset", "cgroup_memory=1", "cgroup_enable=memory"] { add(word) }
  }

  /// What a node needs where nobody stands beside it. The root is repaired, and not only looked at:
  /// the check that asks nobody gives up where a power cut tore the superblock. And a boot that still
  /// fails starts anew instead of waiting at a prompt: a superblock torn while its file system grows
  /// takes two checks, because its copies say that the journal must be replayed, and e2fsck replays it
  /// once in a run. Ten seconds, as in Ubuntu's images. (initramfs-tools(7), `fsck.repair`, `panic`;
  /// Linux, fs/ext4/resize.c, update_backups; e2fsprogs, e2fsck/unix.c, E2F_FLAG_RESTARTED)
  public mutating func bootUnattended() {
    setDefault("fsck.repair", "yes")
    setDefault("panic", "10")
  }
}
