import Foundation
import SugarAgentRunner
import SugarHost
import SugarModel
import SugarProfile
import SugarTestSupport
import Testing

@testable import SugarImagePlan

/// What the builder writes, the agent reads: today's identity, and one of every layout that there was.
@Suite struct AgentReadsTests {
  private let folder: TemporaryDirectory
  private let places: AgentPlaces

  init() throws {
    folder = try TemporaryDirectory()
    places = AgentPlaces(root: folder.url.path)
  }

  private func read(_ text: String, board: String? = nil) throws -> NodeIdentity {
    for path in [places.identity, places.publicIdentity] {
      let parent = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
      try Files.makeDirectory(parent, mode: 0o755)
      try Files.write(Array(text.utf8), to: path, mode: 0o644)
    }
    return try IdentityReader(places).read(boardSerial: board)
  }

  @Test(arguments: ["sugarkube0", "sugarkube1", "sugarkube7"])
  func identities(_ node: String) throws {
    let plan = try ImagePlanner.plan(node, PlanFixture.inputs("sugarkube-3x3"))
    #expect(try read(plan.identityText) == plan.identity)
  }

  @Test func theBoardIsChecked() throws {
    var inputs = try PlanFixture.inputs("dev-single")
    inputs.profile.nodes[0].board = "10000000abcdef01"
    let plan = try ImagePlanner.plan(inputs.profile.nodes[0].hostname, inputs)
    #expect(try read(plan.identityText, board: "10000000abcdef01").board == "10000000abcdef01")
    #expect(throws: AgentError.self) { try read(plan.identityText, board: "10000000ffffffff") }
  }

  @Test func everyLayoutThereWas() throws {
    let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Identities")
    for schema in 1...NodeIdentity.currentSchema {
      let file = golden.appendingPathComponent("schema-\(schema).json")
      let identity = try read(String(decoding: Data(contentsOf: file), as: UTF8.self))
      #expect(identity.schema == schema)
      #expect(identity.node == "sugarkube1")
      #expect(identity.cluster.server == "https://192.168.1.21:6443")
      #expect(identity.boot.apply == nil, "it is from before there was a choice")
    }
  }
}
