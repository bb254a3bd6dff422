import FoundationEssentials

/// What QEMU says and is told beside the console. (QEMU Machine Protocol)
enum Monitor {
  /// Why a machine ended, in QEMU's words: `guest-reset`, `guest-shutdown`, `host-signal`.
  enum Reason: String, Hashable, Sendable {
    case reset = "guest-reset"
    case shutdown = "guest-shutdown"
    case panic = "guest-panic"
  }

  private struct Message: Decodable {
    struct Data: Decodable { var reason: String? }
    var event: String?
    var data: Data?
  }

  /// The reason in a line, when it tells of an end that the guest wanted.
  static func reason(_ line: String) -> Reason? {
    guard let message = try? JSONDecoder().decode(Message.self, from: Data(line.utf8)),
      message.event == "SHUTDOWN"
    else { return nil }
    return message.data?.reason.flatMap(Reason.init)
  }

  static let hello = Array("{\"execute\":\"qmp_capabilities\"}\n".utf8)
  /// The power button.
  static let powerButton = Array("{\"execute\":\"system_powerdown\"}\n".utf8)
}
