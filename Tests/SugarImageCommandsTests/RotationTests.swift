import Foundation
import SugarTestSupport
import Testing

/// `keys --rotate`: which nodes must be built again, and who is asked first.
@Suite struct RotationTests {
  @Test(arguments: [
    ("server-token:dev", ["one"], "k3s token rotate"),
    ("join-token:two", ["one", "two"], "told of the join token of two by hand"),
    ("node:three", ["one", "three"], "three.node-password.k3s"),
    ("host-keys:one", ["one"], "known_hosts has other lines"),
    ("node-password:two", ["two"], "two.node-password.k3s"),
  ]) func whatMustBeBuiltAgain(_ target: String, _ nodes: [String], _ remark: String) throws {
    let test = try EncryptedFleet()
    #expect(try test.run(["keys", test.fleet.folder]).status == 0)
    #expect(try test.build().status == 0)
    let before = try test.values()
    let rotated = try test.run(["keys", test.fleet.folder, "--rotate", target])
    #expect(rotated.status == 0, "\(rotated.complaints)")
    #expect(rotated.complaints.contains("now build again: \(nodes.joined(separator: ", "))\n"))
    #expect(rotated.complaints.contains(remark), "\(rotated.complaints)")
    let after = try test.values()
    #expect(before != after && before.keys == after.keys)
    let said = Data((rotated.output + rotated.complaints).utf8)
    #expect(EncryptedFleet.found(in: said, try test.canaries()) == [])
    // Exactly these differ.
    let built = try test.build()
    #expect(built.status == 0, "\(built.complaints)")
    for line in built.output.split(separator: "\n") {
      guard let node = ["one", "two", "three"].first(where: { line.hasPrefix($0 + " ") }) else {
        continue
      }
      #expect(line.contains("nothing (") != nodes.contains(node), "\(line)")
    }
  }

  @Test(arguments: ["authorities:dev", "cluster:dev"])
  func whatCutsAClusterOffIsAskedFor(_ target: String) throws {
    let test = try EncryptedFleet()
    #expect(try test.run(["keys", test.fleet.folder]).status == 0)
    let before = try test.files()
    let refused = try test.run(["keys", test.fleet.folder, "--rotate", target])
    #expect(refused.status == 77)
    for word in ["another cluster of dev", "all of its nodes", "--yes"] {
      #expect(refused.complaints.contains(word), "\(refused.complaints)")
    }
    #expect(try test.files() == before)
    let done = try test.run(["keys", test.fleet.folder, "--rotate", target, "--yes", "--json"])
    #expect(done.status == 0, "\(done.complaints)")
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(done.output.utf8)) as? [String: Any])
    #expect(json["rebuild"] as? [String] == ["one", "two", "three"])
    let built = try test.build()
    #expect(built.status == 0 && !built.output.contains("nothing ("), "\(built.complaints)")
  }

  @Test func wrongWords() throws {
    let test = try EncryptedFleet()
    #expect(try test.run(["keys", test.fleet.folder]).status == 0)
    for (words, status, said) in [
      ("token:dev", 64, "join-token"), ("node:four", 65, "the fleet's nodes are one, two, three"),
      ("join-token:one", 65, "only agents have one"), ("deploy-key:dev", 65, "without one"),
    ] {
      let result = try test.run(["keys", test.fleet.folder, "--rotate", words])
      #expect(
        result.status == Int32(status) && result.complaints.contains(said), "\(result.complaints)")
    }
  }
}
