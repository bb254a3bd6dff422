import Foundation
import SugarFuzzing
import Testing

/// Every input that a fuzzer kept, among them all that ever stopped a reader: nothing may trap, hang,
/// or write when it reads.
@Suite struct CorpusTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Corpus")

  @Test(.timeLimit(.minutes(2)), arguments: FuzzTarget.allCases)
  func inputsAreReadOrRefused(_ target: FuzzTarget) throws {
    let folder = Self.folder.appendingPathComponent(target.rawValue)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(names.count >= 5, "the corpus of \(target) is gone")
    for name in names {
      let bytes = [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
      let started = Date()
      // Said before a trap takes the whole run with it.
      if name.contains("-") { print("corpus: \(target)/\(name)") }
      #expect(throws: Never.self, "\(target)/\(name)") { try target.run(bytes) }
      let seconds = Date().timeIntervalSince(started)
      #expect(seconds < 10, "\(target)/\(name) took \(seconds) s")
    }
  }
}
