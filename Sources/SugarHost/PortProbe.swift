import CLinux
public import SugarModel

#if canImport(Glibc)
  import Glibc
#endif

/// Knocks at a TCP port.
public enum PortProbe {
  public enum Finding: Hashable, Sendable {
    case open
    /// The machine is there, and nothing listens.
    case refused
    /// No answer: a firewall, a wrong VLAN, or no machine.
    case silent
    case unknown(String)
  }

  /// Connects and closes again. (connect(2))
  public static func knock(
    _ address: IPv4Address, port: Int, milliseconds: Int = 1500
  ) -> Finding {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return .unknown(HostError.words(errno)) }
    defer { close(descriptor) }
    let flags = fcntl(descriptor, F_GETFL)
    _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_port = in_port_t(UInt16(clamping: port)).bigEndian
    place.sin_addr.s_addr = address.value.bigEndian
    let result = withUnsafePointer(to: &place) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if result == 0 { return .open }
    guard errno == EINPROGRESS else { return finding(errno) }
    var watched = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    guard poll(&watched, 1, Int32(milliseconds)) > 0 else { return .silent }
    var code: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
    return code == 0 ? .open : finding(code)
  }

  private static func finding(_ code: Int32) -> Finding {
    switch code {
    case ECONNREFUSED: .refused
    case EHOSTUNREACH, ENETUNREACH, ETIMEDOUT: .silent
    default: .unknown(HostError.words(code))
    }
  }
}
