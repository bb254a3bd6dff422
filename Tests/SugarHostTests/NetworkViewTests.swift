import Foundation
import Glibc
import SugarHost
import SugarModel
import SugarTestSupport
import Testing

/// The network as the kernel has it, in a network namespace that the test makes. (network_namespaces(7))
@Suite struct NetworkViewTests {
  /// Runs `work` on a thread with a network of its own: `one` with 192.0.2.1, and behind a virtual
  /// cable `two` with 192.0.2.2 in another namespace, whose process is given.
  private func inNetwork(_ work: @escaping @Sendable (_ other: [String]) throws -> Void) throws {
    let done = DispatchSemaphore(value: 0)
    let outcome = Outcome()
    Thread.detachNewThread {
      defer { done.signal() }
      outcome.result = Result {
        guard try Self.leaveNetwork() else {
          throw Tool.Refusal(
            description: "no network namespace: \(String(cString: strerror(errno)))")
        }
        // Foundation's processes want a loopback interface that is up, so they are of no use here.
        let started = try Program("unshare").run([
          "--net", "sh", "-c", "sleep 60 >/dev/null 2>&1 & echo $!",
        ])
        let pid = try #require(Int32(started.output.split(separator: "\n").first ?? ""))
        defer { kill(pid, SIGKILL) }
        let inside = ["-t", "\(pid)", "-n"]
        func ip(_ words: String...) throws { try Self.succeed("ip", words) }
        func there(_ words: String...) throws {
          try Self.succeed("nsenter", inside + ["ip"] + words)
        }
        try ip("link", "add", "one", "type", "veth", "peer", "name", "two")
        try ip("link", "set", "two", "netns", "\(pid)")
        try ip("addr", "add", "192.0.2.1/24", "dev", "one")
        try there("addr", "add", "192.0.2.2/24", "dev", "two")
        try ip("link", "set", "one", "up")
        try there("link", "set", "two", "up")
        try work(inside)
      }
    }
    done.wait()
    try outcome.result.get()
  }

  @discardableResult
  private static func succeed(_ name: String, _ words: [String]) throws -> String {
    let result = try Program(name).run(words)
    guard result.status == 0 else { throw Tool.Refusal(description: "\(words): \(result.output)") }
    return result.output
  }

  /// Gives this thread a network of its own. Swift's module of the C library leaves unshare(2) out.
  private static func leaveNetwork() throws -> Bool {
    typealias Call = @convention(c) (Int32) -> Int32
    let call = try #require(dlsym(dlopen(nil, RTLD_NOW), "unshare"))
    let newNetwork: Int32 = 0x4000_0000  // CLONE_NEWNET
    return unsafeBitCast(call, to: Call.self)(newNetwork) == 0
  }

  private final class Outcome: @unchecked Sendable {  // written before `done` is signalled
    var result: Result<Void, any Error> = .success(())
  }

  @Test func neighbours() throws {
    try inNetwork { other in
      // sysfs shows the network of whoever mounted it, so the address comes from ip.
      let link = try Self.succeed("nsenter", other + ["ip", "-o", "link", "show", "two"])
      let words = link.split(separator: " ").map(String.init)
      let mac = words.firstIndex(of: "link/ether").map { words[$0 + 1] }
      #expect(mac != nil, "\(link)")
      func owner(_ address: String) throws -> String? {
        try NetworkView.owner(
          of: IPv4Address(address) ?? IPv4Address(0), on: "one", milliseconds: 600)
      }
      #expect(try owner("192.0.2.2") == mac)
      #expect(try owner("192.0.2.9") == nil, "nobody")
      #expect(try owner("192.0.2.1") == nil, "our own is no other's")
      // The same image in two machines.
      try Self.succeed("nsenter", other + ["ip", "addr", "add", "192.0.2.1/24", "dev", "two"])
      #expect(try owner("192.0.2.1") == mac, "a twin")
      #expect(throws: HostError.self) { try NetworkView.owner(of: IPv4Address(1), on: "none") }
    }
  }

  @Test func interfaces() throws {
    try inNetwork { _ in
      let found = try NetworkView().interfaces()
      #expect(found.map(\.name) == ["lo", "one"])
      #expect(
        found.first { $0.name == "one" }?.addresses == [try #require(IPv4Address("192.0.2.1"))])
    }
  }

  @Test(arguments: [
    (
      "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\nend0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\n",
      true
    ),
    (
      "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\nend0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\n",
      false
    ),
    ("", false),
  ])
  func routes(_ text: String, _ isThere: Bool) throws {
    let folder = try TemporaryDirectory()
    try FileManager.default.createDirectory(
      atPath: folder.path("proc/net"), withIntermediateDirectories: true)
    try Data((text + " ").utf8).write(to: URL(fileURLWithPath: folder.path("proc/net/route")))
    #expect(NetworkView(SystemTree(overlays: [folder.url.path])).hasDefaultRoute == isThere)
  }

  @Test func ports() throws {
    let (listener, port) = Self.bound(SOCK_STREAM)
    defer { close(listener) }
    let local = try #require(IPv4Address("127.0.0.1"))
    #expect(PortProbe.knock(local, port: port) == .refused, "nobody listens yet")
    listen(listener, 1)
    #expect(PortProbe.knock(local, port: port) == .open)
  }

  /// Of UDP only a refusal is an answer.
  @Test func datagramPorts() throws {
    let (listener, port) = Self.bound(SOCK_DGRAM)
    let local = try #require(IPv4Address("127.0.0.1"))
    let silence = PortProbe.Finding.unknown("UDP does not say whether something listens")
    #expect(PortProbe.knockDatagram(local, port: port, milliseconds: 100) == silence)
    close(listener)
    // A program that another test starts at this moment has the socket, too, until it is running.
    let isRefused = (0..<10).contains { _ in
      PortProbe.knockDatagram(local, port: port, milliseconds: 500) == .refused
    }
    #expect(isRefused)
  }

  /// A socket of 127.0.0.1, and its port.
  private static func bound(_ kind: __socket_type) -> (Int32, Int) {
    let listener = socket(AF_INET, Int32(kind.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &place) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(listener, $0, size)
        _ = getsockname(listener, $0, &size)
      }
    }
    return (listener, Int(UInt16(bigEndian: place.sin_port)))
  }
}
