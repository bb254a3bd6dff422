import SugarModel

/// The board, its bootloader and its disks.
extension FleetShape {
  static let hardware = fields([
    .must("model", words(of: Hardware.Model.self), "The board, with its memory in GiB."),
    .may("pcieGen", number(1...3), "Generation of the PCIe link. The Pi 5 is not certified for 3."),
  ])

  static let root = fields([
    .must("target", words(of: RootDisk.Target.self), "The disk that the root file system is on."),
    .must(
      "size", either(size, words(["fill"])),
      "What the root partition is to have; `fill`: all of the disk. At most 2047 GiB: the base's partition table is an MBR, which ends at 2 TiB."
    ),
  ])

  static let eeprom = fields([
    .may(
      "bootOrder", list(words(of: BootDevice.self)),
      "The first one is tried first. It ends with `restart` or `stop`, names `root.target`, and names a medium to rescue the node with (`sd`, `usb`, `network` or `http`). A Pi 5 has no `bcm-usb`."
    ),
    .may(
      "extra", entries(line),
      "Further settings of the bootloader, as in `bootconf.txt`: `{ PCIE_PROBE: 1 }`."),
    .may(
      "apply", words(of: EEPROMApplication.self),
      "Who brings both to the board. `agent`: the agent, on the running node, when its root disk is proven; in force from the next boot on (boot-order.md). `never`: you; the node says whether the board has it. `image`: the medium updates the bootloader before the system has ever run; with another system on an NVMe disk in the board and `nvme` first, that one boots from then on."
    ),
    .may(
      "firmware", pinnedFile,
      "The `pieeprom-….bin` that goes onto media, of the board's chip. It is edited on the way; the file stays as it is."
    ),
    .may(
      "recovery", pinnedFile,
      "The `recovery.bin` of the same chip: the board starts it from an SD card to write the update. On other media the bootloader updates itself."
    ),
    .may(
      "timestamp", number(1...Int(UInt32.max)),
      "Stands in the update's signature. A board skips a self-update that is not later than its last one, so raise it whenever a setting changes; `build` warns when it sees another update of the same age."
    ),
  ])

  static let cmdline = fields([
    .may(
      "add", list(text("[!-~]+")),
      "Words added to the kernel's command line, unless they are there."),
    .may(
      "remove", list(text("[!-~]+")),
      "Words taken out of it, also what sugarimage adds where the base says nothing: `panic=10` (a boot that fails starts anew) and `fsck.repair=yes` (the root is repaired first)."
    ),
  ])

  static let disk = fields(
    [
      .must(
        "name", name,
        "Part of what the ids on the disk are derived from: keep it, and a medium written again finds its data."
      ),
      .may(
        "place", words(of: ProfileReader.Place.self),
        "The room behind the root partition of the disk that the node boots from; at most 2 partitions."
      ),
      .may("select", selector),
      .must("partitions", list(partition)),
      .may("takesEmptyTable", flag, "A foreign GPT without a single partition may be replaced."),
      .may("grow", flag, "The last partition may grow into room behind it."),
      .may("acceptsUnnamed", flag, "A disk without a serial number of its own will do."),
      .may("required", flag, "Whether the node is refused without it."),
    ], oneOf: ["place", "select"])

  static let selector = fields([
    .must("bus", words(of: ProfileReader.Bus.self), "How the disk is attached."),
    .may("serials", list(text()), "Serial numbers or world-wide ids, any of them."),
    .may("model", text(), "With `*` for any letters."),
    .may("byPath", text(), "A name below `/dev/disk/by-path`."),
    .may("minSize", size, "The smallest disk that is meant."),
    .may("maxSize", size, "The largest."),
  ])

  static let partition = fields([
    .must(
      "label", text("[A-Za-z0-9_.-]{1,16}"),
      "Label of the file system, at most 16 bytes, and name in a GPT."),
    .may("fs", words(of: FileSystemKind.self), "The file system."),
    .must("size", either(size, words(["rest"])), "`rest`: all that is left, for the last one."),
    .may(
      "mount", text("/[^\\s\"'\\\\#]+"),
      "Mounted by UUID with `nofail`; k3s does not start without it."),
  ])
}
