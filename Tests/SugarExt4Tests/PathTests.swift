import Foundation
import SugarExt4
import SugarModel
import SugarTestSupport
import Testing

/// Names of every kind, owners and modes, and what no path may be.
@Suite struct PathTests {
  private static let access = Ext4Access(mode: 0o644)
  /// The volume after it was opened and closed: of that, the superblock's times remain.
  private static let unedited = Result {
    let storage = MemoryStorage(try Bases.bytes(.usual))
    try Ext4Volume.open(storage, name: "root", editing: editTime).close()
    return Data(storage.content)
  }
  private static let longest = String(repeating: "n", count: 255)

  @Test func namesAreBytes() throws {
    let names = [
      Self.longest, String(repeating: "ß", count: 127) + "x", "日本語", "🥧", " ", "a b", "tab\there",
      "line\nbreak", "-", "~", "*", "\\", "\"quoted\"", "...", " .", "\u{e9}", "e\u{301}",
    ]
    let test = try TestVolume(.smallBlocks)
    try test.edit { volume in
      try volume.makeDirectory("/names", access: nil)
      for (number, name) in names.enumerated() {
        try volume.write(
          MemoryStorage([UInt8(number)]), to: "/names/\(name)", access: Self.access)
      }
    }
    let volume = try test.open()
    let found = try volume.list("/names")
    // Compared as bytes: the two spellings of é are equal as Swift sees them.
    #expect(Set(found.map { Array($0.utf8) }) == Set(names.map { Array($0.utf8) }))
    #expect(found.count == names.count)
    for (number, name) in names.enumerated() {
      #expect(try volume.read("/names/\(name)") == [UInt8(number)], "\(name)")
    }
    try expectNone(test.complaints())
  }

