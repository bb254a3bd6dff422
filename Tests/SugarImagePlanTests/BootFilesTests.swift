import SugarModel
import SugarProfile
import Testing

@testable import SugarImagePlan

/// `cmdline.txt` and `config.txt`, whatever an editor left of them.
@Suite struct BootFilesTests {
  private static let cgroups = "cgroup_enable=cpuset cgroup_memory=1 cgroup_enable=memory"
  /// What a line gets that says nothing of all this.
  private static let words = "\(cgroups) fsck.repair=yes panic=10"

  private static func plan(
    _ file: String, _ text: String, _ change: (inout Profile) -> Void = { _ in }
  ) throws -> (text: String, diskID: String) {
    var profile = try PlanFixture.profile("sugarkube-3x3")
    profile.bootfiles = []
    change(&profile)
    var inputs = PlanFixture.inputs(profile)
    inputs.facts.bootTexts[file] = text
    let plan = try ImagePlanner.plan("sugarkube0", inputs)
    return (plan.text(of: ImagePath(.boot, file)) ?? text, plan.identity.disk.id)
  }

  @Test(arguments: [
    // As Raspberry Pi OS ships it: trixie, and bookworm.
    (
      "console=tty1 root=PARTUUID=1a2b3c4d-02 rootfstype=ext4 fsck.repair=yes rootwait resize\n",
      "console=tty1 root=PARTUUID=<id>-02 rootfstype=ext4 fsck.repair=yes rootwait \(cgroups) panic=10\n"
    ),
    (
      "root=PARTUUID=1a2b3c4d-02 rootwait quiet init=/usr/lib/raspberrypi-sys-mods/firstboot\n",
      "root=PARTUUID=<id>-02 rootwait quiet \(words)\n"
    ),
    // As editors leave it.
    ("a b\r\n", "a b root=PARTUUID=<id>-02 \(words)\n"),
    ("a\nb\n\nc\n\n\n", "a b c root=PARTUUID=<id>-02 \(words)\n"),
    ("  a\t\tb  c", "a b c root=PARTUUID=<id>-02 \(words)\n"),
    ("", "root=PARTUUID=<id>-02 \(words)\n"),
    // Words once, and those that would undo ours not at all.
    ("a cgroup_disable=memory b", "a b root=PARTUUID=<id>-02 \(words)\n"),
    (
      "cgroup_memory=1 a",
      "cgroup_memory=1 a root=PARTUUID=<id>-02 cgroup_enable=cpuset cgroup_enable=memory fsck.repair=yes panic=10\n"
    ),
    ("a a b a b", "a b root=PARTUUID=<id>-02 \(words)\n"),
    ("resize a resize", "a root=PARTUUID=<id>-02 \(words)\n"),
    ("a ds=nocloud;i=rpi-imager-123 b", "a b root=PARTUUID=<id>-02 \(words)\n"),
    ("root=/dev/mmcblk0p2 a root=PARTUUID=99999999-02", "root=PARTUUID=<id>-02 a \(words)\n"),
    ("a rootwait rootdelay=3", "a rootwait rootdelay=3 root=PARTUUID=<id>-02 \(words)\n"),
    ("resize2 noresize", "resize2 noresize root=PARTUUID=<id>-02 \(words)\n"),
    // A base or an owner who wants it otherwise is left alone.
    (
      "fsck.repair=preen panic=0 a",
      "fsck.repair=preen panic=0 a root=PARTUUID=<id>-02 \(cgroups)\n"
    ),
  ])
  func commandLine(_ before: String, _ after: String) throws {
    let plan = try Self.plan("cmdline.txt", before)
    #expect(plan.text == after.replacing("<id>", with: plan.diskID))
    // Planned once more over its own result, nothing changes.
    #expect(try Self.plan("cmdline.txt", plan.text).text == plan.text)
  }

