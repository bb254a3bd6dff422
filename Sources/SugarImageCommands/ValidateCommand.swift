import ArgumentParser
import SugarImageBuilder
import SugarModel

struct ValidateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Say everything that is wrong with a fleet, at once.",
    discussion: """
      Reads fleet.yaml, fleet.local.yaml, the overlays and the GitOps manifests that
      they name, and lists the images that GitOps needs. Nothing is written.

      EXAMPLES
        sugarimage validate my-fleet
        sugarimage validate my-fleet --json
      """)

  @Argument(help: "The folder of a fleet.", completion: .directory)
  var fleet: String = "."

  @OptionGroup var output: OutputOptions

  func run() async throws {
    let door = Door.standard
    try await door.run {
      var report: Report
      var manifests: [ManifestCheck.Manifest] = []
      do {
        let folder = try FleetFolder.open(fleet, share: door.share)
        report = folder.report
        let check = ManifestCheck(folder, cache: try door.cache)
        report.merge(check.report)
        report = report.sorted()
        manifests = check.manifests
      } catch let error as BuildError {
        guard let found = error.report else { throw error }
        report = found
      }
      if output.json {
        try door.print(json: ValidationResult(report, manifests))
      } else {
        for manifest in manifests { door.print(manifest.description) }
        if !report.isEmpty { door.print(report.description) }
        door.print(report.isEmpty ? "nothing is wrong" : ExitStatus.summary(of: report))
      }
      if report.hasErrors { throw ExitStatus.wrongData }
    }
  }
}

/// A report for other programs.
struct ValidationResult: Encodable {
  struct Complaint: Encodable {
    var severity: Diagnostic.Severity
    var message: String
    var file: String?
    var line: Int?
    var column: Int?
    var note: String?
  }
  var valid: Bool
  var diagnostics: [Complaint]
  /// What the engines of GitOps bring with them.
  var gitops: [ManifestCheck.Manifest]

  init(_ report: Report, _ manifests: [ManifestCheck.Manifest] = []) {
    gitops = manifests
    valid = !report.hasErrors
    diagnostics = report.diagnostics.map {
      Complaint(
        severity: $0.severity, message: $0.message, file: $0.location?.file,
        line: $0.location?.line,
        column: $0.location?.column, note: $0.note)
    }
  }
}
