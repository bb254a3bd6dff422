import SugarTestSupport

/// A seeded sequence of edits that all should succeed, and what the volume holds after them.
struct RandomEdits {
  enum Edit: Sendable {
    case write(String, [UInt8])
    case makeDirectory(String)
    case remove(String)
  }

  private(set) var model: [String: Content] = [:]
  private var random: SeededGenerator

  /// What mtools cannot write: it renames a file whose name it is given in another case, cuts
  /// signs beyond 16 bits, puts `A` for an `À` that the code page lacks, and `É` for `é`.
  private let forMtools: Bool

  init(seed: UInt64, forMtools: Bool = false) {
    random = SeededGenerator(seed: seed)
    self.forMtools = forMtools
  }

  mutating func next() -> Edit {
    let edit = choose()
    switch edit {
    case .write(let path, let bytes): model[stored(path)] = .file(bytes)
    case .makeDirectory(let path): model[path] = .directory
    case .remove(let path): model[path] = nil
    }
    return edit
  }

  /// The paths that differ from the model. mtools shows `_` for each half of a surrogate pair.
  func differences(to found: [String: Content], asMtoolsShows: Bool = false) -> [String] {
    var model = model
    if asMtoolsShows {
      model = Dictionary(uniqueKeysWithValues: model.map { ($0.mtoolsName, $1) })
    }
    return Set(model.keys).union(found.keys).filter { model[$0] != found[$0] }.sorted()
  }

  private mutating func choose() -> Edit {
    let number = Int.random(in: 0..<10, using: &random)
    if number < 2, let path = removable().randomElement(using: &random) { return .remove(path) }
    if number < 4, let path = newPath() { return .makeDirectory(path) }
    if number < 7, let path = files().randomElement(using: &random) {
      let isOther = Bool.random(using: &random) && !forMtools
      return .write(isOther ? path.uppercasedASCII : path, content())
    }
    if let path = newPath() { return .write(path, content()) }
    return .write("always a file.bin", content())
  }

  private func files() -> [String] {
    model.filter { $0.value != .directory }.map(\.key).sorted()
  }

  private func removable() -> [String] {
    let parents = Set(model.keys.map { $0.split(separator: "/").dropLast().joined(separator: "/") })
    return model.keys.filter { !parents.contains($0) }.sorted()
  }

  /// A path that no file has, whatever its case.
  private mutating func newPath() -> String? {
    let folders = model.filter { $0.value == .directory }.map(\.key).sorted() + ["", ""]
    let folder = folders.randomElement(using: &random) ?? ""
    guard folder.utf8.count < 150 else { return nil }
    let name = name()
    if forMtools, name.contains(where: { "🥧Àé".contains($0) }) { return nil }
    let path = folder.isEmpty ? name : folder + "/" + name
    return stored(path) == path && model[path] == nil ? path : nil
  }

  /// A path in the case it has on the volume.
  private func stored(_ path: String) -> String {
    let folded = path.uppercasedASCII
    return model.keys.first { $0.uppercasedASCII == folded } ?? path
  }

  private mutating func name() -> String {
    if Int.random(in: 0..<3, using: &random) > 0 {
      return Self.names.randomElement(using: &random) ?? "x"
    }
    let count = Int.random(in: 1...40, using: &random)
    let signs = Array("abcDEF 0123._-+,;=ßüЖ日")
    let middle = String((0..<count).map { _ in signs.randomElement(using: &random) ?? "x" })
    return "n" + middle + "e"
  }

  private mutating func content() -> [UInt8] {
    let sizes = [0, 1, 511, 512, 513, 2048, 4096, 4097, Int.random(in: 0..<20_000, using: &random)]
    let size = sizes.randomElement(using: &random) ?? 0
    var byte = UInt8.random(in: 0...255, using: &random)
    return (0..<size).map { _ in
      byte = byte &* 5 &+ 1
      return byte
    }
  }

  private static let names = [
    "config.txt", "CMDLINE.TXT", "Readme.md", "kernel_2712.img", "bcm2712-rpi-5-b.dtb", "user-data",
    "meta-data", "A", "b", "a.b.c.d", ".hidden", "LONGFILENAME.TEXT", "Grüße aus Köln.txt",
    "日本語のファイル名.yaml", "🥧🍓.img", "exactly13unit", "twenty six units is this n",
    "lower.TXT", "UPPER.txt", "sugarimage node identity.json", "sugarimage node identity.yaml",
    "x+y=z,;.txt", "noext", "seven77.t", "eight888.txt", "nine99999.txt", "four.text", "é.txt",
    "ÀÉÎ.TXT", "a b", "tilde~1.txt",
    String(repeating: "long", count: 30) + ".txt",
  ]
}

extension String {
  fileprivate var mtoolsName: String {
    unicodeScalars.reduce(into: "") { $0 += $1.value > 0xFFFF ? "__" : String($1) }
  }

  /// In capitals as far as ASCII goes.
  var uppercasedASCII: String {
    String(
      decoding: utf8.map { (0x61...0x7A).contains($0) ? $0 - 0x20 : $0 }, as: UTF8.self)
  }
}
