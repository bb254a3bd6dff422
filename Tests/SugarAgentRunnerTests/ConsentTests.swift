import Foundation
import SugarAgentPlan
import SugarAgentRunner
import SugarHost
import SugarModel
import SugarTestSupport
import Testing

/// What a person may overrule, and what can be taken back.
@Suite(.enabled(if: Privilege.isRoot, Privilege.reason)) struct ConsentTests {
  @Test("a consent wipes this disk with this content, once")
  func once() throws {
    let bench = try AgentBench()
    let disk = try bench.add()
    try Recipe.ext4(disk)
    let refused = try bench.run()
    #expect(word(refused.decision) == "REFUSE foreign-filesystem")
    let consent = try #require(refused.consent)
    #expect(consent.hasPrefix("wipe \(AgentBench.serial) "))
    #expect(try bench.run().consent == consent, "it stays the same until it is used")

    bench.consents = ["# my words", "  \(consent)  "]
    #expect(try bench.run().decision == .keep)
    try Tool("e2fsck").check(["-fn", "\(disk.path)p1"])

    // The same line again, for the same kind of content: it was used.
    try Tool("partx").check(["--delete", "--nr", "1", disk.path])
    try disk.zero(64 << 20, at: 0)
    try Recipe.ext4(disk)
    try Files.remove("\(bench.places.undo)/data.capsule")
    let before = try bench.digests()
    let again = try bench.run()
    #expect(word(again.decision) == "REFUSE foreign-filesystem", "\(again.decision)")
    #expect(try bench.digests() == before)
  }

  @Test("a consent is worth nothing when the content changed, or for another disk")
  func boundToContent() throws {
    let bench = try AgentBench()
    let disk = try bench.add()
    try Recipe.ext4(disk)
    bench.consents = [try #require(try bench.run().consent)]
    try disk.write(Array("a file that came later".utf8), at: 30 << 20)
    let before = try bench.digests()
    #expect(word(try bench.run().decision) == "REFUSE foreign-filesystem")
    #expect(try bench.digests() == before)

    let other = try AgentBench()
    other.consents = bench.consents
    try Recipe.ext4(other.add())
    #expect(word(try other.run().decision) == "REFUSE foreign-filesystem")
  }

  @Test("nobody can consent to a disk that is in use")
  func notInUse() throws {
    let bench = try AgentBench()
    let disk = try bench.add()
    try Recipe.ext4(disk)
    bench.consents = [try #require(try bench.run().consent)]
    try bench.mount(disk.path)
    #expect(word(try bench.run().decision) == "REFUSE in-use")
  }

  @Test("undo makes the disk again as it was, for as long as no file system was made")
  func undo() throws {
    let bench = try AgentBench()
    let disk = try bench.add()
    let before = try disk.digest()
    // The disk goes away right after the table was written.
    bench.onAppend = {
      let journal = String(decoding: try Files.read(bench.places.journal), as: UTF8.self)
      if journal.hasSuffix(
        "\"event\":{\"tableWritten\":{}},\"layout\":\"data\",\"time\":1767225600}\n")
      {
        try disk.fake("device/serial", "GONE42")
      }
    }
    #expect(word(try bench.run().decision) == "REFUSE changed-identity")
    try disk.fake("device/serial", AgentBench.serial)
    bench.onAppend = {}
    #expect(try disk.digest() != before)
    try bench.worker().undo("data")
    #expect(try disk.digest() == before)
    #expect(word(try bench.run().decision) == "REFUSE undone")
    try bench.worker().retry("data")
    #expect(try bench.run().decision == .keep)
  }

  @Test("undo says when it cannot: a file system was made")
  func tooLate() throws {
    let bench = try AgentBench()
    let disk = try bench.add()
    #expect(try bench.run().decision == .keep)
    let before = try disk.digest()
    #expect(throws: AgentError.self) { try bench.worker().undo("data") }
    #expect(throws: AgentError.self) { try bench.worker().undo("nothing") }
    #expect(try disk.digest() == before)
  }

  @Test("a damaged capsule is not used")
  func damagedCapsule() throws {
    let bench = try AgentBench()
    try bench.add()
    try bench.run()
    let path = "\(bench.places.undo)/data.capsule"
    var bytes = try Files.read(path, limit: .mib(64))
    #expect(try Files.status(path)?.mode == 0o600)
    _ = try UndoCapsule(reading: path)
    bytes[bytes.count - 5] ^= 1
    try Files.write(bytes, to: path, mode: 0o600)
    #expect(throws: AgentError.self) { try UndoCapsule(reading: path) }
    try Files.write(Array(bytes.prefix(bytes.count - 1)), to: path, mode: 0o600)
    #expect(throws: AgentError.self) { try UndoCapsule(reading: path) }
  }

  @Test("three boots that come to no end are enough")
  func repeatedFailure() throws {
    let bench = try AgentBench()
    let disk = try bench.add()
    bench.onTell = { _ in try? disk.fake("device/serial", "GONE42") }
    bench.afterRun = { try? disk.fake("device/serial", AgentBench.serial) }
    for number in 1...3 {
      bench.boot = "boot-\(number)"
      #expect(word(try bench.run().decision) == "REFUSE changed-identity")
    }
    bench.boot = "boot-4"
    bench.onTell = { _ in }
    #expect(word(try bench.run().decision) == "REFUSE repeated-failure")
    try bench.worker().retry("data")
    #expect(try bench.run().decision == .keep)
  }
}

/// The agent's own journal: the power may go within any line of it.
@Suite struct JournalTests {
  @Test("cut at every byte, it opens with the lines that were whole")
  func everyCut() throws {
    let folder = try TemporaryDirectory()
    let path = folder.path("journal.jsonl")
    let journal = try AgentJournal(path, boot: "b1") { 7 }
    try journal.append("data", .began(disk: "serial:S", middle: "m", consent: nil))
    try journal.append("data", .formatting(partition: 1))
    try journal.append("data", .finished(disk: "serial:S"))
    let whole = try Files.read(path)
    var ends = 0
    for count in 0...whole.count {
      let copy = folder.path("cut-\(count)")
      try Files.write(Array(whole.prefix(count)), to: copy, mode: 0o600)
      let opened = try AgentJournal(copy, boot: "b2") { 8 }
      let lines = whole.prefix(count).count { $0 == 10 }
      #expect(opened.entries.count == lines)
      try opened.append("data", .retried)
      #expect(try AgentJournal(copy, boot: "b3") { 9 }.entries.count == lines + 1)
      ends += 1
    }
    print("power cuts: the agent's journal: \(ends) cut points")
  }

  @Test func aLineThatIsNoLineStopsTheAgent() throws {
    let folder = try TemporaryDirectory()
    let path = folder.path("journal.jsonl")
    try Files.write(Array("{\"nonsense\": 1}\n".utf8), to: path, mode: 0o600)
    #expect(throws: AgentError.self) { _ = try AgentJournal(path, boot: "b") { 0 } }
  }
}
