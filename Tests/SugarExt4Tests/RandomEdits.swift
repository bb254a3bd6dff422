import SugarExt4
import SugarModel
import SugarTestSupport

/// A seeded sequence of edits that all should succeed, and what the volume holds after them.
struct RandomEdits {
  enum Edit: Sendable {
    case write(String, [UInt8], Ext4Access)
    case makeDirectory(String, Ext4Access?)
    case link(String, String)
    case remove(String)
    case rename(String, String)
    case setAccess(String, Ext4Access)
  }

  private(set) var model: [String: Item]
  private var random: SeededGenerator
  private var pending: [Edit] = []
  /// What the model holds beside the base; kept below what the volume has room for.
  private static let room = 5 << 20

  init(seed: UInt64, over base: [String: Item]) {
    random = SeededGenerator(seed: seed)
    model = base
    for path in base.keys where base[path]?.content != .directory {
      model[path]?.modified = baseTime
    }
  }

  mutating func next() -> Edit {
    let edit = pending.popLast() ?? choose()
    switch edit {
    case .write(let path, let bytes, let access):
      model[path] = Item(
        content: .file(bytes), mode: access.mode, owner: access.owner, group: access.group,
        modified: editTime)
    case .makeDirectory(let path, let access): makeDirectory(path, access)
    case .link(let path, let target):
      model[path] = Item(content: .link(target), mode: 0o777, modified: editTime)
    case .remove(let path): model[path] = nil
    case .rename(let path, let name): rename(path, name)
    case .setAccess(let path, let access): set(access, of: path)
    }
    return edit
  }

  private mutating func makeDirectory(_ path: String, _ access: Ext4Access?) {
    var made = ""
    for part in path.split(separator: "/") {
      made += "/\(part)"
      if model[made] == nil { model[made] = Item(content: .directory, mode: 0o755) }
    }
    if let access { set(access, of: path) }
  }

  private mutating func set(_ access: Ext4Access, of path: String) {
    model[path]?.mode = access.mode
    model[path]?.owner = access.owner
    model[path]?.group = access.group
  }

  private mutating func rename(_ path: String, _ name: String) {
    let new = folder(of: path) + "/" + name
    for (old, item) in model where old == path || old.hasPrefix(path + "/") {
      model[old] = nil
      model[new + old.dropFirst(path.count)] = item
    }
  }

  /// The folder's path; empty for the root.
  private func folder(of path: String) -> String {
    path.split(separator: "/").dropLast().map { "/\($0)" }.joined()
  }

  private mutating func choose() -> Edit {
    switch Int.random(in: 0..<20, using: &random) {
    case 0..<5: return .write(newPath(), bytes(), access(0o400))
    case 5..<8:
      guard let path = pick({ $0 != .directory }) else { break }
      return .write(path, bytes(), access(0o400))
    case 8..<10:
      return .makeDirectory(
        newPath() + (Bool.random(using: &random) ? "/deeper/still" : ""),
        Bool.random(using: &random) ? access(0o700) : nil)
    case 10: return .link(newPath(), target())
    case 11:
      guard let path = pick({ $0 != .directory }) else { break }
      return .link(path, target())
    case 12..<15:
      let parents = Set(model.keys.map { folder(of: $0) })
      let path = model.keys.filter { !parents.contains($0) }.sorted().randomElement(using: &random)
      if let path { return .remove(path) }
    case 15..<17:
      guard let path = pick({ _ in true }), model[folder(of: path) + "/renamed"] == nil else {
        break
      }
      return .rename(path, "renamed")
    case 17..<19:
      guard let path = pick({ if case .link = $0 { false } else { true } }) else { break }
      return .setAccess(path, access(0o700))
    default: crowd()
    }
    return pending.popLast() ?? .write("/always a file", bytes(), access(0o400))
  }

  /// Many small files in one directory, so that it needs several blocks.
  private mutating func crowd() {
    let folder = pick { $0 == .directory } ?? ""
    let number = Int.random(in: 0..<1000, using: &random)
    for index in 0..<Int.random(in: 20...90, using: &random) {
      let path = "\(folder)/\(number) one of a crowd, \(index)"
      if model[path] == nil { pending.append(.write(path, Array("x".utf8), access(0o400))) }
    }
  }

  private mutating func pick(_ wanted: (Content) -> Bool) -> String? {
    model.filter { wanted($0.value.content) }.map(\.key).sorted().randomElement(using: &random)
  }

  private mutating func newPath() -> String {
    let folder = Bool.random(using: &random) ? "" : pick { $0 == .directory } ?? ""
    let depth = folder.split(separator: "/").count
    let name = Self.names.randomElement(using: &random) ?? "x"
    let path = (depth > 8 ? "" : folder) + "/\(name) \(Int.random(in: 0..<10_000, using: &random))"
    return model[path] == nil ? path : "/always a file"
  }

  private static let names = [
    "k3s", ".hidden", "Straße", "日本語", "🥧 pie", "a.b.c", "with  spaces", "~tilde",
    String(repeating: "long ", count: 48), "-dash",
  ]

  private mutating func target() -> String {
    let lengths = [1, 10, 58, 59, 60, 61, 200, 900]
    let length = lengths.randomElement(using: &random) ?? 1
    return String(repeating: "x", count: length)
  }

  /// Modes always hold the bits `with`, so that debugfs's copies can be read back by anyone.
  private mutating func access(_ with: UInt16) -> Ext4Access {
    let ids: [UInt32] = [0, 0, 1000, 65534, 65536, 4_000_000_000]
    return Ext4Access(
      mode: UInt16.random(in: 0...0o7777, using: &random) | with,
      owner: ids.randomElement(using: &random) ?? 0, group: ids.randomElement(using: &random) ?? 0)
  }

  private mutating func bytes() -> [UInt8] {
    let sizes = [0, 1, 59, 1023, 1024, 1025, 4096, 5000, 70_000, 300_000, 2_500_000]
    var size = sizes.randomElement(using: &random) ?? 0
    let used = model.values.reduce(0) {
      if case .file(let bytes) = $1.content { $0 + bytes.count } else { $0 }
    }
    if used + size > Self.room { size = 100 }
    let start = UInt8.random(in: 0...255, using: &random)
    // Runs of zeros, too: they must be stored, not left out.
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      for index in 0..<size {
        buffer[index] = index / 5000 % 3 == 1 ? 0 : start &+ UInt8(truncatingIfNeeded: index &* 31)
      }
      count = size
    }
  }
}

extension Ext4Volume {
  borrowing func apply(_ edit: RandomEdits.Edit) throws {
    switch edit {
    case .write(let path, let bytes, let access):
      try write(MemoryStorage(bytes), to: path, access: access)
    case .makeDirectory(let path, let access): try makeDirectory(path, access: access)
    case .link(let path, let target): try link(path, to: target)
    case .remove(let path): try remove(path)
    case .rename(let path, let name): try rename(path, to: name)
    case .setAccess(let path, let access): try setAccess(access, of: path)
    }
  }
}
