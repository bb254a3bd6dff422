import SugarAgentPlan
import SugarHost
import SugarJoin
import SugarModel

/// What is left to be read: the receipt, and the same in short at the Node.
extension JoinRun {
  private static let mark = "sugarimage"
  private static let annotationPatience = 300

  /// What is laid over the Node: annotations, which a kubelet may give to its own. (Kubernetes,
  /// "NodeRestriction"; RFC 7386)
  private struct NodePatch: Encodable {
    struct Metadata: Encodable { var annotations: [String: String] }
    var metadata: Metadata
  }

  /// nil when the Node says it, or when it is not worth waiting for.
  func annotate(_ known: Known, waited: Int) throws(AgentError) -> JoinRuling<Bool>? {
    let node = known.identity.node
    let path = places.state + "/annotations.json"
    let text = try JSONText.line(NodePatch(metadata: .init(annotations: annotations(known))))
    do throws(HostError) { try Files.write(Array(text.utf8), to: path, mode: 0o600) } catch {
      throw AgentError("write", path, error.reason, code: error.code)
    }
    defer { try? Files.remove(path) }
    let trouble: String
    do throws(PinnedClient.Failure) {
      let answer = try local(known).ask(
        request(
          known, "/api/v1/nodes/\(node)?fieldManager=sugaragent", method: .patch,
          headers: ["Content-Type: application/merge-patch+json"], body: path))
      switch answer.status {
      case 200: return nil
      case 400, 403, 404, 405, 422:
        teller.warn("the Node does not tell of the receipt: the API answers \(answer.status)")
        return nil
      default: trouble = "the API answers \(answer.status)"
      }
    } catch { trouble = error.reason }
    guard waited < Self.annotationPatience else {
      teller.warn("the Node does not tell of the receipt: \(trouble)")
      return nil
    }
    return .wait("the Node is not told of the receipt yet: \(trouble)", seconds: 3)
  }

  private func annotations(_ known: Known) -> [String: String] {
    let report = teller.report
    var notes = [
      "agent": report.agent, "generation": "\(known.identity.generation)",
      "plan": planDigest, "boots": "\(boots(known))",
    ]
    notes["serial"] = report.board.serial
    if let gitops = known.identity.gitops {
      notes["handed-over"] =
        ([gitops.engine.rawValue] + [gitops.version].compactMap { $0 }).joined(separator: " ")
    }
    return Dictionary(
      uniqueKeysWithValues: notes.map { ("\(Self.mark)/\($0.key)", $0.value) })
  }

  /// SHA-256 of what the node was planned as.
  private var planDigest: String {
    Hex.text(SHA256Hash.digest((try? Files.read(places.identity, limit: .mib(1))) ?? []))
  }

  private func boots(_ known: Known) -> Int {
    Set(known.journal.entries.map(\.boot)).count
  }

  func makeReceipt(_ known: Known, _ retained: [String]) throws(AgentError) -> Receipt {
    let (identity, entries, report) = (known.identity, known.journal.entries, teller.report)
    var (removed, gates, objects): ([Receipt.Removal], [Receipt.GateRecord], Int) = ([], [], 0)
    for entry in entries {
      switch entry.event {
      case .removing(let file, let bytes):
        removed.append(Receipt.Removal(file: file, bytes: bytes, at: entry.time))
      case .passed(let gate): gates.append(Receipt.GateRecord(gate: gate, held: entry.time))
      case .handed: objects += 1
      default: break
      }
    }
    var running: String?
    if case .found(let node) = node(known) { running = node.status?.nodeInfo?.kubeletVersion }
    let trimmed = entries.contains { $0.event == .trimmed }
    let now = Int64(machine.now())
    return Receipt(
      identity: identity, plan: planDigest,
      machine: Receipt.Machine(
        model: report.board.model, serial: report.board.serial, id: machine.machineID),
      disks: report.disks.map {
        Receipt.DiskRecord(path: $0.path, title: $0.title, size: $0.size, identity: $0.identity)
      },
      versions: Receipt.Versions(
        agent: report.agent, distribution: identity.cluster.distribution,
        planned: identity.cluster.version, running: running),
      began: entries.first?.time ?? now,
      ready: entries.first { $0.event == .ready }?.time ?? now, written: now, boots: boots(known),
      steps: teller.records.filter { $0.state == .done }.map {
        Receipt.Step(
          phase: $0.phase, at: $0.at, took: max(0, $0.at - $0.began), sentence: $0.sentence,
          usage: $0.usage)
      },
      handOver: identity.gitops.map {
        Receipt.HandOver(gitops: $0, gates: gates, objects: objects)
      }, removed: removed, trimmed: trimmed,
      remains: ReceiptWords.remains(identity, removed: removed.count, trimmed: trimmed),
      retained: retained, warnings: report.warnings)
  }
}
