import Foundation
import SugarAgentRunner
import SugarModel
import SugarTestSupport
import Testing

/// A cluster is handed over to Flux: the agent's own code and curl against a stand-in API with
/// stand-in controllers (Tests/StandIn/flux.py).
@Suite(.serialized) struct HandOffTests {
  @Test("every object in its order, then the gates, the receipt and the end")
  func handsOver() throws {
    let bench = try JoinBench.handOff()
    let list = try bench.stage()
    #expect(bench.run() == .ready, "\(bench.told)")
    try bench.expectHandedOver()
    #expect(bench.applied == list.objects.map(\.path))
    // Nothing is taken from anybody by force.
    let log = try #require(bench.supervisor)
    #expect(log.requests.allSatisfy { $0.query?.contains("force") != true })
    let phases = bench.lines.map { $0.split(separator: " ").dropFirst().prefix(2) }.map {
      $0.joined(separator: " ")
    }
    #expect(
      phases.filter { $0.hasPrefix("handoff") || $0.hasPrefix("finish") }.first
        == "handoff started:")
    #expect(
      bench.lines("handoff", "done").first?.contains("Flux keeps it as clusters/prod") == true)
    #expect(
      bench.lines("finish", "done").first?.contains("the agent has retired") == true,
      "\(bench.told)")
    #expect(bench.lines.firstIndex { $0.contains("ready done") } ?? 99 < bench.lines.count)
    let receipt = try #require(bench.receipt)
    #expect(receipt.removed.map(\.file).filter { $0.contains("gitops/") }.count == 10)
    #expect(receipt.trimmed)
    #expect(bench.trims == 1)
    #expect(receipt.versions.running == nil)
    #expect(
      bench.text("/var/lib/sugaragent/receipt.json")
        == bench.text("/boot/firmware/sugarimage/receipt.json"))
    #expect(bench.text("/boot/firmware/sugarimage/receipt.html")?.contains("clusters/prod") == true)
    let node = try bench.administer("GET", "/api/v1/nodes/s0")
    #expect(node.contains("\"sugarimage/handed-over\": \"flux v2.6.4\""), "\(node)")
  }

  @Test("once it is handed over, nothing is changed any more, whoever keeps it now")
  func neverAgain() throws {
    let bench = try JoinBench.handOff(faults: #"{"takesOver": true}"#)
    #expect(bench.run() == .ready, "\(bench.told)")
    let before = bench.applied.count
    let path = "/apis/apps/v1/namespaces/flux-system/deployments/source-controller"
    #expect(try bench.administer("GET", path).contains("kustomize-controller"))
    (bench.lines, bench.unitState) = ([], "active")
    #expect(bench.run() == .ready, "\(bench.told)")
    #expect(bench.applied.count == before)
    #expect(bench.lines("handoff", "done").first?.contains("before") == true)
    #expect(try bench.administer("GET", path).contains("\"replicas\": 2"))
  }

  @Test("a first server that was written anew changes nothing in a cluster that is kept")
  func anotherMedium() throws {
    let bench = try JoinBench.handOff(faults: #"{"takesOver": true}"#)
    #expect(bench.run() == .ready, "\(bench.told)")
    let before = bench.applied.count
    try FileManager.default.removeItem(
      atPath: bench.folder.path("root/var/lib/sugaragent/join.jsonl"))
    try bench.stage()
    (bench.lines, bench.unitState) = ([], "active")
    #expect(bench.run() == .ready, "\(bench.told)")
    #expect(bench.applied.count == before)
    #expect(bench.lines("handoff", "done").first?.contains("was handed over before") == true)
    #expect(bench.receipt?.handOver?.objects == 0)
    #expect(
      !FileManager.default.fileExists(atPath: bench.folder.path("root/etc/sugaragent/staged")))
  }

  @Test("no WAN for the first while: Ready, it waits and says so, and goes on without a reboot")
  func lateWAN() throws {
    let bench = try JoinBench.handOff(faults: #"{"noWAN": true}"#)
    var ready = false
    bench.onPause = { elapsed in
      ready = ready || bench.lines.contains { $0.contains("ready done") }
      if elapsed > 1800 { try bench.supervisor?.set(faults: "{}") }
    }
    #expect(bench.run() == .ready, "\(bench.told)")
    #expect(ready)
    #expect(bench.elapsed > 1800)
    #expect(bench.reboots == 0)
    let waiting = bench.lines("handoff", "waiting")
    #expect(
      waiting.contains { $0.contains("cannot be reached yet") && $0.contains("no such host") },
      "\(waiting)")
    #expect(waiting.count < 8, "one line for a change: \(waiting)")
    try bench.expectHandedOver()
  }

  @Test(
    "why the repository is not fetched or applied, in words, until it is put right",
    arguments: [
      (#"{"repository": "key"}"#, "does not take this cluster's key", "repository"),
      (#"{"repository": "host"}"#, "shows a key that known_hosts does not name", "repository"),
      (#"{"repository": "branch"}"#, "has no such branch", "repository"),
      (#"{"repository": "unknown"}"#, "knows no such repository", "repository"),
      (#"{"decryption": true}"#, "cannot decrypt", "decryption"),
    ])
  func repository(_ faults: String, _ words: String, _ code: String) throws {
    let bench = try JoinBench.handOff(faults: faults)
    var seen: AgentReport?
    bench.onPause = { elapsed in
      if let report = bench.report, report.state == .refused { seen = report }
      if elapsed > 3000 { try bench.supervisor?.set(faults: "{}") }
    }
    #expect(bench.run() == .ready, "\(bench.told)")
    let refused = bench.lines("handoff", "refused")
    #expect(refused.first?.contains(words) == true, "\(bench.told)")
    #expect(refused.count <= 6, "every ten minutes: \(refused)")
    let report = try #require(seen)
    #expect(report.phases?.last?.code?.rawValue == code)
    #expect(report.summary.hasPrefix("s0 is Ready, and something needs you"), "\(report.summary)")
    #expect(report.next.count == 1)
    try bench.expectHandedOver()
  }

  @Test("a manifest that the API refuses: named, with its words, tried again; the node is Ready")
  func refused() throws {
    let path = "/apis/apps/v1/namespaces/flux-system/deployments/source-controller"
    let bench = try JoinBench.handOff(
      faults: #"{"refuse": {"\#(path)": "spec.replicas: Invalid value: 1"}}"#)
    bench.onPause = { elapsed in
      if elapsed > 2000 { try bench.supervisor?.set(faults: "{}") }
    }
    #expect(bench.run() == .ready, "\(bench.told)")
    #expect(
      bench.lines("handoff", "refused").first?.contains(
        "refuses Deployment flux-system/source-controller: it answers 422, spec.replicas: Invalid value: 1"
      ) == true, "\(bench.told)")
    #expect(
      bench.supervisor?.requests.filter { $0.method == "PATCH" && $0.path == path }.count ?? 9 < 7)
    try bench.expectHandedOver()
  }

  @Test("what an API says of a secret is not told")
  func refusedSecret() throws {
    let bench = try JoinBench.handOff(
      faults:
        #"{"refuse": {"/api/v1/namespaces/flux-system/secrets/sops-age": "data: Invalid value: \#(JoinBench.ageKey)"}}"#
    )
    bench.limit = 700
    #expect(bench.run() == .stopped, "\(bench.told)")
    #expect(
      bench.lines("handoff", "refused").first?.contains(
        "Secret flux-system/sops-age: it answers 422")
        == true, "\(bench.told)")
    #expect(!bench.told.contains("CANARY"))
    #expect(!(try JSONText.page(try #require(bench.report))).contains("CANARY"))
  }

  @Test("kinds that are slow to be served, and controllers that are slow to come, are waited for")
  func slowKinds() throws {
    let bench = try JoinBench.handOff(faults: #"{"crdDelay": 1e9, "deployDelay": 1e9}"#)
    // Each comes when the agent has told that it waits for it: however slow the machine is.
    bench.onPause = { [unowned bench] _ in
      let waiting = bench.lines("handoff", "waiting").joined()
      if waiting.contains("is not available yet") {
        try bench.supervisor?.set(faults: "{}")
      } else if waiting.contains("does not know gitrepositories") {
        try bench.supervisor?.set(faults: #"{"deployDelay": 1e9}"#)
      }
    }
    #expect(bench.run() == .ready, "\(bench.told)")
    let waiting = bench.lines("handoff", "waiting").joined(separator: "\n")
    #expect(waiting.contains("does not know gitrepositories"), "\(waiting)")
    #expect(waiting.contains("is not available yet"), "\(waiting)")
    try bench.expectHandedOver()
  }

  @Test("a file that is not the one of the list: nothing at all is applied")
  func altered() throws {
    let bench = try JoinBench.handOff()
    try bench.put("\(HandOffList.folder)/17-flux-system.json", "{}")
    #expect(bench.run() == .refused(.stagedObject), "\(bench.told)")
    #expect(bench.applied.isEmpty)
    #expect(bench.report?.summary.hasPrefix("s0 is Ready") == true)
    #expect(bench.enabled == ["k3s.service"])
    #expect(!bench.isMasked("sugaragent-join.service"))
  }

  @Test("a list that is not there, or leads elsewhere, and a secret that others may read")
  func badList() throws {
    let bench = try JoinBench.handOff()
    let index = "\(HandOffList.folder)/\(HandOffList.index)"
    let good = try #require(bench.text(index))
    let bad = [
      "", good.replacingOccurrences(of: "10-flux-system.json", with: "../identity.json"),
      good.replacingOccurrences(of: "\"stage\" : \"sync\"", with: "\"stage\" : \"namespace\""),
      good.replacingOccurrences(of: "\"schema\" : 1", with: "\"schema\" : 99"),
    ]
    for text in bad {
      try bench.put(index, text)
      (bench.lines, bench.unitState) = ([], bench.started.isEmpty ? "inactive" : "active")
      #expect(bench.run() == .refused(.stagedObject), "\(text.prefix(60)) \(bench.told)")
    }
    try bench.put(index, good)
    try bench.put(
      "\(HandOffList.folder)/11-sops-age.json",
      try #require(bench.text("\(HandOffList.folder)/11-sops-age.json")), mode: 0o644)
    #expect(bench.run() == .refused(.openSecret), "\(bench.told)")
    #expect(bench.applied.isEmpty)
  }

  @Test("what somebody else keeps is not taken from them")
  func conflict() throws {
    let bench = try JoinBench.handOff()
    let path = "/apis/apps/v1/namespaces/flux-system/deployments/source-controller"
    let begin = bench.onStart
    bench.onStart = {
      try begin()
      try bench.administer("PUT", "/api/v1/namespaces/flux-system", "{}")
      try bench.administer(
        "PUT", "\(path)?fieldManager=kubectl-edit",
        #"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"namespace":"flux-system"},"spec":{"replicas":5}}"#
      )
    }
    var isGone = false
    bench.onPause = { elapsed in
      guard elapsed > 2000, !isGone else { return }
      isGone = true
      try bench.administer("DELETE", path)
    }
    #expect(bench.run() == .ready, "\(bench.told)")
    #expect(
      bench.lines("handoff", "refused").first?.contains("is kept by kubectl-edit") == true,
      "\(bench.told)")
    try bench.expectHandedOver()
  }

  @Test("what Flux keeps already counts as handed over")
  func keptByTheEngine() throws {
    let bench = try JoinBench.handOff()
    let path = "/apis/apps/v1/namespaces/flux-system/deployments/source-controller"
    let begin = bench.onStart
    bench.onStart = {
      try begin()
      try bench.administer("PUT", "/api/v1/namespaces/flux-system", "{}")
      try bench.administer(
        "PUT", "\(path)?fieldManager=kustomize-controller",
        #"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"namespace":"flux-system"},"spec":{"replicas":5}}"#
      )
    }
    #expect(bench.run() == .ready, "\(bench.told)")
    #expect(bench.lines("handoff", "refused").isEmpty, "\(bench.told)")
    #expect(try bench.administer("GET", path).contains("\"replicas\": 5"))
    #expect(bench.isMasked("sugaragent-join.service"))
  }
}
