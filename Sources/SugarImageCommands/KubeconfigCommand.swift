import ArgumentParser
import SugarHost
import SugarImageBuilder
import SugarKeys
import SugarModel
import SugarProfile

struct KubeconfigCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kubeconfig", abstract: "Mint a dated admin kubeconfig for a cluster, offline.",
    discussion: """
      Its certificate is signed by the cluster's own client authority from
      secrets/, so it works as soon as the cluster does. It cannot be revoked;
      keep its life short.

      EXAMPLES
        sugarimage kubeconfig prod --fleet my-fleet --output prod.kubeconfig
        sugarimage kubeconfig dev --days 1
        sugarimage kubeconfig prod --identity ~/keys/age.txt --output prod.kubeconfig
      """)

  @Argument(help: "The cluster's name.")
  var cluster: String

  @Option(help: "The folder of a fleet.", completion: .directory)
  var fleet: String = "."

  @Option(help: "For how many days it is good.")
  var days: Int = 30

  @Option(help: "The name that the cluster's audit log shows.")
  var user: String = "sugarimage-admin"

  @Option(
    help: ArgumentHelp("Write it there (0600) and not on standard output.", valueName: "file"),
    completion: .file())
  var output: String?

  @OptionGroup var identityOptions: IdentityOptions

  func validate() throws {
    guard (1...3650).contains(days) else { throw ValidationError("--days must be from 1 to 3650") }
    guard !user.isEmpty, user.allSatisfy({ $0.isLetter || $0.isNumber || "-._@".contains($0) })
    else {
      throw ValidationError("--user may hold letters, digits and -._@")
    }
  }

  func run() async throws {
    let door = Door.standard
    try await door.run {
      let folder = try FleetFolder.open(fleet, share: door.share)
      guard let found = folder.profile.clusters.first(where: { $0.name == cluster }),
        let initialiser = folder.profile.nodes.first(where: {
          $0.cluster == cluster && $0.role == .serverInit
        })
      else {
        throw BuildError(
          .data, "cannot find the cluster '\(cluster)' in the fleet",
          note: "its clusters are \(folder.profile.clusters.map(\.name).joined(separator: ", "))")
      }
      let host =
        initialiser.planes[folder.profile.nodeIPPlane]?.address?.description
        ?? "\(initialiser.hostname).\(folder.profile.fleet.domain)"
      let config = try AdminKubeconfig(
        cluster: cluster, server: "https://\(host):\(found.api.port)", user: user, days: days,
        now: door.now,
        from: folder.secrets(environment: door.environment).opened(by: identityOptions.files(door)))
      if let output {
        try Files.write(Array(config.text.utf8), to: output, mode: 0o600)
        door.tell("wrote '\(output)', good for \(days) days")
      } else {
        door.print(String(config.text.dropLast()))
      }
    }
  }
}
