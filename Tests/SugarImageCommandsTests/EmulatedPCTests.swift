import Foundation
import SugarTestSupport
import Testing

/// The whole program on USB sticks, in an emulated PC with a kernel and a udev of its own: what no
/// loop device can show, and what must not be tried on this machine's disks.
@Suite(.serialized) struct EmulatedPCTests {
  private static let shared = Result { try StickRun() }
  private let run: StickRun

  init() throws { run = try Self.shared.get() }

  private struct Row: Decodable {
    struct Disk: Decodable {
      var path: String
      var transport: String
      var isRemovable: Bool
      var size: UInt64
      var stableNames: [String]
    }
    struct Word: Decodable {
      struct Refusal: Decodable { var code: String }
      var rail: String
      var refusal: Refusal?
    }
    var disk: Disk
    var identity: String?
    var rails: [Word]
    var mayBeWritten: Bool

    var holding: [String] { rails.filter { $0.refusal != nil }.map(\.rail) }
  }

  private func rows(_ step: String) throws -> [String: Row] {
    let said = run.said(step)
    #expect(said.status == 0, "\(said.complaints)")
    let rows = try JSONDecoder().decode([Row].self, from: Data(said.output.utf8))
    return Dictionary(rows.map { ($0.identity ?? $0.disk.path, $0) }) { first, _ in first }
  }

  @Test func everyDiskIsWhatItIs() throws {
    let rows = try rows("disks")
    #expect(rows.count == 6, "\(run.said("disks").output)")
    for stick in [StickRun.good, StickRun.other, StickRun.broken, StickRun.slow] {
      let row = try #require(rows[stick], "\(run.said("disks").output)")
      #expect(row.disk.transport == "usb" && row.disk.isRemovable)
      #expect(row.mayBeWritten && row.holding == [])
      #expect(
        row.disk.stableNames.contains { $0.hasPrefix("/dev/disk/by-path/") && $0.contains("usb") })
    }
    let drive = try #require(rows[StickRun.drive])
    #expect(drive.disk.transport == "nvme" && !drive.disk.isRemovable)
    #expect(!drive.mayBeWritten && drive.holding == ["removable"], "\(drive.holding)")
    let system = try #require(rows[StickRun.system])
    #expect(system.disk.transport == "sata" && !system.disk.isRemovable)
    #expect(system.holding == ["system", "unused", "removable"], "\(system.holding)")
  }

  @Test func theSystemsDiskIsRefused() throws {
    let said = run.said("refused")
    #expect(said.status == 77, "\(said.output)\(said.complaints)")
    #expect(said.complaints.contains("the running system stands on /dev/sd"), "\(said.complaints)")
    #expect(run.after[StickRun.system] == run.before[StickRun.system])
  }

  @Test func oneOfSeveralSticksMustBeNamed() throws {
    let said = run.said("several")
    #expect(said.status == 77, "\(said.output)\(said.complaints)")
    #expect(
      said.complaints.contains("4 disks of this machine could be meant"), "\(said.complaints)")
  }

  @Test func aStickIsWrittenAndEjected() throws {
    let shown = run.said("shown")
    #expect(shown.status == 0, "\(shown.complaints)")
    #expect(shown.output.contains("eject it") && shown.output.contains("nothing was written"))
    let said = run.said("written")
    #expect(said.status == 0, "\(said.complaints)")
    #expect(said.output.contains("12 MiB written, and every byte read back"), "\(said.output)")
    #expect(said.output.hasSuffix("it is ejected and can be taken out\n"), "\(said.output)")
    #expect(run.holders.contains(StickRun.good))
    #expect(run.ejected.contains(StickRun.good), "QEMU saw no tray move")
    // A medium that is not there has no size, and is no disk; nor is that of the slow stick by then.
    #expect(run.said("size").output == "0\n")
    let left = try rows("ejected")
    #expect(left[StickRun.good] == nil && left.count == 4, "\(run.said("ejected").output)")
  }

  @Test func noOtherDiskIsTouched() throws {
    for serial in [StickRun.system, StickRun.drive, StickRun.other] {
      #expect(run.after[serial] == run.before[serial], "\(serial) was written")
      #expect(!run.ejected.contains(serial))
    }
  }

  @Test func aBrokenStickIsTold() throws {
    let said = run.said("broken")
    #expect(said.status == 74, "\(said.output)\(said.complaints)")
    #expect(
      said.complaints.contains("Input/output error")
        && said.complaints.contains("boots nothing")
        && said.complaints.contains("take another one"),
      "\(said.complaints)")
    #expect(run.empty.contains(StickRun.broken), "it has a table")
    #expect(!run.ejected.contains(StickRun.broken))
  }

  @Test func aStickIsPulledOutAndPutInAgain() throws {
    let pulled = run.said("pulled")
    #expect(pulled.status == 74, "\(pulled.output)\(pulled.complaints)")
    #expect(pulled.complaints.contains("it is gone"), "\(pulled.complaints)")
    #expect(pulled.complaints.contains("the same command goes on where it stopped"))
    let said = run.said("resumed")
    #expect(said.status == 0, "\(said.output)\(said.complaints)")
    struct Answer: Decodable {
      struct Outcome: Decodable {
        var resumedAt: Int?
        var wasVerified: Bool
      }
      var outcome: Outcome
      var ejected: Bool
    }
    let answer = try JSONDecoder().decode(Answer.self, from: Data(said.output.utf8))
    #expect((answer.outcome.resumedAt ?? 0) >= run.pulledOutAt && run.pulledOutAt > 0)
    #expect(answer.outcome.wasVerified && answer.ejected)
    #expect(run.holders.contains(StickRun.slow))
    #expect(run.ejected.contains(StickRun.slow))
  }
}
