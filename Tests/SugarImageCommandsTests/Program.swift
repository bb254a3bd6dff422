import Foundation
import SugarTestSupport

/// The program as a user has it: the binary that was built beside these tests.
enum Program {
  static let path = Bundle.main.bundleURL.appendingPathComponent("sugarimage").path

  /// The repository, where profiles, overlays and scripts stand.
  static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  struct Result {
    var status: Int32
    var output: String
    var complaints: String
  }

  /// Runs the program to its end.
  @discardableResult
  static func run(
    _ arguments: [String], in folder: String = "/", environment: [String: String] = [:]
  ) throws -> Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = ProcessInfo.processInfo.environment
      .merging(["SUGARIMAGE_SHARE": repository]) { $1 }.merging(environment) { $1 }
    let temporary = FileManager.default.temporaryDirectory
    let output = temporary.appendingPathComponent(UUID().uuidString)
    let complaints = temporary.appendingPathComponent(UUID().uuidString)
    for file in [output, complaints] {
      _ = FileManager.default.createFile(atPath: file.path, contents: nil)
    }
    defer { for file in [output, complaints] { try? FileManager.default.removeItem(at: file) } }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: complaints)
    try process.run()
    process.waitUntilExit()
    return Result(
      status: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
      complaints: try String(contentsOf: complaints, encoding: .utf8))
  }

  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  /// Runs the program and throws what it complained of unless it exits 0.
  @discardableResult
  static func succeed(
    _ arguments: [String], in folder: String = "/", environment: [String: String] = [:]
  ) throws -> String {
    let result = try run(arguments, in: folder, environment: environment)
    guard result.status == 0 else {
      throw Failure(
        description: "sugarimage \(arguments.joined(separator: " ")): status \(result.status)\n"
          + result.complaints + result.output)
    }
    return result.output
  }
}
