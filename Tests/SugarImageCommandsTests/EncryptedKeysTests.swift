import Foundation
import SugarTestSupport
import Testing

/// Secrets at rest, from `keys` to the images.
@Suite struct EncryptedKeysTests {
  @Test func nothingIsOpenFromMintingToTheImage() throws {
    let test = try EncryptedFleet()
    let keys = try test.run(["keys", test.fleet.folder])
    #expect(keys.status == 0, "\(keys.complaints)")
    let secrets = try test.canaries()
    #expect(secrets.count > 15 && !secrets.values.contains { $0.isEmpty })
    let json = try test.run(["keys", test.fleet.folder, "--json"])
    let plan = try test.run(
      ["plan", test.fleet.folder, "--contents"], without: "SOPS_AGE_KEY_FILE")
    #expect(plan.status == 0, "a plan needs no identity: \(plan.complaints)")
    let valid = try test.run(["validate", test.fleet.folder], without: "SOPS_AGE_KEY_FILE")
    #expect(valid.status == 0)
    let built = try test.build()
    #expect(built.status == 0, "\(built.complaints)")
    for result in [keys, json, plan, valid, built] {
      #expect(
        EncryptedFleet.found(in: Data((result.output + result.complaints).utf8), secrets) == [])
    }
    let root = test.fleet.root
    for name in try FileManager.default.subpathsOfDirectory(atPath: root.url.path)
    where !name.hasSuffix(".delta") {
      guard let bytes = FileManager.default.contents(atPath: root.path(name)) else { continue }
      #expect(EncryptedFleet.found(in: bytes, secrets) == [], "\(name)")
    }
    // The canaries are no empty words: the image has them.
    let delta = try #require(FileManager.default.contents(atPath: test.fleet.output + "/one.delta"))
    #expect(EncryptedFleet.found(in: delta, secrets).contains("nodes/one/node-password"))
    #expect(!EncryptedFleet.found(in: delta, secrets).contains("nodes/two/node-password"))
    // A difference tells secrets apart, so it opens them.
    let difference = ["plan", test.fleet.folder, "one", "--diff", "--output", test.fleet.output]
    let same = try test.run(difference)
    #expect(same.status == 0, "\(same.output)\(same.complaints)")
    let closed = try test.run(difference, without: "SOPS_AGE_KEY_FILE")
    #expect(
      closed.status == 65 && closed.complaints.contains("no identity"), "\(closed.complaints)")
  }

  /// Encrypted in place, the same secrets make the same images, and kubeconfigs.
  @Test func encryptedInPlaceTheImagesAreTheSame() throws {
    let test = try EncryptedFleet()
    try test.fleet.keys()
    let plain = try test.fleet.build()
    #expect(plain.status == 0, "\(plain.complaints)")
    let before = try test.values()
    let keys = try test.run(["keys", test.fleet.folder])
    #expect(keys.status == 0, "\(keys.complaints)")
    #expect(keys.complaints.contains("encrypted: clusters/dev/server-token"))
    #expect(try test.values() == before)
    #expect(
      try test.files().keys.filter { EncryptedFleet.isSecret($0) && !$0.hasSuffix(".age") } == [])
    let again = try test.build()
    #expect(again.status == 0, "\(again.complaints)")
    #expect(again.output.components(separatedBy: "nothing (").count == 4, "\(again.output)")
    let kubeconfig = try test.run(["kubeconfig", "dev", "--fleet", test.fleet.folder])
    #expect(kubeconfig.status == 0 && kubeconfig.output.contains("client-key-data"))
    let quiet = try test.run(["keys", test.fleet.folder], without: "SOPS_AGE_KEY_FILE")
    #expect(quiet.status == 0 && quiet.complaints.contains("nothing was missing"))
    let mixed = try test.run(["keys", test.fleet.folder, "--plaintext-keys"])
    #expect(mixed.status == 65 && mixed.complaints.contains("leave --plaintext-keys out"))
  }

  @Test func whoCannotOpenBuildsNothing() throws {
    let test = try EncryptedFleet()
    #expect(try test.run(["keys", test.fleet.folder]).status == 0)
    let other = try AgeKeys("other", in: test.fleet.root)
    let usual = test.fleet.root.path("settings/sops/age")
    func expectRefusal(_ result: Program.Result, _ words: [String]) {
      #expect(result.status == 65)
      for word in words { #expect(result.complaints.contains(word), "\(result.complaints)") }
      #expect(test.fleet.results() == [])
    }
    let build = ["build", test.fleet.folder, "--output", test.fleet.output]
    expectRefusal(
      try test.run(build, without: "SOPS_AGE_KEY_FILE"),
      [
        "no identity is there", test.keys.recipient, "'\(usual)/keys.txt' (not there)",
        "--identity",
      ])
    expectRefusal(
      try test.run(build + ["--identity", other.identity]),
      ["none of the identities opens it", test.keys.recipient, other.identity])
    expectRefusal(
      try test.run(build + ["--identity", "/nowhere"]), ["'/nowhere'", "no such file"])
    // The usual place, and that of SOPS before it.
    try FileManager.default.createDirectory(atPath: usual, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: test.keys.identity, toPath: usual + "/keys.txt")
    #expect(try test.build([], ["SOPS_AGE_KEY_FILE": other.identity]).status == 65)
    let built = try test.run(build, without: "SOPS_AGE_KEY_FILE")
    #expect(built.status == 0, "\(built.complaints)")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o640], ofItemAtPath: usual + "/keys.txt")
    let open = try test.run(build, without: "SOPS_AGE_KEY_FILE")
    #expect(open.status == 65 && open.complaints.contains("can be read by others: chmod 600"))
  }

  @Test func withoutRecipientsOneMustBeNamed() throws {
    let fleet = try SmallFleet()
    let keys = try Program.run(["keys", fleet.folder])
    #expect(keys.status == 65)
    for word in ["recipients: [age1…]", "--plaintext-keys"] {
      #expect(keys.complaints.contains(word), "\(keys.complaints)")
    }
    #expect(!FileManager.default.fileExists(atPath: fleet.folder + "/secrets"))
  }

  /// A key with a passphrase: refused where nobody can type it, asked for on a terminal.
  @Test func passphrases() throws {
    let test = try EncryptedFleet()
    #expect(try test.run(["keys", test.fleet.folder]).status == 0)
    let locked = test.fleet.root.path("locked")
    try Self.typing("correct horse", 2, ["age", "-p", "-o", locked, test.keys.identity])
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: locked)
    let words = ["kubeconfig", "dev", "--fleet", test.fleet.folder, "--identity", locked]
    let piped = try test.run(words)
    #expect(piped.status == 65)
    #expect(piped.complaints.contains("nobody is there to type it"), "\(piped.complaints)")
    let made = test.fleet.root.path("kubeconfig")
    try Self.typing("correct horse", 1, [Program.path] + words + ["--output", made])
    #expect(try String(contentsOfFile: made, encoding: .utf8).contains("client-key-data"))
  }

  /// Runs a program on a terminal of its own, and types the passphrase each time that it asks.
  private static func typing(_ text: String, _ times: Int, _ words: [String]) throws {
    let script = """
      import os, pty, sys, time
      child, terminal = pty.fork()
      if child == 0:
          os.execvp(sys.argv[3], sys.argv[3:])
      asked, said = 0, b""
      try:
          while piece := os.read(terminal, 1024):
              said += piece
              if asked < int(sys.argv[2]) and said.lower().count(b"passphrase") > asked and said.rstrip().endswith(b":"):
                  asked, said = asked + 1, said + b"."
                  time.sleep(0.2)
                  os.write(terminal, sys.argv[1].encode() + b"\\n")
      except OSError:
          pass
      sys.stdout.buffer.write(said)
      sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
      """
    try Tool("python3").check(
      ["-c", script, text, String(times)] + words,
      environment: ["SUGARIMAGE_SHARE": Program.repository])
  }

  /// Killed wherever it was, a run leaves every secret readable, and the next one ends the work.
  @Test func killedWhileItEncrypts() throws {
    let test = try EncryptedFleet()
    try test.fleet.keys()
    let before = try test.values()
    var killed = 0
    for delay in stride(from: 10_000, to: 2_000_000, by: 10_000) {
      guard try Self.kill(["keys", test.fleet.folder], test.environment, after: UInt32(delay))
      else {
        break
      }
      killed += 1
      #expect(try test.values() == before, "killed after \(delay) µs")
    }
    #expect(killed > 3)
    let ended = try test.run(["keys", test.fleet.folder])
    #expect(ended.status == 0, "\(ended.complaints)")
    #expect(try test.values() == before)
    #expect(
      try test.files().keys.filter { EncryptedFleet.isSecret($0) && !$0.hasSuffix(".age") } == [])
    #expect(try test.files().keys.filter { $0.contains(".gone") || $0.contains(".partial") } == [])
  }

  /// Killed while it mints, it leaves whole sets alone, and nothing open.
  @Test func killedWhileItMints() throws {
    let test = try EncryptedFleet()
    var (killed, known) = (0, [String: Data]())
    for delay in stride(from: 4_000, to: 800_000, by: 4_000) {
      guard try Self.kill(["keys", test.fleet.folder], test.environment, after: UInt32(delay))
      else {
        break
      }
      killed += 1
      guard FileManager.default.fileExists(atPath: test.secrets) else { continue }
      let files = try test.files()
      #expect(files.keys.filter { EncryptedFleet.isSecret($0) && !$0.hasSuffix(".age") } == [])
      // What was in its place stays as it is.
      for (name, bytes) in known { #expect(files[name] == bytes, "\(name)") }
      known = files.filter { !$0.key.contains("/.") && !$0.key.hasPrefix(".") }
    }
    #expect(killed > 3)
    #expect(try test.run(["keys", test.fleet.folder]).status == 0)
    let built = try test.build()
    #expect(built.status == 0, "\(built.complaints)")
  }

  /// Whether it was killed before its own end.
  private static func kill(
    _ words: [String], _ environment: [String: String], after microseconds: UInt32
  ) throws -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = words
    process.environment = ProcessInfo.processInfo.environment
      .merging(["SUGARIMAGE_SHARE": Program.repository]) { $1 }.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    usleep(microseconds)
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    return process.terminationReason == .uncaughtSignal
  }
}
