public import SugarModel

/// What an engine has to tell the one who hands a cluster to it. Everything that is Flux and not
/// GitOps stands in `flux` below; another engine is another value, and a case in `of`.
public struct GitOpsRules: Sendable {
  /// What a controller's message means, by words in it.
  struct Trouble: Sendable {
    enum Meaning: Sendable {
      /// It may come by itself.
      case wait(String)
      case refuse(JoinRefusalCode, String, next: String)
    }
    var words: [String]
    var meaning: Meaning
  }

  public var name: String
  /// The names under which its programs hold fields of objects. (metadata.managedFields)
  public var managers: Set<String>
  /// The kinds that say whether the repository was fetched, and whether it was applied.
  public var sourceKind: String
  public var syncKind: String
  /// From the top; the first that fits counts.
  var sourceTroubles: [Trouble]
  var syncTroubles: [Trouble]

  public static func of(_ engine: GitOpsEngine) -> GitOpsRules {
    switch engine {
    case .flux: flux
    }
  }

  /// (fluxcd/source-controller, internal/controller/gitrepository_controller.go; go-git and
  /// golang.org/x/crypto/ssh, whose words these are; fluxcd/kustomize-controller)
  static let flux = GitOpsRules(
    name: "Flux",
    managers: [
      "kustomize-controller", "source-controller", "helm-controller", "notification-controller",
      "image-automation-controller", "image-reflector-controller", "source-watcher",
      "flux-operator", "flux",
    ],
    sourceKind: "GitRepository", syncKind: "Kustomization",
    sourceTroubles: [
      Trouble(
        words: [
          "unable to authenticate", "permission denied", "authentication required",
          "authorization failed", "invalid credentials",
        ],
        meaning: .refuse(
          .repository, "the repository does not take this cluster's key",
          next:
            "give the public half of the deploy key to the repository, or put the right key into the fleet's secrets, build, and write the medium again"
        )),
      Trouble(
        words: ["knownhosts:", "host key", "known_hosts"],
        meaning: .refuse(
          .repository, "the repository's host shows a key that known_hosts does not name",
          next:
            "compare the host's key with the one its owner publishes, and put that one into the fleet's secrets; somebody may stand in between"
        )),
      Trouble(
        words: ["couldn't find remote ref", "reference not found", "branch not found"],
        meaning: .refuse(
          .repository, "the repository has no such branch",
          next: "push the branch that the fleet names, or name another one")),
      Trouble(
        words: ["repository not found", "does not appear to be a git repository"],
        meaning: .refuse(
          .repository, "the host knows no such repository, or does not show it to this key",
          next: "compare the address in the fleet, and give the deploy key to that repository")),
      Trouble(
        words: [
          "no such host", "server misbehaving", "i/o timeout", "connection refused",
          "network is unreachable", "no route to host", "context deadline exceeded",
          "connection reset", "temporary failure",
        ], meaning: .wait("the repository cannot be reached yet")),
    ],
    syncTroubles: [
      Trouble(
        words: ["decrypt", "data key", "no identity matched"],
        meaning: .refuse(
          .decryption, "Flux cannot decrypt what is in the repository",
          next:
            "put the age key that the repository's secrets are encrypted for into the fleet's secrets, build, and write the medium again"
        )),
      Trouble(
        words: ["path not found", "no such file or directory"],
        meaning: .refuse(
          .repository, "the repository has no such folder",
          next: "push the folder that the fleet names, or name another one")),
      Trouble(
        words: ["artifact not found", "source is not ready", "source artifact"],
        meaning: .wait("the repository has not been fetched yet")),
    ])
}

extension GitOpsRules {
  /// What a controller's message comes to. The message itself is told as well, without secrets.
  static func ruling(
    _ troubles: [Trouble], _ subject: String, _ message: String
  ) -> JoinRuling<Bool> {
    let lower = message.lowercased()
    let plain = PlainWords.of(message)
    guard
      let trouble = troubles.first(where: { $0.words.contains { lower.contains($0) } })
    else { return .wait("\(subject): \(plain)", seconds: 10) }
    switch trouble.meaning {
    case .wait(let words): return .wait("\(words) (\(subject): \(plain))", seconds: 10)
    case .refuse(let code, let words, let next):
      return .refuse(JoinRefusal(code, "\(words) (\(subject): \(plain))", next: [next]))
    }
  }
}
