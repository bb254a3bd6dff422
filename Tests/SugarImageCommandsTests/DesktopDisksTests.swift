import Foundation
import SugarTestSupport
import Testing

/// Somebody without the right to open disks, on a machine whose udisks2 opens them.
@Suite(.enabled(if: getuid() == 0, "needs root: loop devices, mount namespaces"), .serialized)
struct DesktopDisksTests {
  /// A disk for `nobody`, a node to write, and the program run as that user.
  private final class Bench {
    let flash: FlashTests.Bench
    let desktop: DesktopDisks

    init(letting user: String) throws {
      flash = try FlashTests.Bench(own: true)
      for folder in [flash.fleet.root, flash.folder] {
        try Tool("chown").check(["-R", "65534:65534", folder.url.path])
      }
      desktop = try DesktopDisks(flash.disk, letting: user)
    }

    func run(_ more: [String]) throws -> Tool.Answer {
      let words = flash.words(
        ["--write", "--yes", "--expect-serial", try flash.identity()] + more)
      return try Tool("setpriv").run(
        ["--reuid=65534", "--regid=65534", "--clear-groups", Program.path] + words,
        environment: flash.environment.merging([
          "SUGARIMAGE_SHARE": Program.repository, "DBUS_SYSTEM_BUS_ADDRESS": desktop.address,
        ]) { $1 })
    }
  }

  @Test func udisks2OpensTheNamedDisk() throws {
    let bench = try Bench(letting: "nobody")
    let written = try bench.run([])
    #expect(written.status == 0, "\(written.complaints)")
    #expect(written.text.contains("every byte read back"), "\(written.text)")
    let verified = try Program.run(
      ["verify", bench.flash.disk.path, "--output", bench.flash.fleet.output],
      environment: bench.flash.environment)
    #expect(verified.status == 0, "\(verified.output)\(verified.complaints)")
  }

  /// What polkit does not allow stays closed, and the user is told of the other ways.
  @Test func polkitRefuses() throws {
    let bench = try Bench(letting: "daemon")
    let before = try bench.flash.disk.digest()
    let result = try bench.run([])
    #expect(result.status == 77, "\(result.complaints)")
    #expect(result.complaints.contains("Permission denied"), "\(result.complaints)")
    #expect(result.complaints.contains("udisks2"), "\(result.complaints)")
    #expect(try bench.flash.disk.digest() == before)
  }
}
