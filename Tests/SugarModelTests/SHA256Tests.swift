import Foundation
import SugarModel
import SugarTestSupport
import Testing

@Suite struct SHA256Tests {
  @Test(
    "the examples of FIPS 180-4",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
    ])
  func examples(text: String, digest: String) {
    #expect(SHA256Hash.hex(text) == digest)
  }

  @Test("pieces of any length give the digest of the whole, and it is sha256sum's")
  func pieces() throws {
    var generator = SeededGenerator(seed: 11)
    let folder = try TemporaryDirectory()
    for length in [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 1000, 70_001] {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
      var hash = SHA256Hash()
      var rest = bytes[...]
      while !rest.isEmpty {
        let piece = rest.prefix(Int.random(in: 1...300, using: &generator))
        hash.add(piece)
        rest = rest.dropFirst(piece.count)
      }
      let digest = Hex.text(hash.finish())
      #expect(digest == Hex.text(SHA256Hash.digest(bytes)))
      let file = folder.path("bytes-\(length)")
      try Data(bytes).write(to: URL(fileURLWithPath: file))
      #expect(try Tool("sha256sum").check([file]).text.hasPrefix(digest))
    }
  }
}
