import ArgumentParser
import SugarImageBuilder

struct FetchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch", abstract: "Bring what a fleet names from the network into the cache.",
    discussion: """
      The only command that uses the network. A download that was interrupted goes
      on where it stopped; what does not have the pinned sha256 is thrown away.
      The cache is ${XDG_CACHE_HOME:-~/.cache}/sugarimage.

      EXAMPLE
        sugarimage fetch my-fleet
      """)

  @Argument(help: "The folder of a fleet.", completion: .directory)
  var fleet: String = "."

  @OptionGroup var output: OutputOptions

  func run() async throws {
    let door = Door.standard
    try await door.run {
      let folder = try FleetFolder.open(fleet, share: door.share)
      let progress = Progress(door)
      defer { progress.end() }
      let fetched = try await Fetcher(
        cache: door.cache, environment: door.environment, progress: progress.tell
      )
      .fetch(folder)
      progress.end()
      if output.json { return try door.print(json: fetched) }
      for file in fetched {
        door.print(
          "\(file.isNew ? "fetched" : "already here"): \(file.name)  sha256:\(file.sha256)")
      }
      if fetched.isEmpty { door.print("nothing to fetch: the fleet names files only") }
    }
  }
}
