import Foundation
import SugarModel
import SugarTestSupport
import Testing

@testable import SugarKeys

/// Files of age, with age itself as the judge.
@Suite struct AgeFileTests {
  private let folder: TemporaryDirectory
  private let keys: AgeKeys
  private let identity: AgeIdentity

  init() throws {
    folder = try TemporaryDirectory()
    keys = try AgeKeys("key", in: folder)
    let file = try Data(contentsOf: URL(fileURLWithPath: keys.identity))
    identity = try #require(AgeIdentity.all(in: Array(file))?.first)
  }

  private func put(_ bytes: [UInt8], _ name: String = "file") throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: folder.path(name)))
    return folder.path(name)
  }

  private static func content(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
  }

  /// Chunks are of 64 KiB: none, part of one, one to the byte, and more.
  static let sizes = [0, 1, 15, 65535, 65536, 65537, 131_072, 200_000]

  @Test(arguments: sizes) func ageReadsWhatWeWrite(_ count: Int) throws {
    let content = Self.content(count)
    let file = try AgeFile.encrypt(content, to: identity.recipient)
    for written in [file, AgeArmor.text(file)] {
      #expect(try Tool("age").check(["-d", "-i", keys.identity, put(written)]).output == content)
      #expect(try AgeFile.decrypt(written, with: [AgeIdentity(), identity]) == content)
    }
  }

  @Test(arguments: sizes) func weReadWhatAgeWrites(_ count: Int) throws {
    let content = Self.content(count)
    let other = try AgeKeys("other", in: folder)
    let plain = try put(content, "plain")
    for more in [[], ["-a"], ["-r", other.recipient], ["-a", "-r", other.recipient]] {
      let words = ["-r", keys.recipient] + more + ["-o", folder.path("made"), plain]
      try Tool("age").check(words)
      let file = Array(try Data(contentsOf: URL(fileURLWithPath: folder.path("made"))))
      #expect(try AgeFile.decrypt(file, with: [identity]) == content)
      try FileManager.default.removeItem(atPath: folder.path("made"))
    }
  }

  /// Stanzas of other kinds are passed over.
  @Test func recipientsOfOtherKinds() throws {
    try Tool("ssh-keygen").check(["-q", "-t", "ed25519", "-N", "", "-f", folder.path("ssh")])
    let plain = try put(Array("both".utf8), "plain")
    try Tool("age").check([
      "-R", folder.path("ssh.pub"), "-r", keys.recipient, "-o", folder.path("made"), plain,
    ])
    let file = Array(try Data(contentsOf: URL(fileURLWithPath: folder.path("made"))))
    #expect(try AgeFile.decrypt(file, with: [identity]) == Array("both".utf8))
  }

  @Test func keysAreWrittenAsAgeWritesThem() throws {
    let own = AgeIdentity()
    let file = try put(Array((own.text.reveal() + "\n").utf8))
    #expect(try Tool("age-keygen").check(["-y", file]).text == own.recipient.text + "\n")
    #expect(identity.recipient.text == keys.recipient)
    #expect(AgeRecipient(keys.recipient) == identity.recipient)
  }

  @Test func anotherIdentityOpensNothing() throws {
    let file = try AgeFile.encrypt([1, 2, 3], to: identity.recipient)
    for identities in [[], [AgeIdentity()]] {
      #expect(throws: AgeFile.Failure.notForUs) { try AgeFile.decrypt(file, with: identities) }
    }
  }

  /// No bit of a file can be turned, and no byte be taken away or added, without being noticed.
  @Test func everyChangeIsNoticed() throws {
    let file = try AgeFile.encrypt(Array("a secret".utf8), to: identity.recipient)
    for place in file.indices {
      var changed = file
      changed[place] ^= 1 << UInt8(place % 8)
      #expect(throws: AgeFile.Failure.self, "byte \(place)") {
        try AgeFile.decrypt(changed, with: [identity])
      }
      #expect(throws: AgeFile.Failure.self, "cut at \(place)") {
        try AgeFile.decrypt(Array(file[..<place]), with: [identity])
      }
    }
    #expect(throws: AgeFile.Failure.self) { try AgeFile.decrypt(file + [0], with: [identity]) }
  }

  /// The last chunk says that it is the last: a long file cannot be cut between two.
  @Test func aMissingChunkIsNoticed() throws {
    let file = try AgeFile.encrypt(Self.content(131_072), to: identity.recipient)
    let cut = Array(file.dropLast(65552))
    #expect(throws: AgeFile.Failure.self) { try AgeFile.decrypt(cut, with: [identity]) }
    #expect(try Tool("age").run(["-d", "-i", keys.identity, put(cut)]).status == 1)
  }

  @Test func brokenArmor() throws {
    let file = try AgeFile.encrypt(Self.content(100), to: identity.recipient)
    let text = String(decoding: AgeArmor.text(file), as: UTF8.self)
    let windows = text.replacingOccurrences(of: "\n", with: "\r\n")
    #expect(try AgeFile.decrypt(Array(windows.utf8), with: [identity]) == Self.content(100))
    let lines = text.split(separator: "\n").map(String.init)
    for broken in [
      lines.dropLast().joined(separator: "\n"), (lines[..<2] + lines[3...]).joined(separator: "\n"),
      lines.joined(separator: ""), text + "more\n", "-----BEGIN AGE ENCRYPTED FILE-----\n",
    ] {
      #expect(throws: AgeFile.Failure.self, "\(broken)") {
        try AgeFile.decrypt(Array(broken.utf8), with: [identity])
      }
    }
  }

  @Test(arguments: [
    "age1qqqq", "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8q", "",
    "AGE1QL3Z7HJY54PW3HYWW5AYYFG7ZQGVC7W3J2ELW8ZMRJ2KG5SFN9AQMCAC8P ",
  ]) func brokenRecipients(_ text: String) { #expect(AgeRecipient(text) == nil) }
}
