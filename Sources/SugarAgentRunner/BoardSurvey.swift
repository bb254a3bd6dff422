public import SugarHost
public import SugarModel

/// Looks at the board: who it is, its power, its heat, its NVMe link, its clock.
public struct BoardSurvey: Sendable {
  let tree: SystemTree

  public init(_ tree: SystemTree) { self.tree = tree }

  public func look(now: Int64) -> AgentReport.Board {
    AgentReport.Board(
      model: tree.text("/proc/device-tree/model"),
      serial: tree.text("/proc/device-tree/serial-number"), throttled: throttled,
      celsius: tree.number("/sys/class/thermal/thermal_zone0/temp").map { Double($0) / 1000 },
      nvme: nvme,
      clockIsSynchronised: tree.list("/run/systemd/timesync").contains("synchronized"),
      clock: now)
  }

  /// What `vcgencmd get_throttled` says, from the firmware's own file. (Linux,
  /// drivers/firmware/raspberrypi.c)
  private var throttled: UInt32? {
    let paths = [
      "/sys/devices/platform/soc/soc:firmware/get_throttled",
      "/sys/devices/platform/axi/axi:firmware/get_throttled",
      "/sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled",
    ]
    return paths.lazy.compactMap { tree.text($0) }.first.flatMap { UInt32($0, radix: 16) }
  }

  /// Bit 0: the voltage is too low now.
  public static func isUnderVoltage(_ board: AgentReport.Board) -> Bool {
    (board.throttled ?? 0) & 1 != 0
  }

  private var nvme: [String] {
    tree.list("/sys/class/nvme").map { name in
      let folder = "/sys/class/nvme/\(name)"
      let speed = tree.text("\(folder)/device/current_link_speed")
      let width = tree.text("\(folder)/device/current_link_width")
      let link = speed.map { "\($0), \(width.map { "x\($0)" } ?? "unknown width")" }
      let health = (try? NVMeHealth.read("/dev/\(name)n1"))?.description
      return ([name] + [link, tree.text("\(folder)/state"), health].compactMap { $0 })
        .joined(separator: ": ")
    }
  }
}
