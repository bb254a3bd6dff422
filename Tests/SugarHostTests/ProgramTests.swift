import Foundation
import SugarHost
import SugarTestSupport
import Synchronization
import Testing

/// Programs are run to their end, with their words and their status.
@Suite struct ProgramTests {
  @Test func outputOfBoth() throws {
    let result = try Program("sh").run(["-c", "echo out; echo err >&2; echo out"])
    #expect(result.status == 0)
    #expect(result.output == "out\nerr\nout\n")
  }

  @Test(arguments: [
    ("exit 0", Int32(0)), ("exit 3", 3), ("exit 255", 255),
    ("kill -TERM $$", 143), ("kill -KILL $$", 137),
  ])
  func status(_ script: String, _ status: Int32) throws {
    #expect(try Program("sh").run(["-c", script]).status == status)
  }

  /// Arguments reach the program as they are: no shell is in between.
  @Test func argumentsAreNotTouched() throws {
    let words = ["a b", "", "$HOME", "*", "'\"", "ü\n", "-n"]
    let result = try Program("printf").run(["[%s]"] + words)
    #expect(result.output == words.map { "[\($0)]" }.joined())
  }

  @Test func environmentIsAddedTo() throws {
    let added = ["SUGAR_TEST": "a=b c", "HOME": "/nowhere"]
    let result = try Program("env").run([], environment: added)
    let lines = result.output.split(separator: "\n")
    #expect(lines.contains("SUGAR_TEST=a=b c"))
    #expect(lines.filter { $0.hasPrefix("HOME=") } == ["HOME=/nowhere"])
    #expect(lines.contains { $0.hasPrefix("PATH=") })
    #expect(getenv("SUGAR_TEST") == nil)
  }

  /// More than a pipe holds, and bytes that are no text.
  @Test func longOutput() throws {
    let result = try Program("head").run(["-c", "3000000", "/dev/zero"])
    #expect(result.output.utf8.count == 3_000_000)
    #expect(try Program("printf").run(["\\377x"]).output == "\u{fffd}x")
  }

  @Test func standardInputIsEmpty() throws {
    let result = try Program("cat").run([])
    #expect(result.status == 0 && result.output == "")
  }

  @Test func missingProgram() {
    let error = #expect(throws: HostError.self) { _ = try Program("no such program") }
    #expect(error?.description == "cannot run 'no such program': it is not installed")
  }

  @Test func administratorsProgramsAreFound() throws {
    #expect(try Program("mke2fs").path.hasSuffix("/mke2fs"))
  }

  @Test func fileThatIsNoProgram() throws {
    let folder = try TemporaryDirectory()
    var program = try Program("true")
    program.path = folder.path("none")
    #expect(throws: HostError.self) { try program.run([]) }
  }

  /// Programs that are started at the same time do not hold each other's pipes: one that runs for
  /// long would hold up all others.
  @Test func programsSideBySide() throws {
    let shell = try Program("sh")
    let strangers = Mutex<[String]>([])
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      for _ in 0..<25 {
        let listing = (try? shell.run(["-c", "ls -l /proc/$$/fd"]).output) ?? "no output"
        let files = listing.matches(of: #/([0-9]+) -> /#).map { String($0.1) }
        if Set(files) != ["0", "1", "2"] { strangers.withLock { $0.append(listing) } }
      }
    }
    #expect(strangers.withLock { $0 } == [])
  }

  /// No open file of ours reaches a program.
  @Test func openFilesStayHere() throws {
    let folder = try TemporaryDirectory()
    let file = try FileStorage(folder.path("file"), .create)
    let lock = try FileLock.take(folder.path("lock"), busy: "busy")
    let listing = try Program("sh").run(["-c", "ls -l /proc/$$/fd"]).output
    #expect(!listing.contains(folder.url.lastPathComponent))
    _ = consume lock
    #expect(file.path.hasSuffix("file"))
  }
}

/// A lock that processes see of each other.
@Suite struct FileLockTests {
  @Test func oneAtATime() throws {
    let folder = try TemporaryDirectory()
    let path = folder.path("lock")
    do {
      let lock = try FileLock.take(path, busy: "another build runs")
      let error = #expect(throws: HostError.self) {
        _ = try FileLock.take(path, busy: "another build runs")
      }
      #expect(error?.description == "cannot lock '\(path)': another build runs")
      #expect(try Tool("flock").run(["-n", path, "true"]).status == 1, "another process")
      _ = consume lock
    }
    #expect(try Tool("flock").run(["-n", path, "true"]).status == 0)
    _ = try FileLock.take(path, busy: "busy")
    #expect(try Files.status(path)?.mode == 0o600)
  }

  @Test func waitsForAnotherProcess() throws {
    let folder = try TemporaryDirectory()
    let path = folder.path("lock")
    let holder = Process()
    holder.executableURL = URL(fileURLWithPath: try Program("flock").path)
    holder.arguments = [path, "sh", "-c", "touch \(folder.path("held")); sleep 1"]
    try holder.run()
    while try !Files.exists(folder.path("held")) { usleep(10_000) }
    var told = 0
    let start = ContinuousClock.now
    _ = try FileLock.wait(path) { told += 1 }
    #expect(told == 1)
    #expect(ContinuousClock.now - start > .milliseconds(300))
    holder.waitUntilExit()
    _ = try FileLock.wait(path) { told += 1 }
    #expect(told == 1, "nobody to wait for")
  }

  /// The kernel takes it back, however the holder ended.
  @Test func holderThatWasKilled() throws {
    let folder = try TemporaryDirectory()
    let path = folder.path("lock")
    let script = "exec 9>\(path); flock 9; kill -KILL $$"
    #expect(try Program("sh").run(["-c", script]).status == 137)
    _ = try FileLock.take(path, busy: "busy")
  }

  @Test func whereNoLockCanBe() throws {
    #expect(throws: HostError.self) { _ = try FileLock.take("/none/lock", busy: "busy") }
    #expect(throws: HostError.self) { _ = try FileLock.wait("/none/lock") {} }
  }
}
