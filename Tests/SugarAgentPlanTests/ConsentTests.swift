import SugarAgentPlan
import SugarModel
import Testing

@Suite struct ConsentTests {
  @Test("blanks in a serial number do not matter, any other letter does")
  func blanks() {
    let consent = Consent(
      disk: .wwid("t10.ATA     Samsung SSD  S1"), content: DiskFixture.blank, nonce: "n")
    #expect(consent.isGiven(in: ["# no", consent.text]))
    let typed = consent.text.split(separator: " ").joined(separator: " ")
    #expect(consent.isGiven(in: ["  \(typed)\r"]))
    #expect(!consent.isGiven(in: [typed + "0", String(typed.dropLast()), ""]))
  }
}
