import Foundation
import SugarJoin
import SugarModel
import Testing

/// What servers tell, as k3s writes it.
@Suite struct AnswerTests {
  private static let own = ClusterSettings(
    pods: "10.42.0.0/16", services: "10.43.0.0/16", dns: "10.43.0.10", domain: "cluster.local",
    backend: "vxlan", disabled: ["traefik"], switches: ["secrets-encryption": true])

  /// Go's JSON of k3s's config.Control, cut to what matters and something more.
  private static func control(_ changes: [String: String] = [:]) throws -> K3sControl {
    var fields = [
      "ClusterIPRange": #"{"IP":"10.42.0.0","Mask":"//8AAA=="}"#,
      "ServiceIPRange": #"{"IP":"10.43.0.0","Mask":"//8AAA=="}"#, "ClusterDNS": #""10.43.0.10""#,
      "ClusterDomain": #""cluster.local""#, "FlannelBackend": #""vxlan""#,
      "DisableServiceLB": "false", "DisableNPC": "false", "EncryptSecrets": "true",
      "HTTPSPort": "6443", "Skips": #"{"traefik":true}"#,
    ]
    fields.merge(changes) { $1 }
    let text = "{" + fields.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
    return try JSONDecoder().decode(K3sControl.self, from: Data(text.utf8))
  }

  @Test func alike() throws { #expect(try Self.control().differences(from: Self.own) == []) }

  @Test(arguments: [
    (
      "ClusterIPRange", #"{"IP":"10.52.0.0","Mask":"//8AAA=="}"#,
      "cluster-cidr is 10.42.0.0/16 here and 10.52.0.0/16 there"
    ),
    (
      "ClusterIPRange", #"{"IP":"10.42.0.0","Mask":"//4AAA=="}"#,
      "cluster-cidr is 10.42.0.0/16 here and 10.42.0.0/15 there"
    ),
    (
      "ServiceIPRange", #"{"IP":"10.96.0.0","Mask":"//8AAA=="}"#,
      "service-cidr is 10.43.0.0/16 here and 10.96.0.0/16 there"
    ),
    ("ClusterDNS", #""10.43.0.53""#, "cluster-dns is 10.43.0.10 here and 10.43.0.53 there"),
    ("ClusterDomain", #""k8s.local""#, "cluster-domain is cluster.local here and k8s.local there"),
    (
      "FlannelBackend", #""wireguard-native""#,
      "flannel-backend is vxlan here and wireguard-native there"
    ),
    ("DisableServiceLB", "true", "disable: servicelb is false here and true there"),
    ("DisableNPC", "true", "disable-network-policy is false here and true there"),
    ("EncryptSecrets", "false", "secrets-encryption is true here and false there"),
    ("EmbeddedRegistry", "true", "embedded-registry is false here and true there"),
  ])
  func different(_ field: String, _ value: String, _ words: String) throws {
    #expect(try Self.control([field: value]).differences(from: Self.own) == [words])
  }

  /// An older server tells less; what it does not tell is not held against it.
  @Test func silent() throws {
    let control = try JSONDecoder().decode(K3sControl.self, from: Data("{}".utf8))
    #expect(control.differences(from: Self.own) == [])
  }

  @Test func members() throws {
    let text = #"""
      {"members":[{"ID":9372538179322589801,"name":"s0-1a2b3c4d","peerURLs":["https://192.168.1.21:2380"],
      "clientURLs":["https://192.168.1.21:2379"]},{"ID":1,"name":"s1-00000000","isLearner":true},{"ID":2,"peerURLs":["x"]}]}
      """#
    let members = try JSONDecoder().decode(ClusterMembers.self, from: Data(text.utf8))
    #expect(members.voters == 1)
    #expect(members.member(of: "s0")?.name == "s0-1a2b3c4d")
    #expect(members.newcomer?.node == "s1")
  }

  @Test func distributionsAreFoundByName() {
    #expect(Distribution.named("k3s")?.unit(.agent) == "k3s-agent.service")
    #expect(Distribution.named("k0s") == nil)
  }
}
