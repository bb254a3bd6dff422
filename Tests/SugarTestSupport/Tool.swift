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
  /// finds in `PATH` what `init` finds. What it prints goes into files, so nobody has to read at the
  /// same time.
  public func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Answer {
    let settings = ProcessInfo.processInfo.environment
      .merging(["LC_ALL": "C.UTF-8", "PATH": search]) { $1 }.merging(environment) { $1 }
    let files = (try Self.temporaryFile(), try Self.temporaryFile())
    defer {
      fclose(files.0)
      fclose(files.1)
    }
    let (output, complaints) = (fileno(files.0), fileno(files.1))
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, complaints, 2)
    // Threads of a pool block all signals, and a program would never hear that it is to end.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var nothing = sigset_t()
    sigemptyset(&nothing)
    posix_spawnattr_setsigmask(&attributes, &nothing)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var words = ([path] + arguments).map { strdup($0) } + [nil]
    var values = settings.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for word in words + values { free(word) } }
    var child: pid_t = 0
    let code = posix_spawn(&child, path, &actions, &attributes, &words, &values)
    guard code == 0 else {
      throw Refusal(description: "\(name): \(String(cString: strerror(code)))")
    }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7f
    return Answer(
      status: signal == 0 ? (status >> 8) & 0xff : 128 + signal, output: Self.content(output),
      complaints: String(decoding: Self.content(complaints), as: UTF8.self))
  }

  /// A file without a name. (tmpfile(3))
  private static func temporaryFile() throws -> UnsafeMutablePointer<FILE> {
    guard let file = tmpfile() else { throw Refusal(description: "tmpfile: errno \(errno)") }
    return file
  }

  private static func content(_ descriptor: Int32) -> [UInt8] {
    let size = Int(lseek(descriptor, 0, SEEK_END))
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let got = pread(
          descriptor, buffer.baseAddress.map { $0 + count }, size - count, off_t(count))
        if got <= 0 { break }
        count += got
      }
    }
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

  /// The SHA-256 digest of a file or a disk in hexadecimal, by openssl, which has the processor do it: some tests read
  /// their disks hundreds of times.
  public static func sha256(of path: String) throws -> String {
    String(try Tool("openssl").check(["dgst", "-sha256", "-r", path]).text.prefix(64))
  }

  /// Runs a script by Debian's own python: another one that stands first in PATH knows no Debian
  /// packages.
  public static func debianPython(_ script: String, _ words: [String]) throws -> Answer {
    try Tool("env").check(
      ["python3", "-c", script] + words, environment: ["PATH": "/usr/bin:/bin"])
  }
}
