import Foundation
import SugarHost
import SugarModel
import SugarTestSupport
import Testing

/// Programs that talk to strangers end in time, and say no more than they may.
@Suite struct BoundedProgramTests {
  private func shell(
    _ script: String, limit: ByteCount = .kib(64), seconds: Int = 5, input: String = ""
  )
    throws -> Program.Answer
  {
    try Program("sh").ask(["-c", script], input: input, limit: limit, seconds: seconds)
  }

  @Test func bothOutputsAreKeptApart() throws {
    let answer = try shell("cat; echo no >&2; exit 3", input: "yes")
    #expect(String(decoding: answer.output, as: UTF8.self) == "yes")
    #expect(String(decoding: answer.complaints, as: UTF8.self) == "no\n")
    #expect(answer.status == 3)
    #expect(answer.cut == nil)
  }

  @Test func whoSaysTooMuchIsEnded() throws {
    let answer = try shell("exec yes", limit: .kib(8))
    #expect(answer.cut == .size)
    #expect(answer.output.count == 8192)
    #expect(answer.status == 128 + 9)
  }

  @Test func whoTakesTooLongIsEnded() throws {
    let began = Date()
    let answer = try shell("echo begun; exec sleep 60", seconds: 1)
    #expect(answer.cut == .time)
    #expect(String(decoding: answer.output, as: UTF8.self) == "begun\n")
    #expect(Date().timeIntervalSince(began) < 5)
  }

  @Test func complaintsWithoutEndDoNotBlock() throws {
    let answer = try shell("head -c 3000000 /dev/zero >&2; echo done", seconds: 20)
    #expect(answer.cut == nil)
    #expect(String(decoding: answer.output, as: UTF8.self) == "done\n")
    #expect(answer.complaints.count < 1 << 17)
  }

  /// Other tests open and close files meanwhile, so only a leak shows.
  @Test func nothingIsLeftOpen() throws {
    func open() throws -> Int { try Files.list("/proc/self/fd").count }
    let before = try open()
    for _ in 0..<200 { _ = try shell("true") }
    #expect(try open() < before + 100)
  }

  @Test func latencyIsMeasuredAndLeavesNothing() throws {
    let folder = try TemporaryDirectory()
    let found = try WriteLatency.measure(in: folder.url.path, seconds: 0.2, writes: 50)
    #expect(found.writes >= 20 && found.median > 0 && found.slowest >= found.median)
    #expect(try Files.list(folder.url.path) == [])
    #expect(throws: HostError.self) { try WriteLatency.measure(in: folder.path("none")) }
  }
}
