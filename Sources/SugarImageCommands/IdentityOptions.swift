import ArgumentParser
import SugarKeys

#if canImport(Glibc)
  import Glibc
#endif

/// Who opens encrypted secrets.
struct IdentityOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A file with an age identity that opens the fleet's secrets; may be given more than once "
        + "(default: SOPS_AGE_KEY_FILE, else sops/age/keys.txt in your folder of settings).",
      valueName: "file"),
    completion: .file())
  var identity: [String] = []

  func files(_ door: Door) -> IdentityFiles {
    IdentityFiles(named: identity, environment: door.environment, isWatched: isatty(0) == 1)
  }
}
