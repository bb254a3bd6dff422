import Foundation
import SugarTestSupport
import Testing

/// What `make install` puts on a machine, used from there.
@Suite struct InstallTests {
  /// Installed once for all tests, below a folder that is the machine's root to it.
  private static let root = Result {
    let folder = try SharedFolder.make("installed")
    try Tool("make").check([
      "-C", Program.repository, "install-files", "PROGRAM=\(Program.path)",
      "AGENT=\(AgentBinary().path)", "DESTDIR=\(folder)", "PREFIX=/usr",
    ])
    return folder + "/usr"
  }

  private func path(_ name: String) throws -> String { try Self.root.get() + "/" + name }

  /// Runs the installed program, which nobody tells where its data is.
  private func run(_ words: [String], cache: String = "/nowhere") throws -> Tool.Answer {
    try Tool("env").run(
      ["-u", "SUGARIMAGE_SHARE", "-u", "SUGARIMAGE_AGENT", path("bin/sugarimage")] + words,
      environment: ["XDG_CACHE_HOME": cache])
  }

  @Test func theProgramFindsWhatCameWithIt() throws {
    let fleet = try SmallFleet()
    try fleet.keys()
    let made = fleet.root.path("made")
    let initialised = try run(["init", made, "--from", "sugarkube-3x3"])
    #expect(initialised.status == 0, "\(initialised.complaints)")
    #expect(try run(["validate", made]).status == 0)
    let built = try run(
      ["build", fleet.folder, "one", "--output", fleet.output, "--json"], cache: fleet.cache)
    #expect(built.status == 0, "\(built.complaints)")
    let agent = try Tool.sha256(of: path("share/sugarimage/sugaragent"))
    #expect(built.text.contains("\"sha256\" : \"\(agent)\""), "\(built.text)")
    try fleet.checkImages()
    let secrets = try FileManager.default.subpathsOfDirectory(atPath: path("share/sugarimage"))
      .filter { $0.contains("secrets/") || $0.hasSuffix("fleet.local.yaml") }
    #expect(secrets == [])
  }

  /// A command as the program describes it to other programs.
  private struct Command: Decodable {
    struct Argument: Decodable {
      struct Name: Decodable {
        var kind: String
        var name: String
      }
      var names: [Name]?
      var shouldDisplay: Bool
    }
    var commandName: String
    var abstract: String?
    var arguments: [Argument]?
    var subcommands: [Command]?
    var discussion: String?

    /// Every command with the name of its page.
    func pages(_ before: [String] = []) -> [(name: String, command: Command)] {
      let words = before + [commandName]
      let below = (subcommands ?? []).filter { $0.commandName != "help" }
      return [(words.joined(separator: "-"), self)] + below.flatMap { $0.pages(words) }
    }
  }

  private func commands() throws -> [(name: String, command: Command)] {
    struct Dump: Decodable { var command: Command }
    let text = try run(["--experimental-dump-help"]).text
    return try JSONDecoder().decode(Dump.self, from: Data(text.utf8)).command.pages()
  }

  @Test func everyCommandHasItsPage() throws {
    let commands = try commands()
    let files = try FileManager.default.contentsOfDirectory(atPath: path("share/man/man1"))
    #expect(Set(files) == Set(commands.map { $0.name + ".1" }))
    #expect(files.contains("sugarimage-cache-prune.1"))
    for (name, command) in commands {
      let file = try path("share/man/man1/\(name).1")
      // Two foreign readers of such pages have nothing to say against it, and the index finds it.
      let lint = try Tool("mandoc").run(["-Tlint", "-Wall", file])
      #expect(lint.text + lint.complaints == "" && lint.status == 0)
      let groff = try Tool("groff").run(["-man", "-ww", "-z", "-Tutf8", file])
      #expect(groff.text + groff.complaints == "", "\(name)")
      #expect(try Tool("lexgrog").check([file]).text.contains("\"\(name) - "))
      let text = try Tool("mandoc").check(["-Tascii", "-O", "width=200", file]).text
        .replacingOccurrences(of: ".\u{8}", with: "", options: .regularExpression)
      for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "ENVIRONMENT"] {
        #expect(text.contains("\n\(section)\n"), "\(section) of \(name)")
      }
      #expect(text.contains("\nEXAMPLES\n"), "\(name) has no example")
      for argument in command.arguments ?? [] where argument.shouldDisplay {
        for option in argument.names ?? [] where option.kind == "long" {
          #expect(text.contains("--\(option.name)"), "\(name) lacks --\(option.name)")
        }
      }
    }
  }

  /// The numbers in the manual are those that the program tells by itself.
  @Test func exitStatusesAreThose() throws {
    let top = try #require(try commands().first)
    let told = try #require(top.command.discussion?.components(separatedBy: "EXIT STATUS").last)
    let page = try Tool("mandoc").check(["-Tascii", path("share/man/man1/sugarimage.1")]).text
      .replacingOccurrences(of: ".\u{8}", with: "", options: .regularExpression)
    let section = try #require(
      page.components(separatedBy: "\nEXIT STATUS\n").last?.components(separatedBy: "\nENV").first)
    for number in told.matches(of: /\b\d+\b/).map({ String($0.output) }) {
      let isThere = section.split(separator: "\n").contains { line in
        line.split(separator: " ").first == Substring(number)
      }
      #expect(isThere, "\(number) is not in:\n\(section)")
    }
  }

  @Test func bashCompletes() throws {
    let file = try path("share/bash-completion/completions/sugarimage")
    func complete(_ words: [String]) throws -> [String] {
      let script = """
        . "$1"; shift
        function=$(complete -p sugarimage | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        COMP_WORDS=(sugarimage "$@"); COMP_CWORD=$#; COMP_LINE="${COMP_WORDS[*]}"; COMP_POINT=${#COMP_LINE}
        "$function" sugarimage "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        printf '%s\\n' "${COMPREPLY[@]}"
        """
      return try Tool("bash").check(["-c", script, "bash", file] + words).text
        .split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    #expect(try complete(["ins"]) == ["inspect"])
    #expect(try complete(["cache", "pr"]) == ["prune"])
    #expect(try complete(["cache", "prune", "--older"]) == ["--older-than"])
    #expect(try complete(["build", "--export", "img."]) == ["img.xz", "img.zst"])
  }

  @Test func otherShellsComplete() throws {
    let fish = try path("share/fish/vendor_completions.d/sugarimage.fish")
    let home = try TemporaryDirectory()
    let answer = try Tool("fish").check(
      ["--no-config", "-c", "source $argv[1]; complete -C 'sugarimage cache pr'", fish],
      environment: ["HOME": home.path("")])
    #expect(answer.text.hasPrefix("prune\t"), "\(answer.text)")
    let zsh = try path("share/zsh/site-functions")
    let found = try Tool("zsh").check([
      "-fc", "fpath=($1 $fpath); autoload -Uz compinit; compinit -D; print $_comps[sugarimage]",
      "zsh", zsh,
    ])
    #expect(found.text == "_sugarimage\n")
    try Tool("zsh").check(["-n", zsh + "/_sugarimage"])
  }
}
