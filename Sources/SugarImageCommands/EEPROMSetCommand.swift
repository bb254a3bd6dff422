import ArgumentParser
import SugarEEPROM
import SugarHost
import SugarImageBuilder
import SugarModel

/// What is to be different in a bootloader's configuration.
struct EEPROMChanges: ParsableArguments {
  @Option(name: .long, help: "The order in which media are tried: nvme,sd,usb,restart.")
  var bootOrder: String?
  @Option(
    name: .long,
    help: ArgumentHelp("One setting; may be given more than once.", valueName: "KEY=VALUE"))
  var set: [String] = []
  @Option(name: .long, help: "A whole bootconf.txt.", completion: .file()) var config: String?
  @Flag(name: .long, help: "Take a boot order that could leave the board without a way back.")
  var force = false

  var areNone: Bool { bootOrder == nil && set.isEmpty && config == nil }

  func validate() throws {
    _ = try order
    _ = try settings
  }

  /// What --boot-order says.
  private var order: BootOrder? {
    get throws {
      try bootOrder.map { text in
        BootOrder(
          try text.split(separator: ",", omittingEmptySubsequences: false).map { name in
            guard let device = BootDevice(rawValue: String(name)) else {
              let known = BootDevice.allCases.map(\.rawValue).joined(separator: ", ")
              throw ValidationError("'\(name)' is nothing to boot from; there are \(known)")
            }
            return device
          })
      }
    }
  }

  /// What --set says.
  private var settings: [(key: String, value: String)] {
    get throws {
      try set.map { text in
        guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
          throw ValidationError("--set '\(text)' is not of the form KEY=VALUE")
        }
        return (String(text[..<sign]), String(text[text.index(after: sign)...]))
      }
    }
  }

  /// Makes the changes in the image, which is checked anew.
  func make(in source: inout EEPROMFile) throws {
    var result: BootConfiguration
    if let config {
      let bytes = try Files.read(config, limit: .mib(1))
      do throws(EEPROMError) { result = try BootConfiguration(bytes) } catch {
        throw BuildError(.data, "cannot use '\(config)': \(error)")
      }
    } else {
      result = try source.bootConfiguration
    }
    if let order = try order { try result.setBootOrder(order) }
    for (key, value) in try settings { try result.set(key, to: value) }
    try check(result, source.image.chip)
    do throws(EEPROMError) { try source.image.replace(result) } catch {
      throw BuildError(.data, "cannot change '\(source.path)': \(error)")
    }
  }

  /// An order that could leave the board without a way back is refused, however it was set.
  private func check(_ configuration: BootConfiguration, _ chip: EEPROMChip) throws {
    guard let order = try configuration.bootOrder(), !force else { return }
    let objection =
      chip == .bcm2712 && order.devices.contains(.bcmUSB)
      ? "a Raspberry Pi 5 has no bcm-usb" : order.objection
    guard let objection else { return }
    throw BuildError(
      .data, "cannot set the boot order \(order): \(objection)",
      note: "--force takes it all the same")
  }
}

/// Where a new file goes.
struct NewFile: ParsableArguments {
  @Option(name: .long, help: "Where the result goes.", completion: .file()) var output: String
  @Flag(name: .long, help: "Replace the output file if it is there.") var overwrite = false

  func checkFree() throws {
    guard try overwrite || Files.status(output) == nil else {
      throw BuildError(
        .data, "cannot write '\(output)': it is there already", note: "--overwrite replaces it")
    }
  }
}

struct EEPROMSetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", abstract: "Make an image with another configuration.",
    discussion: """
      Media of the boot order: sd, network, rpiboot, usb, bcm-usb, nvme, http; then
      restart or stop. Comments, unknown keys and conditional sections stay as they
      are. --config replaces the whole text first, then --boot-order and --set apply.

      EXAMPLES
        sugarimage eeprom set pieeprom.bin --output new.bin --boot-order nvme,sd,usb,restart
        sugarimage eeprom set pieeprom.bin --output new.bin --config bootconf.txt
      """)

  @Argument(help: "A bootloader image; it is not changed.", completion: .file()) var file: String
  @OptionGroup var target: NewFile
  @OptionGroup var changes: EEPROMChanges
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard !changes.areNone else {
      throw ValidationError("say what to set: --boot-order, --set or --config")
    }
  }

  func run() async throws {
    let door = Door.standard
    try await door.run {
      try target.checkFree()
      var source = try EEPROMFile(file)
      try changes.make(in: &source)
      try Files.write(source.image.bytes, to: target.output, mode: 0o644)
      source.path = target.output
      let description = EEPROMDescription(source)
      if output.json { return try door.print(json: description) }
      door.print(description.text)
    }
  }
}

struct EEPROMCardCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "card", abstract: "Make the image of a card that only sets the bootloader.",
    discussion: """
      A board that is started from the card writes the bootloader, and blinks its
      green LED when it is done; nothing else happens, and the card can go on to the
      next board. Only boards with the image's chip read it.

      EXAMPLES
        sugarimage eeprom card pieeprom.bin --recovery recovery.bin --output card.img \
          --boot-order nvme,sd,usb,restart
      """)

  @Argument(help: "A bootloader image; it is not changed.", completion: .file()) var file: String
  @Option(name: .long, help: "The recovery.bin of the same chip.", completion: .file())
  var recovery: String
  @OptionGroup var target: NewFile
  @OptionGroup var changes: EEPROMChanges

  func run() async throws {
    let door = Door.standard
    try await door.run {
      try target.checkFree()
      var source = try EEPROMFile(file)
      if !changes.areNone { try changes.make(in: &source) }
      let update = source.image
      let program = try Files.read(recovery, limit: .mib(8))
      try EEPROMCard(update: update, recovery: program).write(to: target.output)
      let order = try? BootConfiguration(update.configuration).bootOrder()
      door.print(
        "'\(target.output)' sets the bootloader of a board with \(update.chip.rawValue): "
          + "\(update.release.date ?? "without a date"), boot order "
          + (order.map { "\($0) (\($0.hex))" } ?? "of the bootloader itself"))
    }
  }
}
