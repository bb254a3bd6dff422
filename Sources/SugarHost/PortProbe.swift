import CLinux
public import SugarModel

#if canImport(Glibc)
  import Glibc
#endif

/// Knocks at a port.
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
    knock(address, port, SOCK_STREAM) { descriptor, result in
      if result == 0 { return .open }
      guard errno == EINPROGRESS else { return finding(errno) }
      guard wait(descriptor, POLLOUT, milliseconds) else { return .silent }
      let code = error(descriptor)
      return code == 0 ? .open : finding(code)
    }
  }

  /// Sends eight zeros, which VXLAN drops, and waits for the network to say that they did not arrive:
  /// nothing listens, or a filter turns them away. Silence says nothing. (udp(7), RFC 7348 section 5)
  public static func knockDatagram(
    _ address: IPv4Address, port: Int, milliseconds: Int = 500
  ) -> Finding {
    knock(address, port, SOCK_DGRAM) { descriptor, result in
      guard result == 0 else { return finding(errno) }
      let zeros: UInt64 = 0
      let sent = withUnsafeBytes(of: zeros) { send(descriptor, $0.baseAddress, $0.count, 0) }
      guard sent >= 0 else { return finding(errno) }
      guard wait(descriptor, 0, milliseconds) else {
        return .unknown("UDP does not say whether something listens")
      }
      return finding(error(descriptor))
    }
  }

  private static func knock(
    _ address: IPv4Address, _ port: Int, _ kind: __socket_type, _ body: (Int32, Int32) -> Finding
  ) -> Finding {
    let descriptor = socket(AF_INET, Int32(kind.rawValue), 0)
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
    return body(descriptor, result)
  }

  /// Whether the event, or an error, came in time. (poll(2))
  private static func wait(_ descriptor: Int32, _ event: Int32, _ milliseconds: Int) -> Bool {
    var watched = pollfd(fd: descriptor, events: Int16(event), revents: 0)
    return poll(&watched, 1, Int32(milliseconds)) > 0
  }

  private static func error(_ descriptor: Int32) -> Int32 {
    var code: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
    return code
  }

  private static func finding(_ code: Int32) -> Finding {
    switch code {
    case ECONNREFUSED: .refused
    case EHOSTUNREACH, ENETUNREACH, ETIMEDOUT: .silent
    default: .unknown(HostError.words(code))
    }
  }
}
