import SugarModel
import Testing

/// (raspberrypi.com, "config.txt", "Boot options")
@Suite struct BootFileNamesTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var text: String
    var usual = ("kernel8.img", "initramfs8", "cmdline.txt")
    /// nil when it is no other boot.
    var trial: (String, String, String)?
  }

  static let rows = [
    Row(testDescription: "nothing said", text: ""),
    Row(testDescription: "Raspberry Pi OS", text: "auto_initramfs=1\n[cm4]\notg_mode=1\n[all]\n"),
    Row(
      testDescription: "Ubuntu, classic",
      text:
        "[all]\nkernel=vmlinuz\ncmdline=cmdline.txt\ninitramfs initrd.img followkernel\n[pi4]\narm_boost=1\n",
      usual: ("vmlinuz", "initrd.img", "cmdline.txt")),
    Row(
      testDescription: "Ubuntu, A/B",
      text:
        "[all]\nos_prefix=current/\nkernel=vmlinuz\ninitramfs initrd.img followkernel\n\n[tryboot]\nos_prefix=new/\n",
      usual: ("current/vmlinuz", "current/initrd.img", "current/cmdline.txt"),
      trial: ("new/vmlinuz", "new/initrd.img", "new/cmdline.txt")),
    Row(
      testDescription: "CR LF, white space, comments",
      text: "# kernel=no\r\n  kernel=k.img # the kernel\r\n\tcmdline=c.txt\r\n",
      usual: ("k.img", "initramfs8", "c.txt")),
    Row(
      testDescription: "for one board only, and for no board",
      text: "[pi5]\nkernel=x\n[none]\nos_prefix=y/\n"),
    Row(
      testDescription: "twice: the last one holds", text: "kernel=a\nkernel=b\n",
      usual: ("b", "initramfs8", "cmdline.txt")),
  ]

  @Test(arguments: rows) func names(_ row: Row) {
    let all = BootFileNames.all(configuration: row.text)
    #expect(all.count == (row.trial == nil ? 1 : 2))
    for (names, expected) in zip(all, [row.usual, row.trial].compactMap { $0 }) {
      #expect((names.kernel, names.initramfs, names.commandLine) == expected)
    }
  }
}
