import SugarHost
import SugarModel

/// One emulated machine that runs: the emulator, its console, its monitor and its network cards.
///
/// A class, because it owns a process.
final class Machine {
  let plan: MachinePlan
  let console: Wire
  let monitor: Wire
  private let program: RunningProgram
  private var ports: [Int]
  private let network: VirtualSwitch
  private var text = ConsoleText()
  private var monitorText = ConsoleText()
  private let log: ConsoleLog
  /// Why the guest wanted the end, when it did.
  private(set) var reason: Monitor.Reason?
  /// The last lines of its console.
  private(set) var lastLines: [String] = []
  private var isGone = false

  private init(
    _ plan: MachinePlan, _ program: RunningProgram, console: Wire, monitor: Wire, ports: [Int],
    network: VirtualSwitch, log: ConsoleLog
  ) {
    (self.plan, self.program, self.console, self.monitor) = (plan, program, console, monitor)
    (self.ports, self.network, self.log) = (ports, network, log)
  }

  /// Whatever happens, the emulator does not outlive what holds it.
  deinit { end(.kill) }

  /// Switches the machine on.
  static func start(
    _ plan: MachinePlan, emulator: Emulator, firmware: Firmware, network: VirtualSwitch,
    isRetired: Bool = false, log: ConsoleLog
  ) throws(RehearsalError) -> Machine {
    let boot = try firmware.boot(
      plan.disks[0].path, node: plan.node, other: plan.kernel, isRetired: isRetired)
    let words = emulator.arguments(
      plan, kernel: boot.kernel, commandLine: boot.commandLine, tree: try emulator.writeTree(plan))
    let (console, consoleEnd) = try Wire.pair(for: plan.node)
    let (monitor, monitorEnd) = try Wire.pair(for: plan.node)
    var ports: [Int] = []
    var ends: [Wire] = []
    for card in plan.cards {
      let (port, end) = try network.plug(into: card.segment)
      ports.append(port)
      ends.append(end)
    }
    let program = try rehearsing("start", plan.node) {
      // Should we end in whatever way, so does the emulator. (prctl(2), PR_SET_PDEATHSIG)
      let qemu = try Program(Emulator.program).path
      return try Program("setpriv").start(
        ["--pdeathsig", "KILL", "--", qemu] + words, output: consoleEnd.descriptor,
        descriptors: [monitorEnd.descriptor] + ends.map(\.descriptor))
    }
    monitor.write(Monitor.hello)
    return Machine(
      plan, program, console: console, monitor: monitor, ports: ports, network: network, log: log)
  }

  /// What came over the console since; nil when the machine is gone.
  func read(at time: Double) throws(RehearsalError) -> [String]? {
    guard let bytes = console.read() else { return nil }
    let lines = text.take(bytes)
    for line in lines { try log.write(line, at: time) }
    lastLines = Array((lastLines + lines.filter { !$0.isEmpty }).suffix(20))
    return lines
  }

  func readMonitor() {
    guard let bytes = monitor.read() else { return }
    for line in monitorText.take(bytes) {
      if let found = Monitor.reason(line) { reason = found }
    }
  }

  /// Presses the power button.
  func powerDown() { monitor.write(Monitor.powerButton) }

  /// The console's last words when nothing said why it ended.
  var lastWords: String {
    let rest = text.rest.isEmpty ? nil : text.rest
    return rest ?? lastLines.last ?? "it said nothing"
  }

  /// Ends the emulator, and waits for that: by `.kill` it cannot do anything about it.
  func end(_ signal: RunningProgram.Signal) {
    guard !isGone else { return }
    isGone = true
    program.send(signal)
    _ = try? program.wait()
    for port in ports { network.unplug(port) }
    ports = []
  }
}

/// The console of a node with the seconds at which each line came, over all its boots.
final class ConsoleLog {
  // A class, because the boots of a node write into one file.
  private let file: FileStorage
  private var place: UInt64 = 0

  init(_ path: String) throws(RehearsalError) {
    file = try rehearsing("write", path) { try FileStorage(path, .create) }
  }

  func write(_ line: String, at time: Double) throws(RehearsalError) {
    let bytes = Array("\(Seconds.text(time)) \(line)\n".utf8)
    try rehearsing("write", file.path) { try file.write(bytes, at: ByteCount(place)) }
    place += UInt64(bytes.count)
  }
}

/// Seconds with one digit, in eight columns.
enum Seconds {
  static func text(_ time: Double) -> String {
    let tenths = Int((time * 10).rounded())
    let text = "\(tenths / 10).\(tenths % 10)"
    return String(repeating: " ", count: max(0, 8 - text.count)) + text
  }
}
