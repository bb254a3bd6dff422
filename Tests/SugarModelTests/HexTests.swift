import SugarModel
import Testing

@Suite struct HexTests {
  @Test(arguments: [([], ""), ([0], "00"), ([0x0a, 0xff, 0x10], "0aff10")] as [([UInt8], String)])
  func bothWays(_ bytes: [UInt8], _ text: String) {
    #expect(Hex.text(bytes) == text)
    #expect(Hex.bytes(text) == bytes)
  }

  @Test(arguments: ["0", "0g", "+1", "ä", " 1"]) func otherTextsAreNoDigits(_ text: String) {
    #expect(Hex.bytes(text) == nil)
  }

  @Test func aUUIDHasFiveGroups() {
    #expect(Hex.uuid(Array(0..<16)) == "00010203-0405-0607-0809-0a0b0c0d0e0f")
  }
}
