import ArgumentParser
import SugarFlashPlan
import SugarFlasher
import SugarImageBuilder
import SugarModel

struct DisksCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "disks",
    abstract: "Show this machine's disks, and what each guard rail says of writing to them.",
    discussion: """
      Nothing is written to any disk. What is on a disk is only seen by who may
      read it: a member of group disk, or root.

      A disk that is protected is never written by this program, whatever is asked
      for. The list is ~/.config/sugarimage/never-write; a line is taken off by hand.

      EXAMPLES
        sugarimage disks
        sugarimage disks /dev/sda --json
        sugarimage disks --protect S5GXNF0R
      """)

  @Argument(help: "Only these disks, by path or serial number. Loop devices are shown when named.")
  var disks: [String] = []

  @Option(
    help: ArgumentHelp(
      "Put this disk on the never-write list: its serial number, or a path.", valueName: "disk"))
  var protect: [String] = []

  @OptionGroup var output: OutputOptions

  func run() async throws {
    let door = Door.standard
    try await door.run {
      let list = NeverWriteList(folders: door.settingsFolders)
      let census = FlashSurvey(loops: disks + protect).census()
      for name in protect { try add(try DisksCommand.find(name, in: census), to: list, door) }
      guard protect.isEmpty else { return }
      var judged = FlashPlanner.judge(
        census, protected: try list.identities(),
        allowsLoop: disks.contains { $0.hasPrefix("/dev/loop") })
      if !disks.isEmpty {
        let chosen = try disks.map { try DisksCommand.find($0, in: census).path }
        judged = judged.filter { chosen.contains($0.disk.path) }
      }
      if output.json { return try door.print(json: judged.map(DiskResult.init)) }
      guard !judged.isEmpty else { return door.print("no disk is here") }
      door.print(judged.map { DiskText($0, door.isColored).text }.joined(separator: "\n\n"))
      let closed = judged.first { judged in
        if case .unknown(let reason) = judged.disk.content {
          reason.hasSuffix("Permission denied")
        } else {
          false
        }
      }
      if let closed { door.tell("\nnote: " + DiskWords.rights(closed.disk.path)) }
    }
  }

  private func add(_ disk: Disk, to list: NeverWriteList, _ door: Door) throws {
    let isNew = try list.add(disk)
    door.give(list.paths)
    door.print(
      "\(isNew ? "protected" : "protected already"): \(disk.title), in '\(list.paths.first ?? "")'")
  }

  static func find(_ name: String, in census: DiskCensus) throws -> Disk {
    let found = census.disks.first { disk in
      disk.path == name || disk.stableNames.contains(name) || disk.identifier.value?.text == name
    }
    guard let found else {
      throw BuildError(
        .data, "cannot find the disk '\(name)'",
        note: "there are \(census.disks.map(\.path).joined(separator: ", "))")
    }
    return found
  }
}

/// A disk as a person reads about it.
struct DiskText {
  let text: String

  init(_ judged: JudgedDisk, _ isColored: Bool) {
    let disk = judged.disk
    let paint = { (text: String, code: Int) in isColored ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
    let words = [DiskWords.size(disk.size), DiskWords.transport(disk), disk.model].compactMap { $0 }
    var lines = ["\(paint(disk.path, 1))  \(words.joined(separator: "  "))"]
    lines.append("  known by  \(DiskWords.identity(disk))")
    if case .known(.place(let place, _, let fingerprint)) = disk.identifier {
      lines.append("            \(place), content \(fingerprint.prefix(16))")
    }
    lines.append("  on it     \(DiskWords.summary(disk))")
    let rails = judged.words.map { word in
      word.refusal == nil ? paint("✓ \(word.rail)", 32) : paint("✗ \(word.rail)", 31)
    }
    lines.append("  rails     \(rails.joined(separator: "  "))")
    let held = judged.words.compactMap { $0.refusal?.reason }
    lines.append(
      "  flash     \(held.isEmpty ? paint("may write it", 32) : paint("does not write it:", 31))")
    for reason in held { lines.append("            \(reason)") }
    text = lines.joined(separator: "\n")
  }
}

/// A disk for other programs.
struct DiskResult: Encodable {
  var disk: Disk
  var identity: String?
  var onIt: String
  var rails: [JudgedDisk.Word]
  var mayBeWritten: Bool

  init(_ judged: JudgedDisk) {
    disk = judged.disk
    identity = judged.disk.identifier.value?.text
    onIt = DiskWords.summary(judged.disk)
    rails = judged.words
    mayBeWritten = judged.refusal == nil
  }
}