  @Test(arguments: [
    (UInt16(0o4755), UInt32(0), UInt32(0)), (0o2755, 1, 2), (0o1777, 65535, 65536),
    (0o7777, 65537, 4_294_967_294), (0, 4_294_967_295, 4_294_967_295), (0o600, 1000, 1000),
  ])
  func accessIsKept(_ mode: UInt16, _ owner: UInt32, _ group: UInt32) throws {
    let access = Ext4Access(mode: mode, owner: owner, group: group)
    let test = try TestVolume(.usual)
    try test.edit { volume in
      try volume.write(MemoryStorage([1]), to: "/file", access: access)
      try volume.makeDirectory("/folder", access: access)
      try volume.setAccess(access, of: "/etc/hostname")
    }
    let volume = try test.open()
    let found = try test.debugfs(["stat /file", "stat /folder", "stat /etc/hostname"])
    for (path, type) in [
      ("/file", "regular"), ("/folder", "directory"), ("/etc/hostname", "regular"),
    ] {
      let entry = try #require(try volume.entry(at: path))
      #expect(entry.mode == mode && entry.owner == owner && entry.group == group)
      let text = try #require(found.components("debugfs: stat \(path)\n").last)
      #expect(text.contains("Type: \(type)"))
      let octal = String(mode, radix: 8)
      #expect(
        text.contains("Mode:  0" + String(repeating: "0", count: 3 - min(3, octal.count)) + octal))
    }
    try expectNone(test.complaints())
  }

  @Test(arguments: [
    ("", "the path must start with '/'"), ("etc/hostname", "the path must start with '/'"),
    ("./etc", "the path must start with '/'"), ("/etc/../etc/x", "the path may not contain '..'"),
    ("/..", "the path may not contain '..'"), ("/etc/nul\0byte", "the path may not contain a NUL"),
  ])
  func badPath(_ path: String, _ reason: String) throws {
    let storage = MemoryStorage(try Bases.bytes(.usual))
    let volume = try Ext4Volume.open(storage, name: "root", editing: editTime)
    let attempts: [(borrowing Ext4Volume) throws -> Void] = [
      { _ = try $0.entry(at: path) }, { _ = try $0.target(of: path) }, { _ = try $0.list(path) },
      { _ = try $0.read(path) }, { try $0.link(path, to: "x") }, { try $0.remove(path) },
      { try $0.write(MemoryStorage([1]), to: path, access: Self.access) },
      { try $0.makeDirectory(path, access: nil) }, { try $0.setAccess(Self.access, of: path) },
      { try $0.rename(path, to: "x") },
    ]
    for attempt in attempts {
      let error = #expect(throws: Ext4Error.self) { try attempt(volume) }
      #expect(error?.reason == reason)
    }
    try volume.close()
    #expect(try Data(storage.content) == Self.unedited.get())
  }

  /// Every part of a path ends at a slash byte, whatever Swift takes for one character.
  @Test func combiningSignAfterASlash() throws {
    let test = try TestVolume(.usual)
    try test.edit { volume in
      try volume.write(MemoryStorage([1]), to: "/etc/\u{301}name", access: Self.access)
    }
    #expect(try test.open().list("/etc").contains("\u{301}name"))
    try expectNone(test.complaints())
  }

  struct Wrong: Sendable, CustomTestStringConvertible {
    var name: String
    var reason: String
    var edit: @Sendable (borrowing Ext4Volume) throws -> Void
    var testDescription: String { name }
  }

  static let wrong: [Wrong] = [
    Wrong(name: "write over a directory", reason: "a directory stands there") {
      try $0.write(MemoryStorage([1]), to: "/etc", access: access)
    },
    Wrong(name: "link over a directory", reason: "a directory stands there") {
      try $0.link("/etc", to: "x")
    },
    Wrong(name: "write to the root", reason: "it is the root of the volume") {
      try $0.write(MemoryStorage([1]), to: "/", access: access)
    },
    Wrong(name: "remove the root", reason: "it is the root of the volume") {
      try $0.remove("/./")
    },
    Wrong(name: "rename the root", reason: "it is the root of the volume") {
      try $0.rename("/", to: "x")
    },
    Wrong(name: "write without a folder", reason: "there is no such file or directory") {
      try $0.write(MemoryStorage([1]), to: "/none/file", access: access)
    },
    Wrong(name: "write below a file", reason: "'/etc/hostname' is not a directory") {
      try $0.write(MemoryStorage([1]), to: "/etc/hostname/file", access: access)
    },
    Wrong(name: "directory over a file", reason: "something else stands there") {
      try $0.makeDirectory("/etc/hostname/below", access: nil)
    },
    Wrong(name: "remove a full directory", reason: "the directory is not empty") {
      try $0.remove("/etc")
    },
    Wrong(name: "rename what is not there", reason: "there is no such file or directory") {
      try $0.rename("/none", to: "x")
    },
    Wrong(name: "rename over another", reason: "'mtab' is there already") {
      try $0.rename("/etc/hostname", to: "mtab")
    },
    Wrong(name: "rename into another folder", reason: "'../x' is no file name") {
      try $0.rename("/etc/hostname", to: "../x")
    },
    Wrong(name: "rename to nothing", reason: "'' is no file name") {
      try $0.rename("/etc/hostname", to: "")
    },
    Wrong(name: "rename to ..", reason: "'..' is no file name") {
      try $0.rename("/etc/hostname", to: "..")
    },
    Wrong(name: "rename to a long name", reason: "'\(longest)n' is no file name") {
      try $0.rename("/etc/hostname", to: longest + "n")
    },
    Wrong(name: "long name", reason: "its name has more than 255 bytes") {
      try $0.write(MemoryStorage([1]), to: "/etc/\(longest)n", access: access)
    },
    Wrong(name: "empty link", reason: "a symbolic link must point somewhere") {
      try $0.link("/etc/hostname", to: "")
    },
    Wrong(name: "link with a NUL", reason: "a symbolic link must point somewhere") {
      try $0.link("/etc/hostname", to: "a\0b")
    },
    Wrong(name: "owner of what is not there", reason: "there is no such file or directory") {
      try $0.setAccess(access, of: "/none")
    },
    Wrong(name: "read a directory", reason: "it is not a regular file") {
      _ = try $0.read("/etc")
    },
    Wrong(name: "read more than allowed", reason: "it has 195 KiB, more than 1 KiB") {
      _ = try $0.read("/usr/bin/large", limit: .kib(1))
    },
    Wrong(name: "list a file", reason: "Ext2 inode is not a directory") {
      _ = try $0.list("/etc/hostname")
    },
  ]

  @Test(arguments: wrong) func isRefused(_ row: Wrong) throws {
    let storage = MemoryStorage(try Bases.bytes(.usual))
    let volume = try Ext4Volume.open(storage, name: "root", editing: editTime)
    let error = #expect(throws: Ext4Error.self) { try row.edit(volume) }
    #expect(error?.reason == row.reason)
    try volume.close()
    #expect(try Data(storage.content) == Self.unedited.get())
  }

  @Test func removingNothingIsNoError() throws {
    let storage = MemoryStorage(try Bases.bytes(.usual))
    let volume = try Ext4Volume.open(storage, name: "root", editing: editTime)
    #expect(try !volume.remove("/none"))
    #expect(try !volume.remove("/none/below/it"))
    // What is as it is wanted already is not written again.
    try volume.makeDirectory("/etc", access: Ext4Access(mode: 0o755))
    try volume.close()
    #expect(try Data(storage.content) == Self.unedited.get())
  }
}

extension String {
  fileprivate func components(_ separator: String) -> [String] {
    var parts: [String] = []
    var rest = Substring(self)
    while let range = rest.firstRange(of: separator) {
      parts.append(String(rest[..<range.lowerBound]))
      rest = rest[range.upperBound...]
    }
    return parts + [String(rest)]
  }
}
