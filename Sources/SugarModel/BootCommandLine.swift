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

  /// The memory cgroup is off on a Raspberry Pi by default, and k3s does not start without it.
  /// (k3s-io/k3s#2067)
  public mutating func enableMemoryControl() {
    remove("cgroup_disable=memory")
    for word in ["cgroup_enable=cpuset", "cgroup_memory=1", "cgroup_enable=memory"] { add(word) }
  }
}
