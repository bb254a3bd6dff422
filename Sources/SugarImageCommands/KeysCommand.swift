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

      They go into the fleet's secrets/ (0700), each an age file that the fleet's
      secrets.recipients can open; what is plain there is encrypted in place, once an
      identity of yours has opened the copy. What is there is never replaced without
      --rotate. Back that folder up: a cluster cannot be rebuilt without it.

      --rotate replaces something by something new, and says which nodes must be built
      and written again:
        join-token:NODE      host-keys:NODE      node-password:NODE      node:NODE
        server-token:CLUSTER deploy-key:CLUSTER  authorities:CLUSTER     cluster:CLUSTER
      With the last two it is another cluster: all of its nodes must be written again.

      EXAMPLES
        sugarimage keys my-fleet > known_hosts
        sugarimage keys my-fleet --identity ~/keys/age.txt
        sugarimage keys my-fleet --rotate join-token:sugarkube7
        sugarimage keys my-fleet --rotate authorities:dev --yes
        sugarimage keys my-fleet --plaintext-keys
      """)

  @Argument(help: "The folder of a fleet.", completion: .directory)
  var fleet: String = "."

  @Flag(help: "Write the secrets as plain files, readable by you alone (0600).")
  var plaintextKeys = false

  @Option(
    help: ArgumentHelp(
      "Give these agents new join tokens, good for 90 days from now: --rotate join-token:NODE.",
      valueName: "node"))
  var renew: [String] = []

  @Option(
    help: ArgumentHelp(
      "Replace this by something new; may be given more than once.", valueName: "what:name"),
    completion: .list(RotationTarget.Kind.allCases.map { $0.rawValue + ":" }),
    transform: Self.target)
  var rotate: [RotationTarget] = []

  @Flag(help: "Rotate also what cuts a running cluster off, without being asked.")
  var yes = false

  @OptionGroup var identityOptions: IdentityOptions
  @OptionGroup var output: OutputOptions

  private static func target(_ text: String) throws -> RotationTarget {
    guard let target = RotationTarget(text) else {
      throw ValidationError(
        "'\(text)' is nothing to rotate: it is \(RotationTarget.Kind.allCases.map(\.rawValue).joined(separator: ", ")), "
          + "each with the name of its cluster or node behind a colon")
    }
    return target
  }

  func run() async throws {
    let door = Door.standard
    try await door.run {
      let folder = try FleetFolder.open(fleet, share: door.share)
      let request = KeyRequest(folder.profile)
      let store = folder.secrets(environment: door.environment)
      let targets = renew.map { RotationTarget(.joinToken, $0) } + rotate
      try consent(to: targets.filter(\.isDangerous), door)
      let encryption = try encrypt(store, folder, door)
      let minter = KeyMinter(store, now: door.now)
      var result = KeysResult(
        minted: try minter.mint(request), encrypted: encryption?.encrypted ?? [])
      for target in targets {
        try minter.rotate(target, request)
        result.rotated.append("\(target)")
      }
      let rotation = RotationEffect(targets, folder.profile)
      result.renewed = targets.filter { $0.kind == .joinToken }.map(\.name)
      result.rebuild = rotation.rebuild
      result.remarks = rotation.remarks
      let credentials = try store.credentials(for: request.minted)
      result.missing = try store.wifiComplaints(for: request)
      let wifi = result.missing.count
      result.missing += try store.gitopsComplaints(for: request)
      result.deployKeys = try store.deployKeys(for: request)
      result.knownHosts = KnownHosts.text(request, credentials)
      result.pins = credentials.clusters.mapValues(\.pin)
      result.recipients = encryption?.recipients
      if output.json { return try door.print(json: result) }
      for line in result.words(of: store.folder, wifi: wifi) { door.tell(line) }
      door.print(String(result.knownHosts.dropLast()))
    }
  }

  /// nil when the secrets stay plain files.
  private func encrypt(
    _ store: SecretStore, _ folder: FleetFolder, _ door: Door
  ) throws -> FolderEncryption.Outcome? {
    let recipients = folder.profile.secrets.recipients
    if plaintextKeys {
      guard try !store.isEncrypted else {
        throw BuildError(
          .data, "cannot write plain files into '\(store.folder)': it is encrypted",
          note: "leave --plaintext-keys out")
      }
      return nil
    }
    guard !recipients.isEmpty else {
      throw BuildError(
        .data, "cannot keep secrets in '\(store.folder)': nobody is named who can read them",
        note:
          "name age recipients in fleet.yaml or fleet.local.yaml, secrets: { recipients: [age1…] } "
          + "(`age-keygen -y` prints yours), or keep plain files: --plaintext-keys")
    }
    return try FolderEncryption(
      store, to: recipients, identities: identityOptions.files(door)
    ).apply()
  }
}
