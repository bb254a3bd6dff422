import ArgumentParser
import SugarImageBuilder

struct InitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Make a new fleet folder from one of the shipped profiles.",
    discussion: """
      EXAMPLE
        sugarimage init my-fleet --from sugarkube-3x3
      """)

  @Argument(help: "The folder to make.", completion: .directory)
  var folder: String

  @Option(help: ArgumentHelp("The profile to start from.", valueName: "profile"))
  var from: String

  func run() async throws {
    let door = Door.standard
    try await door.run {
      guard let share = door.share else {
        throw BuildError(
          .data, "cannot find the shipped profiles",
          note: "set SUGARIMAGE_SHARE to the folder that holds profiles/, overlays/ and bootfiles/")
      }
      try FleetMaker(share).make(folder, from: from)
      door.print("made '\(folder)' from \(from)")
      door.print("next: put your SSH key into \(folder)/fleet.local.yaml or fleet.yaml, then sugarimage validate \(folder)")
    }
  }
}
