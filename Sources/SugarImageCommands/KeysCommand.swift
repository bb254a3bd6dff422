import ArgumentParser
import SugarImageBuilder
import SugarKeys
import SugarModel
import SugarProfile

struct KeysCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys", abstract: "Mint the secrets that a fleet lacks, and print known_hosts.",
    discussion: """
      Certificate authorities and a token for each cluster; a machine id, a node
      password and host keys for each node; a dated join token for each agent.
      Names and keys of Wi-Fi networks are yours, and most of what GitOps needs: it
      says which files they go into. A deploy key is minted, and its public half shown.
      They go into the fleet's secrets/ (0700, kept out of git). What is there is
      never replaced. Back that folder up: a cluster cannot be rebuilt without it.

      EXAMPLES
        sugarimage keys my-fleet --plaintext-keys > known_hosts
        sugarimage keys my-fleet --plaintext-keys --renew sugarkube7
      """)

  @Argument(help: "The folder of a fleet.", completion: .directory)
  var fleet: String = "."

  @Flag(
    help: "Write the secrets as plain files. This release knows no other way, so it must be said.")
  var plaintextKeys = false

  @Option(
    help: ArgumentHelp(
      "Give these agents new join tokens, good for 90 days from now.", valueName: "node"))
  var renew: [String] = []

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard plaintextKeys else {
      throw ValidationError(
        "this release keeps secrets as plain files, readable by you alone (0600); if that is what you want, say --plaintext-keys"
      )
    }
  }

  func run() async throws {
    let door = Door.standard
    try await door.run {
      let folder = try FleetFolder.open(fleet, share: door.share)
      let request = KeyRequest(folder.profile)
      let store = SecretStore(folder: folder.secretsPath)
      let minter = KeyMinter(store, now: door.now)
      let made = try minter.mint(request)
      for name in renew {
        guard let node = request.nodes.first(where: { $0.name == name }) else {
          throw BuildError(
            .data, "cannot find '\(name)' in the fleet",
            note:
              "its agents are \(request.nodes.filter(\.isAgent).map(\.name).joined(separator: ", "))"
          )
        }
        try minter.renew(node)
      }
      let credentials = try store.credentials(for: request.minted)
      let missing = try store.wifiComplaints(for: request)
      let needed = try store.gitopsComplaints(for: request)
      let deployKeys = try store.deployKeys(for: request)
      let knownHosts = KnownHosts.text(request, credentials)
      if output.json {
        return try door.print(
          json: KeysResult(
            minted: made, renewed: renew, missing: missing + needed, knownHosts: knownHosts,
            pins: credentials.clusters.mapValues(\.pin), deployKeys: deployKeys))
      }
      for line in made { door.tell("minted: \(line)") }
      for node in renew { door.tell("renewed: join token of \(node)") }
      if !renew.isEmpty {
        door.tell(
          "now build again: \(Self.affected(by: renew, folder.profile).joined(separator: ", "))")
      }
      for (cluster, key) in deployKeys.sorted(by: { $0.key < $1.key }) {
        door.tell("deploy key of cluster \(cluster), which may read its repository: \(key)")
      }
      for complaint in missing { door.tell("still to do for Wi-Fi: \(complaint)") }
      for complaint in needed { door.tell("still to do for GitOps: \(complaint)") }
      if made.isEmpty, renew.isEmpty, missing.isEmpty, needed.isEmpty {
        door.tell("nothing was missing in '\(store.folder)'")
      }
      door.print(String(knownHosts.dropLast()))
    }
  }
}

extension KeysCommand {
  /// The agents themselves, and the initialisers that make their tokens known.
  fileprivate static func affected(by renewed: [String], _ profile: Profile) -> [String] {
    let clusters = Set(profile.nodes.filter { renewed.contains($0.hostname) }.map(\.cluster))
    return profile.nodes.filter { node in
      renewed.contains(node.hostname)
        || (node.role == .serverInit && clusters.contains(node.cluster))
    }.map(\.hostname)
  }
}

struct KeysResult: Encodable {
  var minted: [String]
  var renewed: [String]
  /// What only the operator can bring: a sentence for each secret that cannot be used yet.
  var missing: [String]
  var knownHosts: String
  var pins: [String: String]
  /// The public halves, by cluster.
  var deployKeys: [String: String]
}
