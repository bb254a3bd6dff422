import Foundation
import SugarTestSupport
import Testing

/// P12: building needs no root and no network.
@Suite struct UnprivilegedTests {
  @Test func nobodyBuildsWithoutANetwork() throws {
    let fleet = try SmallFleet()
    try fleet.keys()
    // As root the test becomes nobody, who sees nothing of root's home; anybody else stays who he is.
    // Either way without a network.
    var before = ["--net"]
    let share = fleet.root.path("share")
    try Tool("mkdir").check([share])
    for part in ["profiles", "overlays", "bootfiles"] {
      try Tool("cp").check(["-r", "\(Program.repository)/\(part)", share])
    }
    try Tool("cp").check([AgentBinary().path, "\(share)/sugaragent"])
    if getuid() == 0 {
      try Tool("chown").check(["-R", "65534:65534", fleet.root.url.path])
      before += ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"]
    } else {
      before.insert("--map-current-user", at: 0)
    }
    let environment = fleet.environment.merging([
      "SUGARIMAGE_SHARE": share, "SUGARIMAGE_AGENT": "\(share)/sugaragent",
    ]) { $1 }
    let run = { (words: [String]) in
      try Tool("unshare").run(before + [Program.path] + words, environment: environment)
    }
    let link = try Tool("unshare").check(before + ["cat", "/proc/self/net/route"]).text
    #expect(link.split(separator: "\n").count <= 1, "there is a route: \(link)")
    let built = try run(["build", fleet.folder, "--output", fleet.output, "--export", "img"])
    #expect(built.status == 0, "\(built.complaints)")
    for words in [["inspect", fleet.output + "/one.img"], ["verify", fleet.output + "/one.img"]] {
      let answer = try run(words)
      #expect(answer.status == 0, "\(answer.complaints)")
    }
    let image = try ImageFile(path: fleet.output + "/one.img")
    // Files that belong to root in the image, made by somebody who is not.
    #expect(try image.access("/etc/rancher/k3s/token") == "0:0 0600")
    for node in ["one", "two", "three"] {
      let image = try ImageFile(path: "\(fleet.output)/\(node).img")
      try image.checkEverything(secrets: fleet.folder + "/secrets")
    }
  }
}
