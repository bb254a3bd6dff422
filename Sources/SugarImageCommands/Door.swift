import ArgumentParser
import FoundationEssentials
import SugarHost
import SugarImageBuilder
import SugarModel

#if canImport(Glibc)
  import Glibc
#endif

/// The outside world as a command sees it: where words go, what time it is, what the environment
/// says.
struct Door: Sendable {
  var environment: [String: String]
  /// Seconds since 1970.
  var now: Int64
  var workers: Int
  /// Whether a person watches standard error.
  var isWatched: Bool
  var isColored: Bool
  /// What this run uses of the cache, until it ends.
  let uses = CacheUses()

  static var standard: Door {
    let environment = ProcessInfo.processInfo.environment
    let watched = isatty(2) == 1 && environment["TERM"] != "dumb"
    return Door(
      environment: environment, now: Int64(time(nil)),
      workers: max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))),
      isWatched: watched, isColored: isatty(1) == 1 && environment["NO_COLOR"] == nil)
  }

  var cache: CacheFolder { get throws { try CacheFolder(environment: environment, uses: uses) } }

  var share: ShareFolder? {
    let program = (try? Files.linkTarget("/proc/self/exe")) ?? ""
    return ShareFolder.find(environment: environment, program: program)
  }

  /// SOURCE_DATE_EPOCH, for whoever wants another date in the images than the base's.
  /// (reproducible-builds.org)
  var date: Int64? {
    get throws {
      guard let text = environment["SOURCE_DATE_EPOCH"] else { return nil }
      guard let date = Int64(text), date >= 0 else {
        throw BuildError(
          .data, "cannot use SOURCE_DATE_EPOCH: '\(text)' is not a number of seconds")
      }
      return date
    }
  }

  func print(_ text: String) { write(text + "\n", to: 1) }
  func tell(_ text: String) { write(text + "\n", to: 2) }

  /// `value` as JSON, keys sorted.
  func print(json value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let put = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if put < 0, errno == EINTR { continue }
      if put <= 0 { return }
      bytes = bytes.dropFirst(put)
    }
  }

  /// Runs a command's work and ends the program with the right status when it fails.
  func run(_ work: () async throws -> Void) async throws {
    do {
      try await work()
    } catch let error as ExitCode {
      throw error
    } catch {
      throw ExitStatus.tell(error, at: self)
    }
  }
}
