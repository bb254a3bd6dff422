import Foundation

/// The agent as it goes into images, and the C library that it is tried with.
///
/// `SUGARIMAGE_AGENT` and `SUGAR_AGENT_SYSROOT` name them; `make test` builds the one with the other. Without them the
/// tests fail.
public struct AgentBinary: Sendable {
  public let path: String
  public let sysroot: String

  public init() throws {
    let environment = ProcessInfo.processInfo.environment
    guard let path = environment["SUGARIMAGE_AGENT"],
      let sysroot = environment["SUGAR_AGENT_SYSROOT"]
    else {
      throw Tool.Refusal(
        description:
          "SUGARIMAGE_AGENT and SUGAR_AGENT_SYSROOT are not set: run these tests by `make test`")
    }
    (self.path, self.sysroot) = (path, sysroot)
  }

  public var bytes: [UInt8] {
    get throws { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }
  }

  /// Runs it in emulation, with Debian 12's C library.
  public func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Tool.Answer
  {
    try Tool("qemu-aarch64-static").run(
      ["-L", sysroot, path] + arguments, environment: environment)
  }
}
