import Foundation
import SugarTestSupport

/// What debugfs says of one file.
struct FileState: Equatable {
  /// `regular`, `directory`, `symlink`
  var type: String
  /// `0600`
  var mode: String
  /// `0:0`
  var owner: String
  /// Of a symbolic link, where it points.
  var target: String?
}

extension ImageFile {
  /// Files of the root file system by their paths, in one run of debugfs; those that are not there
  /// are left out.
  func states(of files: [String]) throws -> [String: FileState] {
    let text = try debugfs(files.map { "stat \($0)" })
    var result: [String: FileState] = [:]
    var file = ""
    for line in text.split(separator: "\n").map(String.init) {
      if line.hasPrefix("debugfs: stat ") { file = String(line.dropFirst("debugfs: stat ".count)) }
      if line.hasPrefix("Inode: ") {
        result[file] = FileState(
          type: Self.word(after: "Type: ", in: line), mode: Self.word(after: "Mode: ", in: line),
          owner: "")
      }
      if line.hasPrefix("User: ") {
        let user = Self.word(after: "User: ", in: line)
        result[file]?.owner = "\(user):\(Self.word(after: "Group: ", in: line))"
      }
      if let range = line.range(of: "Fast link dest: \"") {
        result[file]?.target = String(line[range.upperBound...].prefix { $0 != "\"" })
      }
    }
    return result
  }

  /// Takes files out of the root file system into a folder, each under its name in `files`.
  func dump(_ files: [String: String], to folder: String) throws {
    try debugfs(files.sorted { $0.key < $1.key }.map { "dump \($0.value) \(folder)/\($0.key)" })
    for name in files.keys {
      guard FileManager.default.fileExists(atPath: "\(folder)/\(name)") else {
        throw Program.Failure(description: "\(files[name] ?? name) is not in \(path)")
      }
    }
  }

  private static func word(after label: String, in line: String) -> String {
    guard let range = line.range(of: label) else { return "?" }
    return String(line[range.upperBound...].drop { $0 == " " }.prefix { !$0.isWhitespace })
  }

  @discardableResult
  private func debugfs(_ commands: [String]) throws -> String {
    let script = "\(path).\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: script) }
    try commands.map { $0 + "\n" }.joined().write(toFile: script, atomically: true, encoding: .utf8)
    return try Tool("debugfs").check(["-f", script, rootName]).text
  }
}
