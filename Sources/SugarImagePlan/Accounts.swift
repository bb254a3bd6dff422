/// The account files of a system, edited as texts: the administrator's account is made without
/// running anything.
///
/// (passwd(5), shadow(5), group(5), gshadow(5), subuid(5))
struct Accounts {
  private(set) var texts: [String: String]
  /// The account that the system ships for the person who first uses it.
  let stockUser: String?

  struct Account: Hashable {
    var user: UInt32
    var group: UInt32
    var home: String
  }

  init(_ texts: [String: String], stockUser: String?) {
    self.texts = texts
    self.stockUser = stockUser
  }

  private func lines(_ path: String) -> [[String]] {
    (texts[path] ?? "").split(separator: "\n").map {
      $0.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    }
  }

  private mutating func set(_ path: String, _ lines: [[String]]) {
    guard texts[path] != nil else { return }
    texts[path] = lines.map { $0.joined(separator: ":") + "\n" }.joined()
  }

  func account(_ name: String) -> Account? {
    guard let line = lines("/etc/passwd").first(where: { $0.first == name }), line.count >= 6,
      let user = UInt32(line[2]), let group = UInt32(line[3])
    else { return nil }
    return Account(user: user, group: group, home: line[5])
  }

  /// Makes `name` the administrator: the stock account under a new name where there is one, else a
  /// new account. Neither has a password: `*` in shadow means that none can ever match, while keys
  /// still do.
  mutating func makeAdministrator(_ name: String) -> Account? {
    if let stockUser, account(stockUser) != nil, name != stockUser, account(name) == nil {
      rename(stockUser, to: name)
    }
    if account(name) == nil { add(name) }
    shadow(name, password: "*")
    return account(name)
  }

  /// What userconf-pi's `userconf` does, on the texts.
  private mutating func rename(_ old: String, to name: String) {
    set(
      "/etc/passwd",
      lines("/etc/passwd").map { line in
        guard line.first == old, line.count >= 6 else { return line }
        var line = line
        line[0] = name
        line[5] = line[5] == "/home/\(old)" ? "/home/\(name)" : line[5]
        return line
      })
    for path in ["/etc/shadow", "/etc/subuid", "/etc/subgid"] {
      set(path, lines(path).map { $0.first == old ? [name] + $0.dropFirst() : $0 })
    }
    for path in ["/etc/group", "/etc/gshadow"] {
      set(
        path,
        lines(path).map { line in
          guard line.count >= 4 else { return line }
          var line = line
          if line[0] == old { line[0] = name }
          for field in 2..<line.count where field != 2 || path == "/etc/gshadow" {
            let members = line[field].split(separator: ",").map { $0 == old ? name : String($0) }
            line[field] = members.joined(separator: ",")
          }
          return line
        })
    }
  }

  private mutating func add(_ name: String) {
    let taken = Set(lines("/etc/passwd").compactMap { $0.count > 2 ? UInt32($0[2]) : nil })
      .union(lines("/etc/group").compactMap { $0.count > 2 ? UInt32($0[2]) : nil })
    let number = (UInt32(1000)..<60000).first { !taken.contains($0) } ?? 1000
    append("/etc/passwd", "\(name):x:\(number):\(number)::/home/\(name):/bin/bash")
    append("/etc/shadow", "\(name):*:20000:0:99999:7:::")
    append("/etc/group", "\(name):x:\(number):")
    append("/etc/gshadow", "\(name):!::")
  }

  private mutating func append(_ path: String, _ line: String) {
    guard let text = texts[path] else { return }
    texts[path] = text + (text.isEmpty || text.hasSuffix("\n") ? "" : "\n") + line + "\n"
  }

  private mutating func shadow(_ name: String, password: String) {
    set(
      "/etc/shadow",
      lines("/etc/shadow").map { line in
        line.first == name && line.count > 1 ? [name, password] + line.dropFirst(2) : line
      })
  }
}
