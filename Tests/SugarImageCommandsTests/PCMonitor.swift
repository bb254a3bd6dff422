import Foundation
import SugarTestSupport

/// What QEMU tells and is told about a machine's hardware: JSON, a line each. (QEMU Machine Protocol)
///
/// A class, because it holds what was not read to a line's end.
final class PCMonitor {
  let input = Pipe()
  let output = Pipe()
  /// What happened by itself, the oldest first.
  private(set) var events: [[String: Any]] = []
  private let deadline: Date
  private var rest = Data()
  private var answers: [[String: Any]] = []

  init(until deadline: Date) { self.deadline = deadline }

  /// Nothing else is understood before this.
  func open() throws {
    // A QEMU that ends must not end the tests with it.
    signal(SIGPIPE, SIG_IGN)
    try execute("qmp_capabilities")
  }

  /// Tells QEMU to do something, and waits until it says that it did.
  func execute(_ command: String, _ arguments: [String: Any] = [:]) throws {
    let message: [String: Any] = ["execute": command, "arguments": arguments]
    try input.fileHandleForWriting.write(
      contentsOf: JSONSerialization.data(withJSONObject: message) + Data("\n".utf8))
    while answers.isEmpty {
      guard try read(), Date() < deadline else {
        throw Tool.Refusal(description: "QEMU does not answer to '\(command)'")
      }
      usleep(5_000)
    }
    let answer = answers.removeFirst()
    if let error = answer["error"] {
      throw Tool.Refusal(description: "QEMU, asked to \(command) \(arguments): \(error)")
    }
  }

  /// Takes what is there and does not wait; false when QEMU has ended.
  @discardableResult
  func read() throws -> Bool {
    let descriptor = output.fileHandleForReading.fileDescriptor
    var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    while poll(&ready, 1, 0) > 0 {
      let data = output.fileHandleForReading.availableData
      guard !data.isEmpty else { return false }
      rest += data
    }
    while let end = rest.firstIndex(of: 10) {
      let line = rest[..<end]
      rest = Data(rest[rest.index(after: end)...])
      guard let message = try JSONSerialization.jsonObject(with: line) as? [String: Any] else {
        continue
      }
      if message["event"] != nil { events.append(message) }
      if message["return"] != nil || message["error"] != nil { answers.append(message) }
    }
    return true
  }

  /// Whether the medium of a device was ejected, by the machine itself.
  func sawEjection(of device: String) -> Bool {
    events.contains { event in
      let data = event["data"] as? [String: Any]
      return event["event"] as? String == "DEVICE_TRAY_MOVED" && data?["tray-open"] as? Bool == true
        && (data?["id"] as? String)?.contains(device) == true
    }
  }
}
