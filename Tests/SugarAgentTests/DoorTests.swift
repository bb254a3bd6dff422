import Foundation
import SugarTestSupport
import Testing

/// The agent's words, in emulation and with Debian 12's libraries.
@Suite struct DoorTests {
  private let agent: AgentBinary

  init() throws { agent = try AgentBinary() }

  @Test func itRunsAndNamesItsLibraries() throws {
    let answer = try agent.run(["--version"])
    #expect(answer.status == 0, "\(answer.complaints)")
    let lines = answer.text.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[0].wholeMatch(of: #/sugaragent \d+\.\d+\.\d+/#) != nil)
    // Read by the libraries themselves: it is linked to them and they are there.
    #expect(lines[1] == "libblkid 2.38.1")
    #expect(lines[2] == "libparted 3.5")
    #expect(answer.complaints == "")
  }

  @Test func itExplainsItself() throws {
    let answer = try agent.run(["--help"])
    #expect(answer.status == 0)
    #expect(answer.text.hasPrefix("usage: sugaragent "))
  }

  @Test(arguments: [
    ([], "usage: sugaragent "), (["fly"], "error: cannot do 'fly'\n"),
    (["--version", "--help"], "error: cannot do '--version --help'\n"),
    (["-h", "run"], "error: cannot do '-h run'\n"), (["undo"], "error: cannot do 'undo'\n"),
  ]) func wrongWords(_ words: [String], _ complaint: String) throws {
    let answer = try agent.run(words)
    #expect(answer.status == 64)
    #expect(answer.text == "")
    #expect(answer.complaints.hasPrefix(complaint))
    #expect(answer.complaints.contains(words.isEmpty ? "EXAMPLES" : "`sugaragent --help`"))
  }

  /// This machine is no node: the agent says so, to systemd as well, and leaves it alone. Where it
  /// keeps its state and its report there are empty folders here, which go with the test.
  @Test func whereThereIsNoNodeSystemdHearsOfIt() throws {
    let socket = try NotificationSocket()
    let inside = """
      for folder in /etc/sugaragent /var/lib /boot; do
        [ ! -d $folder ] || mount -t tmpfs tmpfs $folder || exit 1
      done
      exec "$@"
      """
    let answer = try Tool("unshare").run(
      [
        "--map-root-user", "--mount", "sh", "-c", inside, "sh", "qemu-aarch64-static", "-L",
        agent.sysroot, agent.path, "run",
      ], environment: ["NOTIFY_SOCKET": socket.path])
    #expect(answer.status == 65, "\(answer.complaints)")
    #expect(answer.text.contains("/etc/sugaragent/identity.json"), "\(answer.text)")
    let messages = socket.messages()
    #expect(messages.first?.hasPrefix("STATUS=") == true, "\(messages)")
    #expect(messages.contains { $0.hasPrefix("READY=1\nSTATUS=") }, "\(messages)")
    #expect(messages.last == "STOPPING=1", "\(messages)")
  }
}
