import FoundationEssentials
import SugarELF
import SugarHost
import SugarModel

/// The agent's binary for the nodes: found, and looked at without being run.
public struct AgentFile: Sendable {
  public let path: String
  /// Its release, as it says itself.
  public let version: String
  let program: ELFFile

  /// Where the agent stands: as `named`, else as `SUGARIMAGE_AGENT` says, else in the share folder,
  /// where `make install` and `make agent` put it.
  public static func find(
    named: String?, environment: [String: String], share: ShareFolder?
  ) throws(BuildError) -> AgentFile {
    let told = named ?? environment["SUGARIMAGE_AGENT"].flatMap { $0.isEmpty ? nil : $0 }
    if let told { return try open(told) }
    for name in ["sugaragent", ".build/agent/sugaragent"] {
      guard let path = share.map({ "\($0.path)/\(name)" }),
        try building({ try Files.status(path, followLinks: true)?.kind == .file })
      else { continue }
      return try open(path)
    }
    throw BuildError(
      .data, "cannot find the agent that goes into the images",
      note: "run `make agent`, or name one with --agent or SUGARIMAGE_AGENT")
  }

  /// Reads the file at `path`; throws unless a node could run it and it is of this release.
  static func open(_ path: String) throws(BuildError) -> AgentFile {
    let there = try building { try Files.status(path, followLinks: true) }
    guard there?.kind == .file else {
      throw BuildError(
        .data,
        "cannot find the agent '\(path)': there is \(there == nil ? "no such file" : "no file, but something else")",
        note: "`make agent` builds it and prints where it is")
    }
    let bytes = try building { try Files.read(path, limit: .mib(64)) }
    do {
      let program = try ELFFile(bytes, name: path)
      let release = release(program)
      if let reason = objection(program, release) { throw refusal(path, reason) }
      return AgentFile(path: path, version: release ?? "", program: program)
    } catch let error as ELFError {
      throw refusal(path, error.reason)
    } catch let error as BuildError {
      throw error
    } catch {
      throw BuildError(error)
    }
  }

  private static func refusal(_ path: String, _ reason: String) -> BuildError {
    BuildError(
      .data, "cannot use '\(path)' as the agent: \(reason)",
      note: "`make agent` builds the right one")
  }

  /// Why no node can run it; nil when nothing is wrong.
  private static func objection(_ program: ELFFile, _ release: String?) -> String? {
    if !program.header.isARM64 {
      return "it is made for \(program.header.processor), the nodes are arm64"
    }
    guard program.isPositionIndependent, program.interpreter != nil else {
      return "it is no position-independent program (PIE)"
    }
    guard program.loadAlignment >= 16384 else {
      return "it cannot be loaded by a kernel with pages of 16 KiB, as a Raspberry Pi 5 has"
    }
    guard let release else { return "it does not say that it is sugaragent" }
    guard release == ToolVersions.sugarimage else {
      return "it is sugaragent \(release), and this is sugarimage \(ToolVersions.sugarimage)"
    }
    return nil
  }

  /// What the note in its file says. (systemd.io/ELF_PACKAGE_METADATA)
  static func release(_ program: ELFFile) -> String? {
    guard let text = program.packageMetadata,
      let metadata = try? JSONDecoder().decode([String: String].self, from: Data(text.utf8)),
      metadata["name"] == "sugaragent"
    else { return nil }
    return metadata["version"]
  }
}
