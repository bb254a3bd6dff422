import CLinux

#if canImport(Glibc)
  import Glibc
#endif

/// A program of the system, run with an argument array and never through a shell.
public struct Program: Sendable {
  public struct Result: Sendable {
    /// The exit status, or 128 plus the signal that ended it.
    public var status: Int32
    /// What it printed on both outputs.
    public var output: String
  }

  public var path: String

  /// The program at a path; whether it is one, shows when it is run.
  public init(path: String) { self.path = path }

  /// Looks for `name` in PATH and in the folders where Debian keeps tools for administrators, or in
  /// the given folders and nowhere else.
  public init(_ name: String, in given: [String]? = nil) throws(HostError) {
    let search = getenv("PATH").map { String(cString: $0) } ?? ""
    let folders = given ?? search.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"]
    let candidates: [String] = folders.map { "\($0)/\(name)" }
    guard let found = candidates.first(where: { access($0, X_OK) == 0 }) else {
      throw HostError(operation: "run", subject: name, reason: "it is not installed")
    }
    path = found
  }

  /// Runs the program to its end. `environment` is added to this process's own; `input`, at most 48
  /// KiB, is what it reads.
  public func run(
    _ arguments: [String], environment: [String: String] = [:], input: String = ""
  ) throws(HostError) -> Result {
    var inputEnds: [Int32] = [0, 0]
    try retrying("run", path) { pipe(&inputEnds) }
    defer { close(inputEnds[0]) }
    do {
      // A pipe holds 64 KiB: nobody has to wait for a reader.
      defer { close(inputEnds[1]) }
      let bytes = Array(input.utf8)
      precondition(bytes.count <= 48 << 10, "the input must fit into a pipe")
      let written = try retrying("run", path) { write(inputEnds[1], bytes, bytes.count) }
      guard written == bytes.count else { throw .system("run", path, EPIPE) }
    }
    var pipeEnds: [Int32] = [0, 0]
    try retrying("run", path) { pipe(&pipeEnds) }
    let (reading, writing) = (pipeEnds[0], pipeEnds[1])
    defer { close(reading) }
    let child: pid_t
    do {
      defer { close(writing) }
      child = try spawn(
        arguments, environment, placing: [inputEnds[0], writing, writing])
    }
    let output = drain(reading)
    var status: Int32 = 0
    try retrying("wait for", path) { waitpid(child, &status, 0) }
    return Result(status: RunningProgram.words(status), output: output)
  }

  /// Runs a program that wants a device for itself alone. While it says that somebody else has it so,
  /// it is run again, at most for five seconds: whatever a system starts on a new partition may look
  /// into it that way. A program that says so has written nothing.
  /// (e2fsprogs, misc/util.c, check_mount; e2fsck/unix.c, check_mount and main)
  public func runOnDevice(
    _ arguments: [String], environment: [String: String] = [:], input: String = ""
  ) throws(HostError) -> Result {
    for _ in 0..<50 {
      let result = try run(arguments, environment: environment, input: input)
      guard Self.complaintsOfUse.contains(where: result.output.contains) else { return result }
      usleep(100_000)
    }
    return try run(arguments, environment: environment, input: input)
  }

  private static let complaintsOfUse = [
    "apparently in use by the system", "Cannot continue, aborting",
    "opened exclusively by another program",
  ]

  /// - Parameter descriptors: what the program finds as its descriptors 0, 1, 2 and so on.
  func spawn(
    _ arguments: [String], _ environment: [String: String], placing descriptors: [Int32]
  ) throws(HostError) -> pid_t {
    // Copied out of the way first: none may stand where another one has to go.
    var copies: [Int32] = []
    defer { for copy in copies { close(copy) } }
    for descriptor in descriptors {
      copies.append(
        try retrying("run", path) { clinux_copy_descriptor(descriptor, Int32(descriptors.count)) })
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (place, copy) in copies.enumerated() {
      posix_spawn_file_actions_adddup2(&actions, copy, Int32(place))
    }
    // Another thread's pipe, too: a program that holds it would keep that thread waiting.
    clinux_spawn_close_from(&actions, Int32(copies.count))
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // Threads of a pool block all signals, and a program would never hear that it is to end.
    var nothing = sigset_t()
    sigemptyset(&nothing)
    posix_spawnattr_setsigmask(&attributes, &nothing)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    var settings: [UnsafeMutablePointer<CChar>?] =
      surroundings(environment).map { strdup($0) } + [nil]
    defer { for word in words + settings { free(word) } }
    var child: pid_t = 0
    let code = posix_spawn(&child, path, &actions, &attributes, &words, &settings)
    guard code == 0 else { throw .system("run", path, code) }
    return child
  }

  private func surroundings(_ added: [String: String]) -> [String] {
    var result: [String] = []
    var place = environ
    while let entry = place.pointee {
      let text = String(cString: entry)
      let name = text.prefix { $0 != "=" }
      if added[String(name)] == nil { result.append(text) }
      place += 1
    }
    return result + added.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
  }

  private func drain(_ descriptor: Int32) -> String {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 14)
    while true {
      let got = read(descriptor, &piece, piece.count)
      if got < 0, errno == EINTR { continue }
      if got <= 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += piece[0..<got]
    }
  }
}
