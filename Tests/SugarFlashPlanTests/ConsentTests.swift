import SugarFlashPlan
import SugarModel
import Testing

/// What counts as a yes.
@Suite struct ConsentTests {
  @Test(arguments: [
    ("6789AB", true), ("0123456789AB", true), (" 6789AB\t", true), ("6789ab", false),
    ("789AB", false),
    ("", false), ("yes", false), ("y", false), ("56789AB", false),
  ]) func typed(_ text: String, _ isYes: Bool) {
    #expect(FlashConsent(CardFixture.card()).accepts(identity: text) == isYes)
  }

  @Test func aProductionNodesNameIsAskedFor() {
    let consent = FlashConsent(CardFixture.card(CardFixture.production))
    #expect(consent.node == "sugarkube3")
    #expect(consent.accepts(node: "sugarkube3"))
    #expect(!consent.accepts(node: "sugarkube1"))
    #expect(FlashConsent(CardFixture.card(CardFixture.withData)).node == nil)
    #expect(FlashConsent(CardFixture.card()).node == nil)
  }

  @Test(arguments: [
    (String?.none, String?.none, false), ("0123456789AB", nil, false),
    ("0123456789AB", "sugarkube1", false), ("0123456789AB", "sugarkube3", true),
    ("6789AB", "sugarkube3", false), ("", "sugarkube3", false),
  ]) func onTheCommandLine(_ serial: String?, _ node: String?, _ isYes: Bool) {
    let consent = FlashConsent(CardFixture.card(CardFixture.production))
    #expect((consent.objection(expectedSerial: serial, expectedNode: node) == nil) == isYes)
  }

  /// A disk that nobody can name cannot be said yes to.
  @Test func nothingToType() {
    var card = CardFixture.card()
    card.identifier = .unknown("no name")
    let consent = FlashConsent(card)
    #expect(!consent.accepts(identity: ""))
    #expect(consent.objection(expectedSerial: "", expectedNode: nil) != nil)
  }
}
