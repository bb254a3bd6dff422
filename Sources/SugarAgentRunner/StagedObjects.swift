import SugarAgentPlan
import SugarHost
import SugarModel

/// The objects of a hand-over as they stand on the medium.
struct StagedObjects {
  let places: AgentPlaces

  var folder: String { places.root + HandOffList.folder }

  func path(_ object: HandOffObject) -> String { "\(folder)/\(object.file)" }

  /// The list; throws why it cannot be followed.
  func list() throws(JoinRefusal) -> HandOffList {
    let path = "\(folder)/\(HandOffList.index)"
    let list: HandOffList
    do {
      let bytes = try Files.read(path, limit: .mib(4))
      list = try JSONText.decode(HandOffList.self, from: bytes, name: path)
    } catch { throw bad("\(error)") }
    if let complaint = HandOffRules.complaint(list) {
      throw bad("cannot follow '\(path)': \(complaint)")
    }
    return list
  }

  private func bad(_ reason: String) -> JoinRefusal {
    JoinRefusal(
      .stagedObject, reason, next: ["write the medium again with sugarimage, for this node"])
  }

  func state(_ object: HandOffObject) throws(AgentError) -> StagedFile {
    let path = path(object)
    do throws(HostError) {
      guard let there = try Files.status(path), there.kind == .file else { return .missing }
      if object.secret, there.mode & 0o077 != 0 { return .open(there.mode) }
      let digest = Hex.text(SHA256Hash.digest(try Files.read(path, limit: .mib(4))))
      return digest == object.sha256 ? .intact : .altered
    } catch { throw AgentError("read", path, error.reason, code: error.code) }
  }
}
