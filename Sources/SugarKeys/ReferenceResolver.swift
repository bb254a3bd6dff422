import SugarHost
import SugarModel
import Synchronization

/// Looks values up where references point to, each once a run: who is asked for a finger on a key
/// is not asked again for the next node.
///
/// A class, because all copies of a store share what was looked up. Values stay in memory alone.
final class ReferenceResolver: Sendable {
  /// The fleet's folder, where relative paths start.
  private let fleet: String
  private let environment: [String: String]
  private let known = Mutex<[SecretReference: Secret<[UInt8]>]>([:])
  static let limit = ByteCount.kib(64)
  /// How long a program may take: somebody may have to find a key and touch it.
  private let seconds: Int

  init(fleet: String, environment: [String: String], seconds: Int = 60) {
    self.seconds = seconds
    self.fleet = fleet
    self.environment = environment
  }

  /// - Parameter file: whose value it is, for messages.
  func value(of reference: SecretReference, for file: String) throws(KeyError) -> Secret<[UInt8]> {
    let result = known.withLock { known -> Result<Secret<[UInt8]>, KeyError> in
      if let value = known[reference] { return .success(value) }
      do throws(KeyError) {
        let value = try look(up: reference, for: file)
        known[reference] = value
        return .success(value)
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private func look(
    up reference: SecretReference, for file: String
  ) throws(KeyError) -> Secret<[UInt8]> {
    let refusal = { (reason: String) in
      KeyError(operation: "look up '\(file)' by", subject: "\(reference)", reason: reason)
    }
    let value: [UInt8]
    switch reference {
    case .environment(let name):
      value = Array((environment[name] ?? "").utf8)
      guard !value.isEmpty else { throw refusal("that variable is not set") }
    case .file(let path): value = try content(of: path, refusal)
    case .sops(let path, let keys):
      value = try output(
        of: "sops",
        ["--decrypt"]
          + (keys.isEmpty ? [] : ["--extract", keys.map(Self.extract).joined()])
          + [place(of: path)], refusal)
    case .command(let words): value = try output(of: words[0], Array(words.dropFirst()), refusal)
    }
    guard !value.isEmpty else { throw refusal("there is nothing in it") }
    return Secret(value)
  }

  private func content(
    of path: String, _ refusal: (String) -> KeyError
  ) throws(KeyError) -> [UInt8] {
    do {
      guard let status = try Files.status(place(of: path), followLinks: true) else {
        throw refusal("there is no such file")
      }
      guard status.kind == .file else { throw refusal("it is no file") }
      guard status.mode & 0o077 == 0 else { throw refusal("it can be read by others: chmod 600") }
      return try Files.read(place(of: path), limit: Self.limit)
    } catch let error as KeyError {
      throw error
    } catch let error as HostError {
      throw refusal(error.reason)
    } catch {
      throw refusal("\(error)")
    }
  }

  /// What a program prints. What it complains of is shown of SOPS alone: nobody knows what another
  /// one would say there.
  private func output(
    of name: String, _ arguments: [String], _ refusal: (String) -> KeyError
  ) throws(KeyError) -> [UInt8] {
    let answer: Program.Answer
    do {
      let folders = environment["PATH"]?.split(separator: ":").map(String.init)
      let program =
        name.contains("/") ? Program(path: place(of: name)) : try Program(name, in: folders)
      answer = try program.ask(arguments, limit: Self.limit, seconds: seconds)
    } catch {
      let advice = name == "sops" ? "; install SOPS, or put the value into secrets/" : ""
      throw refusal("'\(name)': \(error.reason)\(advice)")
    }
    switch answer.cut {
    case .time:
      throw refusal("it did not end within \(seconds) seconds")
    case .size: throw refusal("it printed more than \(Self.limit)")
    case nil: break
    }
    guard answer.status == 0 else {
      let said =
        String(decoding: answer.complaints, as: UTF8.self)
        .split(whereSeparator: \.isNewline).first.map { ": \($0)" } ?? ""
      throw refusal(
        "it ended with \(answer.status)" + (name == "sops" ? said : "; run it by hand to see why"))
    }
    return answer.output
  }

  private func place(of path: String) -> String {
    path.hasPrefix("/") ? path : "\(fleet)/\(path)"
  }

  /// `["psk"]`, and `[0]` for an element of a list. (sops, `--extract`)
  private static func extract(_ key: String) -> String {
    key.allSatisfy(\.isNumber) ? "[\(key)]" : "[\"\(key)\"]"
  }
}
