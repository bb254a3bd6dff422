import SugarExt4
import SugarModel
import SugarTestSupport
import Testing

/// Symbolic links are followed inside the volume, and never out of it.
@Suite struct LinkTests {
  private static func tree(_ volume: borrowing Ext4Volume) throws {
    let access = Ext4Access(mode: 0o644)
    try volume.makeDirectory("/data/inner", access: nil)
    try volume.write(MemoryStorage(Array("found".utf8)), to: "/data/inner/file", access: access)
    let links = [
      ("/relative", "data/inner"), ("/absolute", "/data/inner"), ("/data/up", "../data/inner"),
      ("/chain", "relative"), ("/dots", "./data//./inner/"), ("/toFile", "data/inner/file"),
      ("/out", "../etc"), ("/data/farOut", "../../etc"), ("/data/rootward", "/../etc"),
      ("/self", "self"), ("/one", "two"), ("/two", "one"), ("/nowhere", "not/here"),
      ("/deep", "/data/inner/../../data/inner"),
    ]
    for (path, target) in links { try volume.link(path, to: target) }
    for number in 0..<45 {
      try volume.link("/hop\(number)", to: number == 0 ? "data" : "hop\(number - 1)")
    }
  }

  @Test(arguments: [
    "/relative/file", "/absolute/file", "/data/up/file", "/chain/file", "/dots/file", "/toFile",
    "/deep/file", "/hop38/inner/file", "//relative///./file",
  ])
  func leadsToTheFile(_ path: String) throws {
    let test = try TestVolume(.usual)
    try test.edit { try Self.tree($0) }
    let volume = try test.open()
    #expect(try volume.read(path) == Array("found".utf8))
    #expect(try volume.target(of: path)?.kind == .file)
  }

  @Test(arguments: [
    ("/out/passwd", "a symbolic link in it leaves the root of the image"),
    ("/data/farOut", "a symbolic link in it leaves the root of the image"),
    ("/data/rootward", "a symbolic link in it leaves the root of the image"),
    ("/self", "too many symbolic links"), ("/one/file", "too many symbolic links"),
    ("/hop44/inner/file", "too many symbolic links"),
    ("/nowhere", "there is no such file or directory"),
    ("/toFile/below", "there is no such file or directory"),
  ])
  func isRefused(_ path: String, _ reason: String) throws {
    let test = try TestVolume(.usual)
    try test.edit { try Self.tree($0) }
    let volume = try test.open()
    let error = #expect(throws: Ext4Error.self) { _ = try volume.read(path) }
    #expect(error?.reason == reason)
    if reason.contains("links") || reason.contains("leaves") {
      #expect(throws: Ext4Error.self) { _ = try volume.target(of: path) }
    } else {
      #expect(try volume.target(of: path) == nil)
    }
  }

  @Test func writesThroughLinksInTheMiddle() throws {
    let test = try TestVolume(.usual)
    try test.edit { volume in
      try Self.tree(volume)
      try volume.write(
        MemoryStorage([7]), to: "/absolute/new", access: Ext4Access(mode: 0o640, owner: 5))
      try volume.makeDirectory("/chain/folder/below", access: Ext4Access(mode: 0o700))
      try volume.setAccess(Ext4Access(mode: 0o600), of: "/toFile")
    }
    let items = try test.contentsByDebugfs()
    #expect(items["/data/inner/new"]?.content == .file([7]))
    #expect(items["/data/inner/folder/below"]?.mode == 0o700)
    #expect(items["/data/inner/file"]?.mode == 0o600)
    #expect(items["/toFile"]?.mode == 0o777, "the link itself stays as it is")
    try expectNone(test.complaints())
  }

  /// A link at the end of the path is replaced, and what it points at stays.
  @Test(arguments: ["/toFile", "/out", "/self", "/nowhere"])
  func linkAtTheEndIsReplaced(_ path: String) throws {
    let test = try TestVolume(.usual)
    try test.edit { volume in
      try Self.tree(volume)
      try volume.write(MemoryStorage([7]), to: path, access: Ext4Access(mode: 0o640))
    }
    let items = try test.contentsByDebugfs()
    #expect(items[path]?.content == .file([7]))
    #expect(items["/data/inner/file"]?.content == .file(Array("found".utf8)))
    try expectNone(test.complaints())
  }

  @Test func removesAndRenamesTheLinkItself() throws {
    let test = try TestVolume(.usual)
    try test.edit { volume in
      try Self.tree(volume)
      #expect(try volume.remove("/absolute"))
      try volume.rename("/toFile", to: "moved")
      try volume.rename("/self", to: "other self")
    }
    let items = try test.contentsByDebugfs()
    #expect(items["/absolute"] == nil)
    #expect(items["/moved"]?.content == .link("data/inner/file"))
    #expect(items["/other self"]?.content == .link("self"))
    #expect(items["/data/inner/file"] != nil)
    try expectNone(test.complaints())
  }

  @Test(arguments: ["/out/x", "/self/x", "/data/farOut/x"])
  func nothingIsWrittenOutside(_ path: String) throws {
    let test = try TestVolume(.usual)
    try test.edit { try Self.tree($0) }
    let before = try test.bytes()
    try test.edit { volume in
      #expect(throws: Ext4Error.self) {
        try volume.write(MemoryStorage([7]), to: path, access: Ext4Access(mode: 0o640))
      }
      #expect(throws: Ext4Error.self) { try volume.link(path, to: "x") }
      #expect(throws: Ext4Error.self) { try volume.makeDirectory(path, access: nil) }
      #expect(throws: Ext4Error.self) { try volume.remove(path) }
    }
    #expect(try test.bytes() == before)
  }
}
