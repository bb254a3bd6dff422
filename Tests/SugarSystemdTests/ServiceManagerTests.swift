import Foundation
import SugarSystemd
import SugarTestSupport
import Testing

/// What a service says arrives at the socket that systemd gave it. The environment is one for the whole process, so
/// these run one after the other.
@Suite(.serialized) struct ServiceManagerTests {
  private let manager = ServiceManager()

  private func withEnvironment(_ values: [String: String], _ body: () throws -> Void) throws {
    for (name, value) in values { setenv(name, value, 1) }
    defer { for name in values.keys { unsetenv(name) } }
    try body()
  }

  @Test func everythingArrives() throws {
    let socket = try NotificationSocket()
    try withEnvironment(["NOTIFY_SOCKET": socket.path]) { () throws in
      #expect(try manager.tellReady("looks at disks"))
      #expect(try manager.tellStatus("50 %\nREADY=1"))
      #expect(try manager.tellAlive())
      #expect(try manager.tellStopping())
    }
    #expect(
      socket.messages() == [
        "READY=1\nSTATUS=looks at disks", "STATUS=50 % READY=1", "WATCHDOG=1", "STOPPING=1",
      ])
  }

  @Test func nobodyListens() throws {
    #expect(try !manager.tellReady("x"))
    #expect(try !manager.tellStatus("x"))
    #expect(try !manager.tellAlive())
    #expect(try !manager.tellStopping())
  }

  @Test func aSocketThatIsGone() throws {
    try withEnvironment(["NOTIFY_SOCKET": "/nowhere/notify"]) { () throws in
      let error = #expect(throws: SystemdError.self) { try manager.tellReady("x") }
      #expect(error?.description == "cannot tell 'the service manager': No such file or directory")
      #expect(error?.code == ENOENT)
    }
  }

  @Test func theWatchdogIsOurs() throws {
    #expect(try manager.watchdogInterval == nil)
    try withEnvironment(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "\(getpid())"]) { () throws in
      #expect(try manager.watchdogInterval == .seconds(30))
    }
    try withEnvironment(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"]) { () throws in
      #expect(try manager.watchdogInterval == nil, "it watches another process")
    }
    try withEnvironment(["WATCHDOG_USEC": "soon", "WATCHDOG_PID": "\(getpid())"]) { () throws in
      #expect(throws: SystemdError.self) { try manager.watchdogInterval }
    }
  }
}
