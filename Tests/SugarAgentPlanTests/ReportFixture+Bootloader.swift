import SugarAgentPlan
import SugarEEPROM
import SugarModel

/// Reports of nodes whose boot order was looked at.
extension ReportFixture {
  private static func report(
    _ text: String, _ change: (inout BootloaderFacts) -> Void, kept: [String]
  ) -> AgentReport {
    let boot = BootIdentity(
      order: BootOrder([.nvme, .sd, .usb, .restart]), hardware: "rpi5-8", apply: .agent)
    var facts = BootloaderFacts(
      chip: .bcm2712,
      settings: (try? BootConfiguration(Array(text.utf8))).map { .known($0) }
        ?? .unknown("no text"),
      built: 1_779_804_000, startedFrom: .sd,
      firmware: .found(path: "/lib/pieeprom.bin", chip: .bcm2712, built: 1_779_804_000))
    change(&facts)
    var report = ready
    report.bootloader = BootloaderWords.report(
      BootloaderRules.decide(boot, target: "sd", facts), boot, facts, kept: kept, boot: report.boot,
      isActing: true)
    return report
  }

  static let bootOrderStaged = report(
    "[all]\nBOOT_ORDER=0xf461\n",
    {
      $0.history.last = .staged
      $0.history.isOfThisBoot = true
    }, kept: ["/var/lib/sugaragent/bootloader/0001-bootconf.txt"])

  static let bootOrderRefused = report(
    "[all]\nBOOT_UART=1\nFREEZE_VERSION=1\n", { _ in }, kept: [])
}
