import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// A socket as systemd gives one to a service, for whoever wants to know what it says. (sd_notify(3), unix(7))
public final class NotificationSocket {
  public let path: String
  private let folder: TemporaryDirectory
  private let descriptor: Int32

  public init() throws {
    folder = try TemporaryDirectory()
    path = folder.path("notify")
    descriptor = socket(
      AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard descriptor >= 0, result == 0 else {
      throw Tool.Refusal(description: "no socket at \(path): \(String(cString: strerror(errno)))")
    }
  }

  deinit { close(descriptor) }

  /// What was said since the last time, one text for each message.
  public func messages() -> [String] {
    var texts: [String] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      guard count >= 0 else { return texts }
      texts.append(String(decoding: buffer[..<count], as: UTF8.self))
    }
  }
}
