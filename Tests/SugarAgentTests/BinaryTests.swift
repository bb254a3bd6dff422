import Foundation
import SugarELF
import SugarModel
import SugarTestSupport
import Testing

/// The agent's file: it runs on every system that nodes have, and takes little from them.
@Suite struct BinaryTests {
  private let agent: AgentBinary
  private let readelf: Readelf

  init() throws {
    agent = try AgentBinary()
    readelf = try Readelf(agent.path)
  }

  /// Bookworm has glibc 2.36; what was linked against a newer one does not even start there.
  @Test func itNeedsNoNewerLibrary() throws {
    let versions = readelf.wanted.values.joined().filter { $0.hasPrefix("GLIBC_") }
    #expect(versions.contains("GLIBC_2.17"), "\(versions)")
    for version in versions {
      let numbers = version.dropFirst("GLIBC_".count).split(separator: ".").compactMap { Int($0) }
      #expect(numbers.count >= 2 && numbers[0] == 2 && numbers[1] <= 36, "\(version)")
    }
    #expect(
      !readelf.wanted.values.joined().contains { $0.hasPrefix("GLIBCXX") || $0.hasPrefix("CXXABI") }
    )
  }

  @Test func itNeedsTheseLibrariesOnly() {
    #expect(
      Set(readelf.needed) == [
        "libc.so.6", "libm.so.6", "ld-linux-aarch64.so.1", "libblkid.so.1", "libsystemd.so.0",
      ])
    // Opened when it is needed; the list by which `build` looks for it in a base is whole.
    #expect(AgentTool.libraries == ["libparted.so.2"])
  }

  /// What it does not ask its C library for, it cannot do: there is no second thread.
  @Test func itStartsNoThread() throws {
    let symbols = try Tool("readelf").check(["--dyn-syms", "--wide", agent.path]).text
    #expect(symbols.contains("waitpid"))
    #expect(!symbols.contains("pthread_create") && !symbols.contains("thrd_create"))
  }

  @Test func itIsSmallAndStripped() throws {
    #expect(ByteCount(try agent.bytes.count) <= .mib(16))
    #expect(readelf.sections.contains(".text"))
    #expect(
      !readelf.sections.contains { $0 == ".symtab" || $0.hasPrefix(".debug") },
      "\(readelf.sections)")
  }

  /// Our own reader sees what readelf sees; a Pi 5's kernel has pages of 16 KiB.
  @Test func itIsForARM64() throws {
    let file = try ELFFile(agent.bytes, name: "the agent")
    #expect(file.header.isARM64)
    #expect(file.isPositionIndependent)
    #expect(file.interpreter == "/lib/ld-linux-aarch64.so.1")
    #expect(file.loadAlignment >= 16384)
    #expect(file.needed == readelf.needed)
    #expect(file.wantedVersions == readelf.wanted)
    #expect(file.offeredVersions == [])
  }

  /// The note by which `build` and coredumpctl know it says what the program says.
  @Test func itSaysWhichReleaseItIs() throws {
    let text = try #require(try ELFFile(agent.bytes, name: "the agent").packageMetadata)
    let note = try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
    #expect(note["name"] == "sugaragent" && note["type"] == "sugarimage")
    let version = try agent.run(["--version"]).text.split(separator: "\n").first
    #expect(version == note["version"].map { "sugaragent \($0)" })
  }
}
