import Foundation
import SugarTestSupport
import Testing

@testable import SugarProfile

/// The countries that Wi-Fi may be in.
struct CountryTests {
  /// Debian's table is the judge. (tzdata)
  @Test func everyCountryIsThere() throws {
    let table = try String(contentsOfFile: "/usr/share/zoneinfo/iso3166.tab", encoding: .utf8)
    let codes = table.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { $0.prefix(2) }
    #expect(Country.codes == Set(codes))
  }

  @Test(arguments: [
    ("CH", true), ("US", true), ("GB", true), ("UK", false), ("ch", false), ("00", false),
    ("", false), ("CHE", false), ("C", false), ("ÄÖ", false),
  ])
  func countries(text: String, isValid: Bool) {
    #expect((Country.objection(text) == nil) == isValid)
  }
}
