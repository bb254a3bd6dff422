import SugarFAT
import SugarModel
import SugarTestSupport
import Testing

@Suite struct FATTimeTests {
  struct Row: Sendable {
    var given: Int64
    var kept: Int64
  }

  static let rows = [
    Row(given: 315_532_800, kept: 315_532_800),  // 1980-01-01 00:00:00
    Row(given: 315_532_799, kept: 315_532_800),
    Row(given: 0, kept: 315_532_800),
    Row(given: .min, kept: 315_532_800),
    Row(given: 951_827_696, kept: 951_827_696),  // 2000-02-29 12:34:56
    Row(given: 951_827_697, kept: 951_827_696),
    Row(given: 1_709_251_199, kept: 1_709_251_198),  // 2024-02-29 23:59:59
    Row(given: 1_735_689_600, kept: 1_735_689_600),  // 2025-01-01 00:00:00
    Row(given: 4_107_542_400, kept: 4_107_542_400),  // 2100-03-01 00:00:00
    Row(given: 4_107_542_399, kept: 4_107_542_398),  // 2100-02-28 23:59:59
    Row(given: 4_354_819_198, kept: 4_354_819_198),  // 2107-12-31 23:59:58
    Row(given: 4_354_819_200, kept: 4_354_819_198),
    Row(given: .max, kept: 4_354_819_198),
  ]

  @Test(arguments: rows) func isKeptInStepsOfTwoSeconds(_ row: Row) {
    #expect(FATTime(unixSeconds: row.given).unixSeconds == row.kept)
  }

  @Test func everyDayComesBack() {
    for day in stride(from: Int64(315_532_800), to: 4_354_819_198, by: 86_400) {
      #expect(FATTime(unixSeconds: day + 3661).unixSeconds == day + 3660)
    }
  }

  @Test func mtoolsShowsTheSameTime() throws {
    let test = try TestVolume(.fat16)
    var volume = try test.open()
    try volume.write([1], to: "leap.txt", modified: FATTime(unixSeconds: 951_827_696))
    let text = String(decoding: try test.mtools("mdir", ["::"]), as: UTF8.self)
    #expect(text.contains("2000-02-29  12:34"))
    #expect(try volume.entry(at: "LEAP.TXT")?.modified.unixSeconds == 951_827_696)
  }

  @Test func replacingKeepsNameCaseAndAttributes() throws {
    let test = try TestVolume(.fat32Small)
    var volume = try test.open()
    try volume.write([1], to: "cmdline.TXT", modified: someTime)
    try test.mtools("mattrib", ["+r", "+h", "-a", "::/cmdline.txt"])
    try volume.write([2, 3], to: "CMDLINE.txt", modified: FATTime(unixSeconds: 951_827_696))
    let entry = try #require(try volume.entry(at: "cmdline.txt"))
    #expect(entry.name == "cmdline.TXT")
    #expect(entry.attributes == [.readOnly, .hidden, .archive])
    #expect(entry.size == ByteCount(2))
    #expect(try test.complaints() == "")
  }

  @Test func whatAPersonGetsWrong() throws {
    let test = try TestVolume(.fat32Small)
    var volume = try test.open()
    try volume.write([1, 2, 3], to: "file", modified: someTime)
    try volume.makeDirectory("dir/inner", modified: someTime)
    let complaints = try [
      #require(throws: FATError.self) { try volume.read("nothing") },
      #require(throws: FATError.self) { try volume.read("dir") },
      #require(throws: FATError.self) { try volume.read("file", limit: ByteCount(2)) },
      #require(throws: FATError.self) { try volume.list("file") },
      #require(throws: FATError.self) { try volume.write([], to: "dir", modified: someTime) },
      #require(throws: FATError.self) { try volume.write([], to: "no/x", modified: someTime) },
      #require(throws: FATError.self) { try volume.makeDirectory("file/x", modified: someTime) },
      #require(throws: FATError.self) { try volume.remove("dir") },
      #require(throws: FATError.self) { try volume.remove("/") },
    ].map(\.description)
    #expect(
      complaints == [
        "cannot read 'nothing': no such file",
        "cannot read 'dir': it is a directory",
        "cannot read 'file': it has 3 bytes, more than the 2 expected",
        "cannot list 'file': there is no directory 'file'",
        "cannot write 'dir': it is a directory",
        "cannot write 'no/x': there is no directory 'no'",
        "cannot make directory 'file/x': 'file' is a file",
        "cannot remove 'dir': the directory is not empty",
        "cannot remove '/': the root stays",
      ])
  }
}
