import ArgumentParser
import SugarImageBuilder
import SugarModel

struct CacheCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cache",
    abstract: "Show what lies in the cache, and remove what is no longer used.",
    discussion: """
      The cache, ${XDG_CACHE_HOME:-~/.cache}/sugarimage, holds what can be made or
      fetched again: downloads, prepared bases, packed blocks, bootloader updates.

      EXAMPLES
        sugarimage cache list
        sugarimage cache prune --dry-run
        sugarimage cache prune --older-than 7d
      """,
    subcommands: [CacheListCommand.self, CachePruneCommand.self])
}

struct CacheListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Show what lies in the cache, how large it is and when it was used.",
    discussion: """
      What a run uses now says so. What the project's scripts keep in the same
      folder, for tests and for the agent, is shown and never removed.

      EXAMPLES
        sugarimage cache list
        sugarimage cache list --json
      """)

  @OptionGroup var output: OutputOptions

  func run() async throws {
    let door = Door.standard
    try await door.run {
      let cache = try door.invokerCache
      let entries = try CacheSurvey(cache).entries()
      if output.json {
        return try door.print(json: CacheListing(cache.path, entries))
      }
      guard !entries.isEmpty else { return door.print("nothing is in '\(cache.path)'") }
      var table = Table(["WHAT", "NAME", "SYSTEM", "ON DISK", "LAST USED"])
      for entry in entries {
        let words = [entry.kind.words, entry.name, entry.os ?? "", entry.size.description]
        let used = entry.isInUse ? "in use now" : CacheWords.age(entry.lastUsed, door.now)
        let isOurs = entry.kind != .other && entry.kind != .journal
        table.add(
          words + [[isOurs ? used : nil, entry.note].compactMap { $0 }.joined(separator: ", ")])
      }
      door.print(table.text(colored: door.isColored))
      door.print("\(CacheWords.sum(entries)) in '\(cache.path)'")
    }
  }
}

struct CachePruneCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Remove from the cache what has not been used for long.",
    discussion: """
      Removed are downloads, prepared bases, packed blocks and bootloader updates
      that no run has used for the time given, and whatever killed runs left. What a
      run uses now stays, so builds may go on meanwhile. Everything that is removed
      is made or fetched again when a build needs it.

      EXAMPLES
        sugarimage cache prune --dry-run
        sugarimage cache prune --older-than 12h
        sugarimage cache prune --all --json
      """)

  @Option(
    help: ArgumentHelp(
      "Remove what was not used for so long: hours, days or weeks, as 12h, 30d, 8w (default: 30d).",
      valueName: "time"), transform: Self.seconds)
  var olderThan: Int64?

  @Flag(help: "Remove all that no run uses now.")
  var all = false

  @Flag(name: [.long, .customShort("n")], help: "Only say what would be removed.")
  var dryRun = false

  @OptionGroup var output: OutputOptions

  /// Seconds in `12h`, `30d`, `8w`.
  static func seconds(_ word: String) throws -> Int64 {
    let units: [Character: Int64] = ["h": 3600, "d": 86400, "w": 7 * 86400]
    guard let unit = word.last.flatMap({ units[$0] }), let count = Int64(word.dropLast()),
      (0...100_000).contains(count)
    else {
      throw ValidationError("'\(word)' is no time: say 12h, 30d or 8w")
    }
    return count * unit
  }

  func validate() throws {
    guard !all || olderThan == nil else {
      throw ValidationError("--all removes things of any age: leave out --older-than")
    }
  }

  func run() async throws {
    let door = Door.standard
    try await door.run {
      let age = all ? nil : olderThan ?? 30 * 86400
      let pruner = CachePruner(try door.invokerCache, now: door.now, olderThan: age)
      let verdicts = dryRun ? try pruner.plan() : try pruner.prune()
      if output.json { return try door.print(json: PruneResult(verdicts, dryRun: dryRun)) }
      let gone = verdicts.filter { $0.kept == nil }.map(\.entry)
      for entry in gone {
        door.print(
          "\(dryRun ? "would remove" : "removed"): \(entry.kind.words) \(entry.name), \(entry.size), \(CacheWords.age(entry.lastUsed, door.now))"
        )
      }
      for verdict in verdicts where verdict.entry.isInUse || verdict.kept == "in use" {
        door.print("in use: \(verdict.entry.kind.words) \(verdict.entry.name)")
      }
      let stays = verdicts.filter { $0.kept != nil }.map(\.entry)
      door.print(
        "\(dryRun ? "would free" : "freed") \(CacheWords.sum(gone)), \(CacheWords.sum(stays)) stays"
      )
    }
  }
}
