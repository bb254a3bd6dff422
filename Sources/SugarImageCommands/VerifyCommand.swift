import ArgumentParser
import SugarImageBuilder

struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Read an image, a delta or a disk again and compare every byte with its manifest.",
    discussion: """
      EXAMPLES
        sugarimage verify out/sugarkube0.img
        sugarimage verify out/sugarkube0.img.xz
        sugarimage verify out/sugarkube0.delta --json
        sugarimage verify /dev/sda --output out
      """)

  @Argument(help: "An image, a delta or a disk.", completion: .file())
  var path: String

  @Option(
    help: ArgumentHelp("The manifest; else the one beside it.", valueName: "file"),
    completion: .file())
  var manifest: String?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Where a disk's node was built.", valueName: "folder"),
    completion: .directory)
  var output: String = "out"

  @OptionGroup var style: OutputOptions

  func run() async throws {
    let door = Door.standard
    try await door.run {
      let progress = Progress(door)
      defer { progress.end() }
      let result = try Verifier(
        cache: door.invokerCache, workers: door.workers, progress: progress.tell
      ).verify(path, manifest: manifest, output: output)
      progress.end()
      if style.json {
        try door.print(json: result)
      } else if result.isGood {
        door.print(
          "'\(path)' is \(result.node), every byte as its manifest says (\(result.bytesRead), \(result.filesChecked) files)"
        )
      } else {
        for difference in result.differences { door.print("different: \(difference)") }
        door.print("'\(path)' is not as its manifest says")
      }
      if !result.isGood { throw ExitStatus.wrongData }
    }
  }
}
