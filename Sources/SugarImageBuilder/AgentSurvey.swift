import SugarELF
import SugarExt4
import SugarModel

/// Looks in a base for everything that the agent needs there: its loader, its libraries in versions
/// that will do, and the programs that it runs.
enum AgentSurvey {
  /// Where the loader looks for libraries on Debian's arm64. (ld.so(8))
  private static let libraryFolders = [
    "/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib", "/usr/lib",
  ]

  /// - Throws: when something is missing in the image; all of it is named.
  static func check(
    _ agent: AgentFile, on image: any Storage, name: String
  ) throws(BuildError) {
    try building {
      let root = try ImageParts(image, name: name).root
      let ext4 = try Ext4Volume.open(root, name: root.name)
      let missing = try libraries(agent.program, ext4) + programs(ext4)
      guard !missing.isEmpty else { return }
      throw BuildError(
        .data, "cannot use '\(name)' as a base: sugaragent \(agent.version) cannot run on it",
        note: "looked for, and not found: \(missing.joined(separator: "; "))")
    }
  }

  private static func libraries(
    _ agent: ELFFile, _ ext4: borrowing Ext4Volume
  ) throws -> [String] {
    var missing: [String] = []
    if let loader = agent.interpreter, try library(at: loader, ext4) == nil {
      missing.append("the loader \(loader)")
    }
    for name in agent.needed + AgentTool.libraries {
      var found: ELFFile?
      for folder in libraryFolders where found == nil {
        found = try library(at: "\(folder)/\(name)", ext4)
      }
      guard let found else {
        missing.append("the library \(name)")
        continue
      }
      let versions = agent.wantedVersions[name, default: []].subtracting(found.offeredVersions)
      if !versions.isEmpty {
        missing.append("\(name) with \(versions.sorted().joined(separator: ", "))")
      }
    }
    return missing
  }

  /// What stands at `path`, when it is a library for arm64.
  private static func library(at path: String, _ ext4: borrowing Ext4Volume) throws -> ELFFile? {
    guard try ext4.target(of: path)?.isFile == true,
      let file = try? ELFFile(ext4.read(path, limit: .mib(64)), name: path), file.header.isARM64
    else { return nil }
    return file
  }

  private static func programs(_ ext4: borrowing Ext4Volume) throws -> [String] {
    var missing: [String] = []
    for tool in AgentTool.required {
      var isThere = false
      for folder in AgentTool.folders where !isThere {
        isThere = try isProgram("\(folder)/\(tool.rawValue)", ext4)
      }
      if !isThere { missing.append("the program \(tool.rawValue)") }
    }
    return missing
  }

  /// A script, or made for arm64, and allowed to be run.
  private static func isProgram(_ path: String, _ ext4: borrowing Ext4Volume) throws -> Bool {
    guard let entry = try ext4.target(of: path), entry.isFile, entry.mode & 0o111 != 0 else {
      return false
    }
    let bytes = try ext4.read(path, limit: .mib(64))
    return bytes.starts(with: Array("#!".utf8)) || ELFHeader(bytes)?.isARM64 == true
  }
}
