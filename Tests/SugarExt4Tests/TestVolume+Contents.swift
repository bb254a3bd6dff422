import Foundation
import SugarExt4
import SugarModel
import SugarTestSupport
import Testing

extension TestVolume {
  /// Everything on the volume but `lost+found`, as debugfs sees it.
  func contentsByDebugfs() throws -> [String: Item] {
    let out = try TemporaryDirectory()
    let start = out.url.resolvingSymlinksInPath().path
    try debugfs(["rdump / \(start)"])
    var contents: [String: Content] = [:]
    let walk = FileManager.default.enumerator(atPath: start)
    while let name = walk?.nextObject() as? String {
      guard name != "lost+found" else { continue }
      let path = start + "/" + name
      let type = try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
      switch type {
      case .typeDirectory: contents["/" + name] = .directory
      case .typeSymbolicLink:
        contents["/" + name] = .link(
          try FileManager.default.destinationOfSymbolicLink(atPath: path))
      default:
        contents["/" + name] = .file([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
      }
    }
    return try withAttributes(contents)
  }

  /// What `stat` of debugfs says beside the content.
  private func withAttributes(_ contents: [String: Content]) throws -> [String: Item] {
    let paths = contents.keys.sorted()
    let answers = try debugfs(paths.map { "stat \"\($0)\"" })
      .components(separatedBy: "debugfs: stat ").dropFirst()
    var items: [String: Item] = [:]
    for (path, text) in zip(paths, answers) {
      guard let content = contents[path],
        let mode = text.firstMatch(of: /Mode:\s+([0-7]+)/),
        let ids = text.firstMatch(of: /User:\s+(-?[0-9]+)\s+Group:\s+(-?[0-9]+)/),
        let time = text.firstMatch(of: /mtime: 0x([0-9a-f]+)/)
      else { throw Tool.Refusal(description: "debugfs on '\(path)': \(text)") }
      items[path] = Item(
        content: content, mode: UInt16(mode.1, radix: 8) ?? 0, owner: Self.number(ids.1),
        group: Self.number(ids.2),
        modified: content == .directory ? nil : Int64(time.1, radix: 16))
    }
    return items
  }

  /// debugfs shows owners from 2³¹ on as negative numbers.
  private static func number(_ text: Substring) -> UInt32 {
    UInt32(truncatingIfNeeded: Int(text) ?? 0)
  }
}

extension Ext4Volume {
  /// Everything on the volume but `lost+found`, as we read it.
  borrowing func contents() throws -> [String: Item] {
    var items: [String: Item] = [:]
    var folders = [""]
    while let folder = folders.popLast() {
      for name in try list(folder.isEmpty ? "/" : folder) where folder + name != "lost+found" {
        let path = "\(folder)/\(name)"
        guard let entry = try entry(at: path) else {
          throw Ext4Error(operation: "find", subject: path, reason: "it is listed and not there")
        }
        let content: Content
        switch entry.kind {
        case .directory:
          content = .directory
          folders.append(path)
        case .file: content = .file(try read(path))
        case .symlink(let target): content = .link(target)
        case .special: continue
        }
        items[path] = Item(
          content: content, mode: entry.mode, owner: entry.owner, group: entry.group,
          modified: content == .directory ? nil : entry.modified)
      }
    }
    return items
  }
}

/// The paths at which two volumes differ, and how; contents are cut to their size.
func differences(_ expected: [String: Item], _ found: [String: Item]) -> [String] {
  Set(expected.keys).union(found.keys).filter { expected[$0] != found[$0] }.sorted().map {
    "\($0): expected \(summary(expected[$0])), found \(summary(found[$0]))"
  }
}

private func summary(_ item: Item?) -> String {
  guard let item else { return "nothing" }
  let time = item.modified.map { " at \($0)" } ?? ""
  let access = "\(String(item.mode, radix: 8)) \(item.owner):\(item.group)\(time)"
  return switch item.content {
  case .directory: "directory \(access)"
  case .link(let target): "link to \(target) \(access)"
  case .file(let bytes): "\(bytes.count) bytes hash \(bytes.hashValue) \(access)"
  }
}

/// As `#expect(… == "")`, with the complaints themselves in the report.
func expectNone(_ complaints: String, at location: Testing.SourceLocation = #_sourceLocation) {
  #expect(complaints == "", sourceLocation: location)
}

func expectNone(_ differences: [String], at location: Testing.SourceLocation = #_sourceLocation) {
  #expect(differences == [], sourceLocation: location)
}
