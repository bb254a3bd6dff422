public import SugarJoin
public import SugarModel

/// What the API says of one object.
public enum ObjectAnswer: Hashable, Sendable {
  case found(ClusterObject)
  /// HTTP 404, in the server's words.
  case absent(String)
  /// Any other HTTP status, and what came with it.
  case status(Int, StatusObject)
  /// No answer, in the network's words.
  case failed(String)
}

/// How an object's file stands on the medium.
public enum StagedFile: Hashable, Sendable {
  case intact
  case missing
  /// It is not the one that the list names.
  case altered
  /// A secret that others may read, by its mode.
  case open(UInt32)
}

/// Decides what becomes of each object of a hand-over: whether it is applied, and what an answer
/// means.
///
/// The agent never forces a field (Kubernetes, "Server-Side Apply"): what it applies first is not
/// there yet, and what somebody else holds is theirs. Where that is the engine itself, it has taken
/// over, which is what the hand-over is for; anybody else is named, and a person decides.
public enum HandOffRules {
  public enum Course: Hashable, Sendable {
    case apply
    /// The cluster has it.
    case verified
  }

  public enum Outcome: Hashable, Sendable {
    case applied
    /// The engine keeps fields of it already.
    case kept(by: String)
  }

  /// What is wrong with a list; nil when it can be followed.
  public static func complaint(_ list: HandOffList) -> String? {
    guard list.schema <= HandOffList.currentSchema else {
      return "it has layout \(list.schema), and this agent knows up to \(HandOffList.currentSchema)"
    }
    let places = list.objects.map { HandOffStage.allCases.firstIndex(of: $0.stage) ?? 0 }
    for (one, next) in zip(places, places.dropFirst()) where next < one {
      return "its objects are not in the order of their stages"
    }
    for object in list.objects {
      let letters = object.path.utf8
      let isPlain = letters.allSatisfy { byte in
        byte > 0x20 && byte < 0x7F
          && ![UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "%")].contains(byte)
      }
      guard isPlain, object.path.hasPrefix("/api/") || object.path.hasPrefix("/apis/"),
        !object.path.contains("//"), !object.path.contains("/../")
      else { return "\(title(object)) has no path of an object" }
      guard !object.file.isEmpty, !object.file.contains("/"), !object.file.hasPrefix(".") else {
        return "\(title(object)) names no file beside it"
      }
    }
    guard Set(list.objects.map(\.file)).count == list.objects.count else {
      return "two objects have the same file"
    }
    return nil
  }

  /// `Secret flux-system/sops-age`
  public static func title(_ object: HandOffObject) -> String {
    "\(object.kind) \(object.namespace.map { "\($0)/" } ?? "")\(object.name)"
  }

  /// What to do with an object, before anything of it is sent.
  ///
  /// - Parameter wasHanded: whether the journal says that the cluster had it.
  public static func course(
    _ object: HandOffObject, file: StagedFile, wasHanded: Bool, answer: ObjectAnswer
  ) -> JoinRuling<Course> {
    let title = title(object)
    switch answer {
    case .found where wasHanded: return .go(.verified, "the cluster has \(title)")
    case .found, .absent: break
    case .failed(let reason):
      return .wait("\(title) cannot be asked for yet: \(reason)", seconds: 3)
    case .status(let code, let words):
      return .wait("\(title) cannot be asked for yet: \(told(code, words))", seconds: 5)
    }
    switch file {
    case .intact: return .go(.apply, title)
    case .missing where wasHanded:
      return .refuse(
        JoinRefusal(
          .stagedObject,
          "\(title) is gone from the cluster, and its file on this medium was removed when the cluster had it",
          next: ["make it again by hand, or build and write the medium again with sugarimage"]))
    case .missing: return .refuse(bad(object, "is not there"))
    case .altered: return .refuse(bad(object, "is not the one that the image was built with"))
    case .open(let mode):
      return .refuse(
        JoinRefusal(
          .openSecret,
          "others may read the file of \(title) (mode \(String(mode, radix: 8))); its secret is to be renewed",
          next: ["renew the secret, build, and write the medium again"]))
    }
  }

  private static func bad(_ object: HandOffObject, _ words: String) -> JoinRefusal {
    JoinRefusal(
      .stagedObject, "the file of \(title(object)), \(object.file), \(words); nothing was applied",
      next: ["write the medium again with sugarimage, for this node"])
  }

  /// What the answer to an apply means.
  public static func outcome(
    _ object: HandOffObject, code: Int, words: StatusObject, engine: GitOpsRules
  ) -> JoinRuling<Outcome> {
    let title = title(object)
    // What an API says of a secret may repeat it.
    let told = told(code, object.secret ? StatusObject(reason: words.reason) : words)
    switch code {
    case 200, 201: return .go(.applied, "the cluster has \(title)")
    case 404:
      return .wait("the cluster does not take \(title) yet: \(told)", seconds: 2)
    case 409: return conflict(object, words, engine)
    case 400, 403, 405, 413, 415, 422:
      return .refuse(
        JoinRefusal(
          .objectRefused, "the cluster refuses \(title): \(told)",
          next: [
            "put \(title) right in the fleet's files, build, and write the medium again; or allow it in the cluster: it is tried again every ten minutes"
          ]))
    default: return .wait("the cluster does not take \(title) yet: \(told)", seconds: 5)
    }
  }

  private static func conflict(
    _ object: HandOffObject, _ words: StatusObject, _ engine: GitOpsRules
  ) -> JoinRuling<Outcome> {
    let title = title(object)
    let holders = holders(words.message ?? "")
    if let keeper = holders.first(where: { engine.managers.contains($0) }) {
      return .go(.kept(by: keeper), "\(engine.name) keeps \(title) already")
    }
    guard let holder = holders.first else {
      // Somebody wrote it in the same moment.
      return .wait("\(title) is being changed by somebody else", seconds: 2)
    }
    return .refuse(
      JoinRefusal(
        .objectConflict,
        "\(title) is kept by \(PlainWords.of(holder)), and differs; the agent takes nothing from others",
        next: [
          "look at it: sudo k3s kubectl get \(object.kind.lowercased()) \(object.name)\(object.namespace.map { " -n \($0)" } ?? "") -o yaml --show-managed-fields",
          "remove it, or make it as the fleet has it: it is tried again every ten minutes",
        ]))
  }

  /// Who holds the fields that a conflict is about. (apimachinery, `NewConflictError`)
  static func holders(_ message: String) -> [String] {
    var (found, rest) = ([String](), Substring(message))
    let mark = "with \""
    while let start = rest.place(of: mark) {
      rest = rest[start.upperBound...]
      guard let end = rest.firstIndex(of: "\"") else { break }
      found.append(String(rest[..<end]))
      rest = rest[end...]
    }
    return found
  }

  static func told(_ code: Int, _ words: StatusObject) -> String {
    let message = words.message.map { PlainWords.of($0) } ?? words.reason ?? ""
    return message.isEmpty ? "it answers \(code)" : "it answers \(code), \(message)"
  }
}

extension Substring {
  /// The first place of a text.
  fileprivate func place(of text: String) -> Range<Index>? {
    var place = startIndex
    while place < endIndex {
      if self[place...].hasPrefix(text) {
        return place..<index(place, offsetBy: text.count)
      }
      place = index(after: place)
    }
    return nil
  }
}
