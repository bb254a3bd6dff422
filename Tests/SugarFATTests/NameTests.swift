import SugarFAT
import SugarModel
import SugarTestSupport
import Testing

@Suite struct NameTests {
  /// One directory, filled in this order.
  static let rows: [(name: String, short: String)] = [
    ("config.txt", "CONFIG.TXT"),
    ("CMDLINE.TXT", "CMDLINE.TXT"),
    ("Readme.md", "README.MD"),
    ("issue.TXT", "ISSUE.TXT"),
    ("long file name.yaml", "LONGFI~1.YAM"),
    ("long file nape.yaml", "LONGFI~2.YAM"),
    ("longfi~3.yam", "LONGFI~3.YAM"),
    ("long file name four.yaml", "LONGFI~4.YAM"),
    (".hidden", "HIDDEN~1"),
    ("a.b.c", "AB~1.C"),
    ("x+y.txt", "X_Y~1.TXT"),
    ("é", "_~1"),
    ("🥧", "__~1"),
    ("noext", "NOEXT"),
    ("bcm2712-rpi-5-b.dtb", "BCM271~1.DTB"),
    ("LONGFI~5.YAM", "LONGFI~5.YAM"),
    ("long file name six", "LONGFI~1"),
    ("1", "1"),
  ]

  @Test func shortNames() throws {
    let test = try TestVolume(.fat16)
    var volume = try test.open()
    for row in Self.rows { try volume.write([1], to: row.name, modified: someTime) }
    let entries = try volume.list("/")
    #expect(entries.map(\.name) == Self.rows.map(\.name))
    #expect(entries.map(\.shortName) == Self.rows.map(\.short))
    #expect(try test.complaints() == "")
    // The short name leads to the same file.
    try volume.write([2], to: "longfi~1.yam", modified: someTime)
    #expect(try volume.read("LONG FILE NAME.YAML") == [2])
    #expect(try volume.list("/").map(\.name) == Self.rows.map(\.name))
  }

  @Test func moreThanNineTails() throws {
    let test = try TestVolume(.fat16)
    var volume = try test.open()
    for number in 0..<120 { try volume.write([], to: "a long name \(number)", modified: someTime) }
    let shorts = try volume.list("/").map(\.shortName)
    #expect(Set(shorts).count == 120)
    #expect(shorts[8...10] == ["ALONGN~9", "ALONG~10", "ALONG~11"])
    #expect(try test.complaints() == "")
  }

  static let refused = [
    "", "/", ".", "..", "a/..", "a*", "a:b", "a\"", "a<", "a>", "a|", "a?", "a\\b", "dot.",
    "space ",
    "tab\t", "nul\0", "no character \u{FFFF}", " ", "...", String(repeating: "x", count: 256),
    String(repeating: "🥧", count: 128),
  ]

  @Test(arguments: refused) func namesThatFATCannotHold(_ name: String) throws {
    let test = try TestVolume(.fat12)
    var volume = try test.open()
    #expect(throws: FATError.self) { try volume.write([1], to: name, modified: someTime) }
    #expect(try volume.list("/") == [])
  }

  static let lengths = [1, 8, 12, 13, 14, 25, 26, 27, 254, 255]

  @Test(arguments: Shape.allCases) func lengthsAroundTheSlots(_ shape: Shape) throws {
    let test = try TestVolume(shape)
    var volume = try test.open()
    var expected: [String: Content] = [:]
    for length in Self.lengths {
      for sign in ["x", "ж"] {
        let name = String(repeating: sign, count: length)
        try volume.write([UInt8(length)], to: name, modified: someTime)
        expected[name] = .file([UInt8(length)])
      }
    }
    #expect(try volume.contents() == expected)
    #expect(try test.complaints() == "")
    // A host's file name has at most 255 bytes: mtools gets the longest ones out one by one.
    for (name, content) in expected {
      #expect(.file(try test.mtools("mtype", ["::/\(name)"])) == content)
    }
  }

  @Test(arguments: [5, 6, 7, 12, 13, 126]) func surrogatePairsAcrossSlots(_ count: Int) throws {
    let test = try TestVolume(.fat12)
    var volume = try test.open()
    let name = String(repeating: "🥧", count: count) + "." + "x"
    try volume.write([5], to: name, modified: someTime)
    #expect(try volume.list("/").map(\.name) == [name])
    #expect(try volume.read(name) == [5])
    #expect(try test.complaints() == "")
  }

  @Test func namesThatDifferByCaseAreOneFile() throws {
    let test = try TestVolume(.fat32Small)
    var volume = try test.open()
    try volume.makeDirectory("Ärger/Über", modified: someTime)
    try volume.makeDirectory("äRGER/üBER", modified: someTime)
    try volume.write([1], to: "ÄRGER/über/Straße.txt", modified: someTime)
    try volume.write([2], to: "ärger/ÜBER/STRAßE.TXT", modified: someTime)
    #expect(
      try volume.contents() == [
        "Ärger": .directory, "Ärger/Über": .directory, "Ärger/Über/Straße.txt": .file([2]),
      ])
    #expect(try test.complaints() == "")
  }

  @Test func aCombiningMarkDoesNotHideASlash() throws {
    let test = try TestVolume(.fat16)
    var volume = try test.open()
    try volume.makeDirectory("d", modified: someTime)
    try volume.write([1], to: "d/\u{301}x", modified: someTime)
    #expect(try volume.list("d").map(\.name) == ["\u{301}x"])
    #expect(try test.complaints() == "")
  }
}
