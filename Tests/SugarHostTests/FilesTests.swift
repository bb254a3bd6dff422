import Foundation
import SugarHost
import SugarModel
import SugarTestSupport
import Testing

/// Files and folders: written whole or not at all, and links never followed by accident.
@Suite struct FilesTests {
  private let folder: TemporaryDirectory
  private let path: String

  init() throws {
    folder = try TemporaryDirectory()
    path = folder.path("file")
  }

  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
  }

  @Test func writesAndReplaces() throws {
    try Files.write([1, 2], to: path, mode: 0o640)
    try Files.write([3], to: path, mode: 0o600)
    #expect(try Files.read(path) == [3])
    #expect(try Files.status(path)?.mode == 0o600)
    #expect(try names() == ["file"], "nothing is left beside it")
  }

  /// A link in the file's place is replaced; what it points at stays.
  @Test func linkIsReplaced() throws {
    try Files.write([1], to: folder.path("other"), mode: 0o600)
    try Files.makeLink(path, to: folder.path("other"))
    try Files.write([2], to: path, mode: 0o600)
    #expect(try Files.read(folder.path("other")) == [1])
    #expect(try Files.status(path)?.kind == .file)
  }

  /// What a killed run left beside the file is in nobody's way.
  @Test func leftoverIsReplaced() throws {
    try Files.write([1, 1, 1, 1], to: Files.partialName(path), mode: 0o644)
    try Files.write([2], to: path, mode: 0o600)
    #expect(try Files.read(path) == [2])
    #expect(try names() == ["file"])
    #expect(Files.partialName("/a/b") == "/a/.b.partial")
    #expect(Files.partialName("b") == ".b.partial")
    #expect(Files.partialName("/b") == "/.b.partial")
  }

  /// Mounts a file system of 64 KiB, so it wants root; others try a folder they may not write to.
  @Test func oldContentStaysWhenWritingFails() throws {
    let small = folder.path("small")
    try Files.makeDirectory(small)
    let isRoot = getuid() == 0
    let mounted =
      try isRoot
      && Tool("mount").run(
        ["-t", "tmpfs", "-o", "size=64k", "none", small]).status == 0
    defer { if mounted { _ = try? Tool("umount").run([small]) } }
    let file = small + "/file"
    try Files.write([1, 2, 3], to: file, mode: 0o600)
    if !mounted { try Files.setMode(0o500, of: small) }
    defer { if !mounted { try? Files.setMode(0o700, of: small) } }
    if mounted || !isRoot {
      let error = #expect(throws: HostError.self) {
        try Files.write([UInt8](repeating: 9, count: 200_000), to: file, mode: 0o600)
      }
      #expect(error?.code == (mounted ? ENOSPC : EACCES))
    }
    #expect(try Files.read(file) == [1, 2, 3])
    #expect(try Files.list(small) == ["file"])
  }

  @Test func folderInTheWay() throws {
    try Files.makeDirectory(path + "/inner")
    let error = #expect(throws: HostError.self) { try Files.write([1], to: path, mode: 0o600) }
    #expect(error?.operation == "rename")
    #expect(try Files.status(path)?.kind == .directory)
    #expect(throws: HostError.self) {
      try Files.write([1], to: folder.path("none/file"), mode: 0o600)
    }
  }

  @Test func readingHasALimit() throws {
    try Files.write([UInt8](repeating: 1, count: 4096), to: path, mode: 0o600)
    #expect(try Files.read(path, limit: .kib(4)).count == 4096)
    let error = #expect(throws: HostError.self) {
      _ = try Files.read(path, limit: ByteCount(4095))
    }
    #expect(error?.reason == "it is larger than 4 KiB")
    #expect(throws: HostError.self) { _ = try Files.read("/dev/zero", limit: .mib(1)) }
    #expect(throws: HostError.self) { _ = try Files.read(folder.url.path) }
  }

  @Test func statusOfEachKind() throws {
    try Files.write([1], to: path, mode: 0o604)
    try Files.makeLink(folder.path("link"), to: "file")
    try Files.makeLink(folder.path("broken"), to: "none")
    #expect(try Files.status(path)?.kind == .file)
    #expect(try Files.status(path)?.size == ByteCount(1))
    #expect(try Files.status(folder.path("link"))?.kind == .symlink)
    #expect(try Files.status(folder.path("link"), followLinks: true)?.mode == 0o604)
    #expect(try Files.status(folder.url.path)?.kind == .directory)
    #expect(try Files.status("/dev/null")?.kind == .other)
    #expect(try Files.status(path + "/below") == nil)
    #expect(try Files.linkTarget(folder.path("broken")) == "none")
    #expect(try !Files.exists(folder.path("broken")))
    #expect(try Files.exists(folder.path("link")))
    let before = try Files.status(path)?.fingerprint
    try Files.write([2], to: path, mode: 0o604)
    #expect(try Files.status(path)?.fingerprint != before)
  }

  @Test func foldersAboveAreMade() throws {
    let deep = folder.path("a/b/c")
    try Files.makeDirectory(deep, mode: 0o700)
    #expect(try Files.status(deep)?.mode == 0o700)
    // One that is there stays as it is, also behind a link.
    try Files.setMode(0o711, of: deep)
    try Files.makeLink(folder.path("link"), to: "a/b")
    try Files.makeDirectory(folder.path("link/c"), mode: 0o700)
    #expect(try Files.status(deep)?.mode == 0o711)
    try Files.write([1], to: path, mode: 0o600)
    for wrong in [path, path + "/below"] {
      let error = #expect(throws: HostError.self) { try Files.makeDirectory(wrong) }
      #expect(error?.description == "cannot make the folder '\(path)': something else stands there")
    }
  }

  /// Links are removed and not followed: what they point at stays.
  @Test func removingATree() throws {
    let outside = folder.path("outside")
    try Files.makeDirectory(outside)
    try Files.write([1], to: outside + "/file", mode: 0o600)
    let tree = folder.path("tree")
    try Files.makeDirectory(tree + "/a/b")
    try Files.write([1], to: tree + "/a/b/.hidden", mode: 0o400)
    try Files.makeLink(tree + "/link", to: outside)
    try Files.makeLink(tree + "/a/file", to: outside + "/file")
    try Files.makeLink(tree + "/broken", to: "none")
    try Files.removeTree(tree)
    #expect(try names() == ["outside"])
    #expect(try Files.read(outside + "/file") == [1])
    // A link itself, a file, and nothing.
    try Files.makeLink(folder.path("link"), to: outside)
    try Files.removeTree(folder.path("link"))
    #expect(try Files.read(outside + "/file") == [1])
    try Files.removeTree(outside + "/file")
    try Files.removeTree(outside)
    try Files.removeTree(outside)
    #expect(try names() == [])
  }

  @Test func removing() throws {
    try Files.remove(path)
    try Files.write([1], to: path, mode: 0o600)
    try Files.remove(path)
    #expect(try names() == [])
    let error = #expect(throws: HostError.self) { try Files.remove(folder.url.path) }
    #expect(error?.operation == "remove")
  }

  @Test func namesInOrder() throws {
    for name in ["b", "a", ".c", "ä"] { try Files.write([], to: folder.path(name), mode: 0o600) }
    #expect(try Files.list(folder.url.path) == [".c", "a", "b", "ä"])
    let error = #expect(throws: HostError.self) { _ = try Files.list(folder.path("none")) }
    #expect(error?.code == ENOENT)
  }

  @Test func whatAFolderTakesOfTheDisk() throws {
    let tree = folder.path("tree")
    try FileManager.default.createDirectory(
      atPath: tree + "/deep", withIntermediateDirectories: true)
    try Data(repeating: 1, count: 70_000).write(to: URL(fileURLWithPath: tree + "/deep/file"))
    try Tool("truncate").check(["-s", "1G", tree + "/sparse"])
    try Tool("ln").check(["-s", "/usr", tree + "/link"])
    let disk = try Tool("du").check(["-s", "-B1", tree]).text.split(separator: "\t")
    #expect(try Files.allocated(tree).bytes == UInt64(disk[0]))
    #expect(try Files.allocated(tree + "/nowhere") == .zero)
  }
}
