import Foundation
import SugarELF
import SugarModel
import SugarTestSupport
import Testing

/// What is read of this machine's own programs and libraries is what readelf(1) reads.
@Suite struct ELFFileTests {
  static let files = [
    "/bin/sh", "/usr/bin/apt-get", "/lib64/ld-linux-x86-64.so.2", "libc.so.6", "libm.so.6",
    "libsystemd.so.0",
    "libblkid.so.1", "libparted.so.2", "libstdc++.so.6", "libgcc_s.so.1",
  ]

  static func path(_ name: String) throws -> String {
    guard !name.hasPrefix("/") else { return name }
    for line in try Tool("ldconfig").check(["-p"]).text.split(separator: "\n")
    where line.contains("x86-64") {
      let words = line.split(separator: " ")
      if words.first.map({ $0.trimmingCharacters(in: .whitespaces) }) == name, let last = words.last
      {
        return String(last)
      }
    }
    throw Tool.Refusal(description: "ldconfig -p does not list \(name)")
  }

  @Test(arguments: files) func readelfAgrees(_ name: String) throws {
    let path = try Self.path(name)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    let file = try ELFFile(bytes, name: name)
    let own = try Readelf(path)
    #expect(file.needed == own.needed)
    #expect(file.soname == own.soname)
    #expect(file.interpreter == own.interpreter)
    #expect(file.wantedVersions == own.wanted)
    #expect(file.offeredVersions == own.offered)
    #expect(file.isPositionIndependent == own.isPositionIndependent)
    // NT_GNU_BUILD_ID
    let identity = file.notes.first { $0.owner == "GNU" && $0.kind == 3 }
    #expect(identity.map { Hex.text($0.content) } == own.buildID)
    #expect(own.buildID?.count == 40)
    #expect(file.header.machine == 62)
  }

  /// A file that ends anywhere is read as far as it matters, or refused; never more.
  @Test func cutAnywhere() throws {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: Self.path("libblkid.so.1"))))
    let whole = try ELFFile(bytes, name: "whole")
    var refused = 0
    for length in Array(0..<1200) + Array(stride(from: 1200, to: bytes.count, by: 997)) {
      do throws(ELFError) {
        let part = try ELFFile(Array(bytes.prefix(length)), name: "part")
        #expect(part.needed == whole.needed && part.offeredVersions == whole.offeredVersions)
      } catch {
        refused += 1
        #expect(error.description.hasPrefix("cannot read the program 'part': "))
      }
    }
    #expect(refused >= 1200)
  }

  /// Whatever a damaged file says of places and lengths, nothing outside of it is read and it comes to an end.
  @Test func flippedBytes() throws {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: Self.path("libblkid.so.1"))))
    var random = SeededGenerator(seed: 1)
    var refused = 0
    for _ in 0..<4000 {
      var broken = bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        // The headers and the tables that are read all stand in the first part.
        broken[Int.random(in: 20..<min(bytes.count, 24_000), using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      if (try? ELFFile(broken, name: "broken")) == nil { refused += 1 }
    }
    #expect(refused > 0)
  }

  /// The first bytes of a file: its class, its byte order, its processor.
  static func start(_ bits: UInt8, _ order: UInt8, _ machine: [UInt8]) -> [UInt8] {
    [0x7f, 0x45, 0x4c, 0x46, bits, order] + [UInt8](repeating: 0, count: 12) + machine
  }

  static let broken: [(bytes: [UInt8], words: String)] = [
    (Array("#!/bin/sh\necho a script, and no program\n".utf8), "it is no Linux program"),
    ([], "it is no Linux program"),
    (start(1, 1, [40, 0]), "made for ARM (32 bit)"),
    (start(2, 2, [0, 22]), "only 64 bits, little endian"),
    (start(2, 1, [183, 0]), "cut short"),
  ]

  @Test(arguments: broken) func isRefused(_ bytes: [UInt8], _ words: String) {
    let error = #expect(throws: ELFError.self) { _ = try ELFFile(bytes, name: "x") }
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
  }
}
