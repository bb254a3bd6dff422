import SugarModel

/// Decides what to do on a node whose kernel does not count memory.
public enum CgroupRules {
  /// - Parameters:
  ///   - isInCommandLine: whether the kernel's command line asks for it already.
  ///   - canEdit: whether there is a command line to edit.
  ///   - reboots: how often the agent has started the machine again.
  public static func decide(
    isInCommandLine: Bool, canEdit: Bool, reboots: Int, limit: Int
  ) -> JoinRuling<Bool> {
    let lack = "the kernel has no memory cgroup"
    guard canEdit else {
      return .refuse(
        JoinRefusal(
          .noMemoryControl, "\(lack), and there is no cmdline.txt that could ask for it",
          next: ["start the kernel with cgroup_enable=memory"]))
    }
    guard reboots < limit else {
      return .refuse(
        JoinRefusal(
          .reboots,
          "\(lack), and \(reboots) restarts did not bring it; the node stays up for you to look",
          next: [
            "log in by ssh and compare cat /proc/cmdline with /boot/firmware/cmdline.txt",
            "the medium that the board starts from may be another one",
          ]))
    }
    // A line that asks for it and was started without it came after this boot began, once.
    guard !isInCommandLine || reboots == 0 else {
      return .refuse(
        JoinRefusal(
          .noMemoryControl, "\(lack), although its command line asks for it",
          next: [
            "use a kernel that has it (CONFIG_MEMCG)",
            "or see whether the board starts from another medium: cat /proc/cmdline",
          ]))
    }
    return .reboot("\(lack); the command line asks for it from the next boot on")
  }
}

/// What the speed of a disk means for a server's database.
public enum DiskSpeed {
  /// etcd's own guide: of a hundred writes to the log, 99 within 10 ms. (etcd, "Hardware
  /// recommendations", "Disks")
  public static let limit = 10.0

  public static func words(median: Double, slowest: Double) -> (sentence: String, isSlow: Bool) {
    func text(_ number: Double) -> String { "\((number * 10).rounded() / 10) ms" }
    let figures =
      "the disk keeps a write of the database in \(text(median)), 99 of 100 in \(text(slowest))"
    guard slowest > limit else { return (figures, false) }
    return (
      "\(figures): slower than the \(Int(limit)) ms that etcd wants; use an NVMe disk for servers",
      true
    )
  }
}
