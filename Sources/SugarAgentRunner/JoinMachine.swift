public import SugarAgentPlan
public import SugarHost
public import SugarModel

/// What the joining part of the agent asks of the machine that it runs on. Everything it cannot do
/// twice, or not everywhere, stands here, so that the rest can be tested on any machine.
public struct JoinMachine {
  /// Seconds since 1970.
  public var now: () -> Double
  /// Seconds since the kernel started.
  public var uptime: () -> Double
  /// Waits so many seconds; false when the run is to end.
  public var pause: (Int) -> Bool
  public var isSynchronised: () -> Bool
  public var setClock: (Double) throws -> Void
  public var interfaces: () throws -> [NetworkFacts.Interface]
  public var hasDefaultRoute: () -> Bool
  /// The hardware address of another machine that has an address, on that interface; nil when
  /// nobody says so.
  public var owner: (IPv4Address, String) throws -> String?
  public var knock: (IPv4Address, Int) -> PortProbe.Finding
  /// The same at a port of UDP.
  public var knockDatagram: (IPv4Address, Int) -> PortProbe.Finding
  /// What systemd says of a unit: `active`, `activating`, `failed`.
  public var state: (String) -> String
  /// How often systemd has started a unit again.
  public var restarts: (String) -> Int
  public var start: (String) throws -> Void
  /// Has a unit started at every boot.
  public var enable: (String) throws -> Void
  public var restart: (String) throws -> Void
  /// Has systemd read its units anew.
  public var reload: () throws -> Void
  public var reboot: () throws -> Void
  public var latency: (String) throws -> WriteLatency
  public var tree: SystemTree

  public init(
    now: @escaping () -> Double, uptime: @escaping () -> Double, pause: @escaping (Int) -> Bool,
    isSynchronised: @escaping () -> Bool, setClock: @escaping (Double) throws -> Void,
    interfaces: @escaping () throws -> [NetworkFacts.Interface],
    hasDefaultRoute: @escaping () -> Bool,
    owner: @escaping (IPv4Address, String) throws -> String?,
    knock: @escaping (IPv4Address, Int) -> PortProbe.Finding,
    knockDatagram: @escaping (IPv4Address, Int) -> PortProbe.Finding = {
      PortProbe.knockDatagram($0, port: $1)
    }, state: @escaping (String) -> String,
    restarts: @escaping (String) -> Int,
    start: @escaping (String) throws -> Void, enable: @escaping (String) throws -> Void,
    restart: @escaping (String) throws -> Void, reload: @escaping () throws -> Void,
    reboot: @escaping () throws -> Void, latency: @escaping (String) throws -> WriteLatency,
    tree: SystemTree
  ) {
    self.now = now
    self.uptime = uptime
    self.pause = pause
    self.isSynchronised = isSynchronised
    self.setClock = setClock
    self.interfaces = interfaces
    self.hasDefaultRoute = hasDefaultRoute
    self.owner = owner
    self.knock = knock
    self.knockDatagram = knockDatagram
    self.state = state
    self.restarts = restarts
    self.start = start
    self.enable = enable
    self.restart = restart
    self.reload = reload
    self.reboot = reboot
    self.latency = latency
    self.tree = tree
  }

  /// The machine itself.
  ///
  /// - Parameter pause: waits; the caller has signs of life to give meanwhile.
  public static func real(pause: @escaping (Int) -> Bool) -> JoinMachine {
    let control = NodeControl()
    let tree = SystemTree()
    return JoinMachine(
      now: { SystemClock.now }, uptime: { Moment.now.seconds }, pause: pause,
      isSynchronised: { SystemClock.isSynchronised }, setClock: { try SystemClock.set($0) },
      interfaces: {
        try NetworkView(tree).interfaces().map {
          NetworkFacts.Interface(
            name: $0.name, addresses: $0.addresses, hasCarrier: $0.hasCarrier, mac: $0.mac)
        }
      }, hasDefaultRoute: { NetworkView(tree).hasDefaultRoute },
      owner: { try NetworkView.owner(of: $0, on: $1) },
      knock: { PortProbe.knock($0, port: $1) }, state: { control.state($0) },
      restarts: { control.restarts($0) },
      start: { try control.start($0) }, enable: { try control.enable($0) },
      restart: { try control.restart($0) }, reload: { try control.reload() },
      reboot: { try control.reboot() }, latency: { try WriteLatency.measure(in: $0) }, tree: tree)
  }

  var bootID: String { tree.text("/proc/sys/kernel/random/boot_id") ?? "unknown" }
  var machineID: String { tree.text("/etc/machine-id") ?? "unknown" }
}
