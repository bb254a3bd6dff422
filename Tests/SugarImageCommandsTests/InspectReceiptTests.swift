import Foundation
import SugarTestSupport
import Testing

/// What a node's agent left on the boot partition, read off the medium.
@Suite struct InspectReceiptTests {
  private static func receipt(_ node: String, schema: Int = 1) -> String {
    """
    {"schema": \(schema), "node": "\(node)", "fleet": "small", "site": "here", "cluster": "dev",
    "tier": "dev", "role": "server-init", "generation": 1,
    "machine": {"model": "Raspberry Pi 5", "serial": "9d1f7a20c4e85b36", "id": "\(String(repeating: "c", count: 32))"},
    "disks": [{"path": "/dev/mmcblk0", "title": "SD card", "size": 31268536320, "identity": "0x1a2b3c4d"}],
    "versions": {"agent": "0.1.0", "distribution": "k3s", "planned": "v1.33.5+k3s1"},
    "plan": "\(String(repeating: "5a", count: 32))", "standIns": [], "began": 1, "ready": 2, "written": 3,
    "boots": 2, "steps": [], "removed": [], "trimmed": true, "retained": [], "warnings": [],
    "remains": ["Nothing secret was staged on this node for its first boot."],
    "handOver": {"objects": 9, "gates": [{"gate": "controllers", "held": 2}],
    "gitops": {"engine": "flux", "url": "ssh://git@host/x", "branch": "main", "path": "clusters/dev",
    "gates": ["controllers"]}}}
    """
  }

  @Test func itIsShown() throws {
    let fleet = try SmallFleet()
    try fleet.keys()
    #expect(try fleet.run(["one", "--export", "img"]).status == 0)
    let image = try ImageFile(path: "\(fleet.output)/one.img")
    #expect(!(try Program.succeed(["inspect", image.path])).contains("receipt"))
    for (text, words) in [
      (
        Self.receipt("one"),
        [
          "one was Ready", "9d1f7a20c4e85b36, 2 boots", "0x1a2b3c4d",
          "handed over to flux: ssh://git@host/x (controllers)", "Nothing secret was staged",
        ]
      ), (Self.receipt("two"), ["the receipt is of two, generation 1"]),
      (Self.receipt("one", schema: 9), ["the receipt on the boot partition cannot be read"]),
      ("{", ["the receipt on the boot partition cannot be read"]),
    ] {
      let file = fleet.root.path("receipt.json")
      try text.write(toFile: file, atomically: true, encoding: .utf8)
      try Tool("mcopy").check([
        "-o", "-i", "\(image.path)@@\(image.bootStart)", file, "::sugarimage/receipt.json",
      ])
      let told = try Program.succeed(["inspect", image.path])
      for word in words { #expect(told.contains(word), "\(told)") }
    }
  }
}