  @Test func ownWordsOfTheFleet() throws {
    let plan = try Self.plan("cmdline.txt", "quiet splash") {
      $0.boot.cmdlineAdd = ["pcie_aspm=off", "quiet"]
      $0.boot.cmdlineRemove = ["splash", "cgroup_enable=cpuset", "panic=10"]
    }
    #expect(
      plan.text
        == "quiet root=PARTUUID=\(plan.diskID)-02 cgroup_memory=1 cgroup_enable=memory "
        + "fsck.repair=yes pcie_aspm=off\n"
    )
  }

  @Test(arguments: [
    ("", ["x=1"], "\n# Added by sugarimage\n[all]\nx=1\n"),
    ("a=1\n", ["x=1"], "a=1\n\n# Added by sugarimage\n[all]\nx=1\n"),
    // What holds for every board already is not said again …
    ("x=1\n", ["x=1"], "x=1\n"), ("[all]\n  x=1 \n", ["x=1"], "[all]\n  x=1 \n"),
    ("[cm4]\na=1\n[all]\nx=1\n", ["x=1"], "[cm4]\na=1\n[all]\nx=1\n"),
    // … and what holds for one board alone is.
    ("[cm4]\nx=1\n", ["x=1"], "[cm4]\nx=1\n\n# Added by sugarimage\n[all]\nx=1\n"),
    ("x=2\n", ["x=1", "x=1"], "x=2\n\n# Added by sugarimage\n[all]\nx=1\n"),
    ("#x=1\n", ["x=1"], "#x=1\n\n# Added by sugarimage\n[all]\nx=1\n"),
    ("a=1\n\n\n", ["x=1"], "a=1\n\n# Added by sugarimage\n[all]\nx=1\n"),
    ("a=1", [], "a=1\n"),
    // Lines that end with CR LF.
    ("a=1\r\n[cm4]\r\nx=1\r\n", ["x=1"], "a=1\n[cm4]\nx=1\n\n# Added by sugarimage\n[all]\nx=1\n"),
    ("[cm4]\r\na=1\r\n[all]\r\nx=1\r\n", ["x=1"], "[cm4]\na=1\n[all]\nx=1\n"),
  ])
  func configTxt(_ before: String, _ lines: [String], _ after: String) {
    var config = ConfigTxt(before)
    config.add(lines)
    #expect(config.text == after)
  }

  @Test func configOfTheHardware() throws {
    let lines = try Self.plan("config.txt", "a=1\n") {
      $0.hardware.pcieGen = 3
      $0.boot.configTxt = ["dtparam=pciex1", "own=1"]
    }.text
    #expect(
      lines == """
        a=1

        # Added by sugarimage
        [all]
        dtparam=pciex1
        dtparam=pciex1_gen=3
        own=1

        """)
    #expect(try Self.plan("config.txt", "a=1\n") { $0.root.target = .sd }.text == "a=1\n")
  }

  @Test func fstabNamesTheNewDisk() throws {
    let inputs = try PlanFixture.inputs("sugarkube-3x3")
    let plan = try ImagePlanner.plan("sugarkube0", inputs)
    let text = try #require(plan.text(of: ImagePath(.root, "/etc/fstab")))
    #expect(!text.contains(inputs.facts.diskID))
    #expect(text.contains("PARTUUID=\(plan.identity.disk.id)-01  /boot/firmware"))
    #expect(text.contains("PARTUUID=\(plan.identity.disk.id)-02  /  "))
    #expect(text.split(separator: "\n").count == 3)
  }

  @Test(arguments: [
    "proc /proc proc defaults 0 0\n", "/dev/mmcblk0p2 / ext4 defaults 0 1\n",
    "PARTUUID=1a2b3c4d-02 / ext4 defaults 0 1\n", "PARTUUID=99999999-02 / ext4 defaults 0 1\n",
  ])
  func fstabWithoutBothPartitionsIsRefused(_ text: String) throws {
    var inputs = try PlanFixture.inputs("sugarkube-3x3")
    inputs.facts.rootTexts["/etc/fstab"] = text
    let error = #expect(throws: PlanError.self) { try ImagePlanner.plan("sugarkube0", inputs) }
    #expect(
      error?.reason
        == "the base's /etc/fstab does not mount both partitions, as PARTUUID=1a2b3c4d-01 and PARTUUID=1a2b3c4d-02"
    )
  }

  @Test(arguments: ["cmdline.txt", "config.txt"]) func missingTextOfTheBase(_ name: String) throws {
    var inputs = try PlanFixture.inputs("sugarkube-3x3")
    inputs.facts.bootTexts[name] = nil
    let error = #expect(throws: PlanError.self) { try ImagePlanner.plan("sugarkube0", inputs) }
    #expect(error?.description == "cannot plan 'sugarkube0': the base has no '\(name)'")
  }
}
