import Foundation
import Synchronization
import SugarTestSupport

/// The root file system of an image, taken out of it, in which the image's own programs run under
/// qemu-user; no test needs root for that.
///
/// A class, because the folder goes when nobody holds it any more.
final class GuestRoot {
  private let temporary: TemporaryDirectory
  var folder: String { temporary.path("root") }

  init(_ image: ImageFile) throws {
    temporary = try TemporaryDirectory()
    try image.extractRoot(to: folder)
    try Data().write(to: URL(fileURLWithPath: folder + "/dev/null"))
    try FileManager.default.createDirectory(
      atPath: folder + "/run/sshd", withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o755])
  }

  /// Runs a program of the image in the image; `input` is a file of the image for its standard input.
  func run(_ words: [String], input: String = "/dev/null") throws -> (status: Int32, text: String) {
    let inside =
      #"mount --bind /dev/null "$1/dev/null"; root=$1; input=$2; shift 2; exec chroot "$root" "$@" <"$root$input""#
    let answer = try Tool("unshare").run(
      ["--map-root-user", "--mount", "sh", "-c", inside, "sh", folder, input] + words)
    return (answer.status, answer.text + answer.complaints)
  }

  /// Names of everything in a folder of the image.
  func list(_ path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder + path).sorted()
  }

  func text(_ path: String) throws -> String {
    try String(contentsOfFile: folder + path, encoding: .utf8)
  }
}

/// Remembers what a slow program said of a text, so that nodes with the same text share one run.
final class Verdicts: Sendable {
  typealias Verdict = (status: Int32, text: String)
  private let known = Mutex<[String: Verdict]>([:])

  /// The verdict on `text`; `judge` runs when nobody asked before.
  func verdict(on text: String, _ judge: () throws -> Verdict) throws -> Verdict {
    try known.withLock { known in
      if let verdict = known[text] { return verdict }
      let verdict = try judge()
      known[text] = verdict
      return verdict
    }
  }
}
