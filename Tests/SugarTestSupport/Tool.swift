import Foundation

/// A program of this machine, for a second opinion. One that is missing is a failure of the test.
public struct Tool: Sendable {
  public let name: String
  private let url: URL
  public var path: String { url.path }
  private let search: String

  /// Finds a program in `PATH`, `/usr/sbin` and `/sbin`.
  public init(_ name: String) throws {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let folders = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"]
    search = folders.joined(separator: ":")
    let files = folders.map { URL(fileURLWithPath: $0).appendingPathComponent(name) }
    guard let url = files.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) })
    else { throw Missing(name: name) }
    self.name = name
    self.url = url
  }

  public struct Missing: Error, CustomStringConvertible {
    public let name: String
    public var description: String {
      "the tests need the program '\(name)', which is not installed"
    }
  }

  public struct Answer: Sendable {
    public let status: Int32
    public let output: [UInt8]
    public let complaints: String
    public var text: String { String(decoding: output, as: UTF8.self) }
  }

  public struct Refusal: Error, CustomStringConvertible {
    public let description: String
    public init(description: String) { self.description = description }
  }

  /// Runs the program to its end. `environment` is added to ours, with `LC_ALL=C.UTF-8`; a shell
  /// finds in `PATH` what `init` finds.
  public func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Answer {
    let process = Process()
    process.executableURL = url
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment
      .merging(["LC_ALL": "C.UTF-8", "PATH": search]) { $1 }.merging(environment) { $1 }
    let (output, complaints) = (Pipe(), Pipe())
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = complaints
    try process.run()
    // Both pipes at once: a program that fills one must not wait for us to read the other.
    let drain = Drain(complaints.fileHandleForReading)
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    let words = drain.wait()
    process.waitUntilExit()
    return Answer(
      status: process.terminationStatus, output: [UInt8](bytes),
      complaints: String(decoding: words, as: UTF8.self))
  }

  /// As `run`; throws the program's own words unless it exits 0.
  @discardableResult
  public func check(_ arguments: [String], environment: [String: String] = [:]) throws -> Answer {
    let answer = try run(arguments, environment: environment)
    guard answer.status == 0 else {
      throw Refusal(
        description: "\(name) \(arguments.joined(separator: " ")): exit \(answer.status)\n"
          + answer.text + answer.complaints)
    }
    return answer
  }
}

/// Reads a pipe to its end on a thread of its own.
private final class Drain: @unchecked Sendable {  // `data` is written before `done` is signalled
  private var data = Data()
  private let done = DispatchSemaphore(value: 0)

  init(_ handle: FileHandle) {
    Thread.detachNewThread { [self] in
      data = handle.readDataToEndOfFile()
      done.signal()
    }
  }

  func wait() -> Data {
    done.wait()
    return data
  }
}
