public import ArgumentParser
import SugarImageBuilder

/// The program: words in, words out. Everything else is below.
public struct SugarImage: AsyncParsableCommand {
  public static let configuration = CommandConfiguration(
    commandName: "sugarimage",
    abstract: "Makes the image that each node of a fleet boots from, offline and without root.",
    discussion: """
      A fleet is a folder with a fleet.yaml; the shipped ones are made your own by
      `init`.

      EXAMPLES
        sugarimage init my-fleet --from sugarkube-3x3
        sugarimage validate my-fleet
        sugarimage fetch my-fleet
        sugarimage keys my-fleet > known_hosts
        sugarimage plan my-fleet sugarkube0
        sugarimage build my-fleet --export img
        sugarimage inspect out/sugarkube0.img
        sugarimage rehearse my-fleet --cluster prod
        sugarimage disks
        sugarimage flash sugarkube0 --write

      EXIT STATUS
        0  done          2  not the same   64 wrong words    65 wrong data
        70 our fault     74 input/output   75 not in time
        77 refused by a guard rail
      """,
    version: ToolVersions.sugarimage,
    subcommands: [
      InitCommand.self, ValidateCommand.self, FetchCommand.self, KeysCommand.self,
      KubeconfigCommand.self,
      PlanCommand.self, BuildCommand.self, InspectCommand.self, VerifyCommand.self,
      DisksCommand.self, FlashCommand.self, EEPROMCommand.self, RehearseCommand.self,
      SchemaCommand.self, CacheCommand.self,
    ])

  public init() {}
}
