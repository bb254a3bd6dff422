import Foundation
import SugarTestSupport
import Testing

/// Nodes whose kernel has no drivers for an emulated machine.
@Suite struct SpareKernelTests {
  @Test("another kernel is taken, its modules are put on the disk, and the report says so")
  func anotherKernel() throws {
    let folder = try TemporaryDirectory()
    let (base, fleet, output) = (
      folder.path("base.img"), folder.path("fleet"), folder.path("out")
    )
    let release = try baseWithoutDrivers(base)
    // Where other tests have unpacked the stand-in base already.
    let cache = try ReferenceFleet.shared().cache
    let kept = cache + "/sugarimage/reference-base/here"
    try FileManager.default.createDirectory(atPath: kept, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: kept + "/reference-base.img.xz", withDestinationPath: ReferenceFleet.base())
    try Program.succeed(["init", fleet, "--from", "dev-single"])
    try "base:\n  os: rpios-lite-trixie\n  path: \(base)\n".write(
      toFile: fleet + "/fleet.local.yaml", atomically: true, encoding: .utf8)
    let environment = ["XDG_CACHE_HOME": cache]
    try Program.succeed(["keys", fleet, "--plaintext-keys"], environment: environment)
    try Program.succeed(["build", fleet, "--output", output], environment: environment)
    let answer = try Program.run(
      ["rehearse", fleet, "--output", output, "--keep", "--timeout", "1", "--json"],
      environment: environment)
    #expect(answer.status == 75, "\(answer.complaints)")
    #expect(
      answer.output.contains(
        "boots the kernel \(release) of the stand-in base: its own has no drivers"),
      "\(answer.output)")
    let run = RehearsalRun(folder: output + "/rehearsal", answer: answer)
    let modules = try run.file("/usr/lib/modules/\(release)/modules.dep", of: "dev0")
    #expect(modules.contains("/virtio_net.ko") && modules.contains("/vxlan.ko"))
    // What the fleet built is as it was.
    try Program.succeed(["verify", output + "/dev0.delta"], environment: environment)
  }

  /// The stand-in base with its modules' folder called otherwise and no virtio in it. Gives the
  /// release of its kernel.
  private func baseWithoutDrivers(_ path: String) throws -> String {
    try Tool("sh").check(["-c", "xz -dc \"$1\" >\"$2\"", "sh", ReferenceFleet.base(), path])
    let image = try ImageFile(path: path)
    let root = image.rootName
    let listing = try Tool("debugfs").check(["-R", "ls -p /usr/lib/modules", root]).text
    let release = try #require(
      listing.split(separator: "\n").compactMap { line -> String? in
        let fields = line.split(separator: "/", omittingEmptySubsequences: false)
        return fields.count > 5 && !fields[5].hasPrefix(".") ? String(fields[5]) : nil
      }.first)
    try Tool("debugfs").check(
      ["-w", "-R", "rm /usr/lib/modules/\(release)/modules.dep", root])
    return release
  }
}
