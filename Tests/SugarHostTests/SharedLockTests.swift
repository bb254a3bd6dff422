import Foundation
import SugarHost
import SugarTestSupport
import Testing

/// Locks that several share, and locks whose file goes.
@Suite struct SharedLockTests {
  let folder: TemporaryDirectory
  var path: String { folder.path("lock") }

  init() throws { folder = try TemporaryDirectory() }

  /// Whether the lock can be had now.
  private func isFree(_ kind: FileLock.Kind) throws -> Bool {
    guard let lock = try FileLock.attempt(path, kind) else { return false }
    _ = consume lock
    return true
  }

  @Test func severalShareItAndOneHasItAlone() throws {
    #expect(try !FileLock.isHeld(path))
    #expect(!FileManager.default.fileExists(atPath: path), "asking made a file")
    do {
      let first = try FileLock.attempt(path, .shared)
      #expect(try isFree(.shared) && !isFree(.exclusive) && FileLock.isHeld(path))
      #expect(try Tool("flock").run(["-n", "-s", path, "true"]).status == 0)
      #expect(try Tool("flock").run(["-n", path, "true"]).status == 1)
      _ = consume first
    }
    #expect(try isFree(.exclusive) && !FileLock.isHeld(path))
    let alone = try FileLock.take(path, busy: "taken")
    #expect(try !isFree(.shared) && !isFree(.exclusive))
    _ = consume alone
  }

  /// Who has it alone may remove its file; who waited does not take what is no longer there.
  @Test func itsFileIsRemovedWhileSomebodyWaits() throws {
    let path = path
    let alone = try FileLock.take(path, busy: "")
    let (isWaiting, isDone) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    // A thread of its own: one that blocks must not keep a test from running.
    Thread.detachNewThread {
      defer { isDone.signal() }
      do {
        let lock = try FileLock.wait(path, .shared) { isWaiting.signal() }
        try lock.note("mine")
        // Held until this was looked at: what was written is in the file that has the name.
        let text = try withExtendedLifetime(lock) {
          try String(contentsOfFile: path, encoding: .utf8)
        }
        #expect(text == "mine")
      } catch {
        Issue.record(error)
      }
    }
    isWaiting.wait()
    try Files.remove(path)
    _ = consume alone
    #expect(isDone.wait(timeout: .now() + 60) == .success)
    #expect(FileManager.default.fileExists(atPath: path))
  }

  @Test func aNoteGivesItThePresentTime() throws {
    let lock = try FileLock.take(path, busy: "")
    try lock.note("a longer text")
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1000)], ofItemAtPath: path)
    for text in ["short", ""] {
      try lock.note(text)
      #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
      let modified = try #require(try Files.status(path)).modified
      #expect(abs(Double(modified) - Date().timeIntervalSince1970) < 60)
    }
    _ = consume lock
  }

  /// By sudo, in somebody's folder: the lock is that person's, who could not take it otherwise.
  @Test(.enabled(if: getuid() == 0, "needs root: folders of others"))
  func whatRootMakesIsItsFoldersOwners() throws {
    try FileManager.default.setAttributes(
      [.ownerAccountID: 65534, .groupOwnerAccountID: 65534], ofItemAtPath: folder.url.path)
    #expect(try isFree(.exclusive))
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.ownerAccountID] as? Int == 65534)
  }

  /// Somebody puts a link where root will lock: what it leads to is not opened, written or given away.
  @Test func aLinkIsNotFollowed() throws {
    let file = folder.path("somebody-elses")
    try "words".write(toFile: file, atomically: true, encoding: .utf8)
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: file)
    let error = #expect(throws: HostError.self) { try isFree(.exclusive) }
    #expect(error?.code == ELOOP)
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "words")
  }
}
