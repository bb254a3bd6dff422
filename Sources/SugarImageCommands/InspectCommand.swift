import ArgumentParser
import SugarFlashPlan
import SugarFlasher
import SugarImageBuilder
import SugarModel

struct InspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Say who an image, a delta or a disk is for and what is in it.",
    discussion: """
      Of an .xz only the blocks are unpacked that hold what is asked for; --json
      tells how many. What has no index is unpacked whole, which takes longer.

      EXAMPLES
        sugarimage inspect out/sugarkube0.delta
        sugarimage inspect out/sugarkube0.img --json
        sugarimage inspect raspios.img.xz
        sugarimage inspect /dev/sda
      """)

  @Argument(help: "An image, a delta or a disk.", completion: .file())
  var path: String

  @OptionGroup var output: OutputOptions

  func run() async throws {
    let door = Door.standard
    try await door.run {
      let inspection: Inspection
      do {
        let progress = Progress(door)
        defer { progress.end() }
        inspection = try ImageInspector(
          cache: door.invokerCache, workers: door.workers, progress: progress.tell
        ).inspect(path)
      } catch {
        // A disk with something else on it is no error: it is said what that is.
        guard let judged = Self.disk(path) else { throw error }
        if output.json { return try door.print(json: DiskResult(judged)) }
        return door.print(DiskText(judged, door.isColored).text)
      }
      if output.json { return try door.print(json: inspection) }
      door.print(InspectionText(inspection).text)
    }
  }

  /// The disk of that path; nil when it is a file, or cannot be read.
  private static func disk(_ path: String) -> JudgedDisk? {
    let census = FlashSurvey(loops: [path]).census()
    return FlashPlanner.judge(census, protected: []).first { judged in
      judged.disk.path == path && judged.disk.content.value != nil
    }
  }
}

/// An inspection as a person reads it.
struct InspectionText {
  let text: String

  init(_ inspection: Inspection) {
    var lines: [(String, String)] = []
    switch inspection.kind {
    case .base: lines.append(("what", "a base image; no node was made of it yet"))
    case .delta:
      lines.append(("what", "what differs from the base: \(inspection.changedBytes ?? .zero)"))
    case .image: lines.append(("what", "a whole image, \(inspection.size)"))
    case .disk: lines.append(("what", "a disk, \(inspection.size)"))
    }
    if let identity = inspection.identity { lines += Self.lines(identity) }
    if let agent = inspection.agent {
      lines.append(("agent", "sugaragent \(agent.version)"))
      lines.append(("", "sha256:\(agent.sha256)"))
    }
    lines.append(("base", "\(inspection.base.name) (\(inspection.base.os))"))
    if let standIn = inspection.base.standIn { lines.append(("", "STAND-IN: \(standIn)")) }
    if !inspection.base.sha256.isEmpty { lines.append(("", "sha256:\(inspection.base.sha256)")) }
    if inspection.identity == nil, let id = inspection.diskID { lines.append(("disk id", id)) }
    for (name, content) in inspection.bootFiles.sorted(by: { $0.key < $1.key }) {
      lines += Self.lines(name, content)
    }
    if let packed = inspection.packed { lines.append(("packed", Self.words(packed))) }
    if let tools = inspection.tools {
      lines.append(
        (
          "made by",
          tools.sorted { $0.key > $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        ))
    }
    if let receipt = inspection.receipt { lines += Self.lines(receipt) }
    for note in inspection.notes { lines.append(("note", note)) }
    let width = lines.map(\.0.count).max() ?? 0
    text = lines.map { $0.0 + String(repeating: " ", count: width - $0.0.count) + "  " + $0.1 }
      .joined(separator: "\n")
  }

  private static func words(_ packed: Packing) -> String {
    guard let blocks = packed.blocks, let decoded = packed.decodedBlocks else {
      return packed.format
    }
    return "\(packed.format), \(blocks) blocks, of which \(decoded) were unpacked to say this"
  }

  private static func lines(_ identity: NodeIdentity) -> [(String, String)] {
    let cluster = identity.cluster
    var lines = [
      ("node", "\(identity.node) (\(identity.fleet), site \(identity.site))"),
      ("role", identity.role.rawValue + (identity.spare ? ", spare" : "")),
      ("cluster", "\(cluster.name), tier \(cluster.tier)"),
      (
        "version",
        "\(cluster.distribution) \(cluster.version)"
          + (cluster.binaryIncluded ? "" : " (PLACEHOLDER: not in the image)")
          + (cluster.standIn.map { " (STAND-IN: \($0))" } ?? "")
      ),
      ("pin", "sha256:\(cluster.pin)"),
    ]
    if let gitops = identity.gitops {
      lines += [
        (
          "hands over",
          "to \(gitops.engine.rawValue) \(gitops.version ?? "of no release")"
            + (gitops.standIn.map { " (STAND-IN: \($0))" } ?? "")
        ),
        ("", "'\(gitops.path)' of \(gitops.url), branch \(gitops.branch)"),
      ]
    }
    if let server = cluster.server { lines.append(("joins", server)) }
    for network in identity.networks {
      let gateway = network.gateway.map { " via \($0)" } ?? ""
      let vlan = network.vlan.map { " VLAN \($0)" } ?? ""
      lines.append(("network", "\(network.name)\(vlan): \(network.address)\(gateway)"))
    }
    lines.append(
      (
        "disk id",
        "\(identity.disk.id) (\(identity.disk.target), root may grow to \(identity.disk.rootSize))"
      ))
    if let order = identity.boot.orderWords { lines.append(("boot order", order)) }
    lines.append(("generation", String(identity.generation)))
    return lines
  }

  private static func lines(_ receipt: Receipt) -> [(String, String)] {
    var lines = [
      ("receipt", "\(receipt.node) was Ready, and its agent has come to its end"),
      (
        "", "machine \(receipt.machine.serial ?? "without a serial number"), \(receipt.boots) boots"
      ),
    ]
    for disk in receipt.disks {
      lines.append(("", "\(disk.path): \(disk.size), \(disk.identity ?? "without identity")"))
    }
    if let handOver = receipt.handOver {
      let gates = handOver.gates.map(\.gate.rawValue).joined(separator: ", ")
      lines.append(
        ("", "handed over to \(handOver.gitops.engine.rawValue): \(handOver.gitops.url) (\(gates))")
      )
    }
    return lines + receipt.remains.map { ("", $0) }
  }

  /// The lines that count: no comments, no blanks.
  private static func lines(_ name: String, _ content: String) -> [(String, String)] {
    let lines = content.split(separator: "\n").map(String.init).filter {
      !$0.hasPrefix("#") && !$0.isEmpty
    }
    return lines.enumerated().map { ($0.offset == 0 ? name : "", $0.element) }
  }
}
