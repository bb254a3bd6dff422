import ArgumentParser
import SugarFlashPlan
import SugarModel

/// Which disk, and what may be taken for granted.
struct FlashOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Where the nodes were built.", valueName: "folder"), completion: .directory)
  var output: String = "out"

  @Option(
    help: ArgumentHelp(
      "The disk: its serial number (best), or a path. Without it, the only disk that may be written.",
      valueName: "disk"))
  var disk: String?

  @Flag(help: "Write it. Without this, nothing is touched.")
  var write = false

  @Option(
    help: ArgumentHelp(
      "Keep the partition with this label where it is, byte for byte.", valueName: "label"))
  var preserve: [String] = []

  @Flag(help: "Ask nothing. Only together with --expect-serial.")
  var yes = false

  @Option(
    help: ArgumentHelp("With --yes: the whole identity of the disk.", valueName: "identity"))
  var expectSerial: String?

  @Option(
    help: ArgumentHelp(
      "With --yes: the production node whose disk is given up.", valueName: "node"))
  var expectNode: String?

  @Flag(help: "A loop device may be written, for trials.")
  var allowLoop = false

  @Flag(inversion: .prefixedNo, help: "Read every byte back.")
  var verify = true

  @Flag(inversion: .prefixedNo, help: "Eject the disk at the end.")
  var eject = true

  @Flag(help: "Give up what an interrupted run began on the disk, and what it was to keep.")
  var forget = false

  func validate() throws {
    if yes, expectSerial == nil {
      throw ValidationError("--yes says yes to one disk only: name it by --expect-serial")
    }
    if !yes, expectSerial != nil || expectNode != nil {
      throw ValidationError("--expect-serial and --expect-node go with --yes")
    }
  }

  func wish(protected: Set<String>) -> FlashWish {
    FlashWish(
      disk: disk, preserve: preserve, allowsLoop: allowLoop, protected: protected,
      verifies: verify, ejects: eject)
  }
}
