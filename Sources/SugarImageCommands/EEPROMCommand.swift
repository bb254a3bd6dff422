import ArgumentParser
import SugarEEPROM
import SugarHost
import SugarImageBuilder
import SugarModel

struct EEPROMCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eeprom",
    abstract: "Look at and edit Raspberry Pi bootloader images, by names and not by hex.",
    discussion: """
      Images are files such as pieeprom-2026-05-26.bin of the package rpi-eeprom.
      An edit changes the configuration and nothing else, and makes a new file.

      EXAMPLES
        sugarimage eeprom show pieeprom.bin
        sugarimage eeprom set pieeprom.bin --output new.bin --boot-order nvme,sd,usb,restart
        sugarimage eeprom set pieeprom.bin --output new.bin --set PCIE_PROBE=1 --set BOOT_UART=1
        sugarimage eeprom diff pieeprom.bin new.bin
        sugarimage eeprom card pieeprom.bin --recovery recovery.bin --output card.img \
          --boot-order nvme,sd,usb,restart
      """,
    subcommands: [
      EEPROMShowCommand.self, EEPROMSetCommand.self, EEPROMDiffCommand.self, EEPROMCardCommand.self,
    ])
}

/// A bootloader image in a file.
struct EEPROMFile {
  var path: String
  var image: EEPROMImage

  /// Reads it; what is wrong names the file.
  init(_ path: String) throws {
    self.path = path
    let bytes = try Files.read(path, limit: .mib(8))
    do throws(EEPROMError) { image = try EEPROMImage(bytes) } catch {
      throw BuildError(.data, "cannot use '\(path)': \(error)")
    }
  }

  /// Its configuration; throws when it is none that the bootloader could read.
  var bootConfiguration: BootConfiguration {
    get throws {
      do throws(EEPROMError) { return try BootConfiguration(image.configuration) } catch {
        throw BuildError(.data, "cannot use '\(path)': \(error)")
      }
    }
  }
}

struct EEPROMShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Say what a bootloader image is and in which order it boots.",
    discussion: """
      EXAMPLES
        sugarimage eeprom show pieeprom.bin
        sugarimage eeprom show pieeprom.bin --json
      """)

  @Argument(help: "A bootloader image.", completion: .file()) var file: String
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let door = Door.standard
    try await door.run {
      let description = EEPROMDescription(try EEPROMFile(file))
      if output.json { return try door.print(json: description) }
      door.print(description.text)
    }
  }
}

struct EEPROMDiffCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Say what is different between two bootloader images.",
    discussion: """
      The exit status is 0 when nothing is, and 2 when something is.

      EXAMPLES
        sugarimage eeprom diff pieeprom.bin new.bin
      """)

  @Argument(help: "A bootloader image.", completion: .file()) var first: String
  @Argument(help: "Another one.", completion: .file()) var second: String
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let door = Door.standard
    try await door.run {
      let difference = EEPROMDifference(try EEPROMFile(first).image, try EEPROMFile(second).image)
      if output.json {
        try door.print(json: EEPROMDifferenceDescription(difference))
      } else {
        door.print(EEPROMDifferenceDescription(difference).text(first, second))
      }
      if !difference.isEmpty { throw ExitStatus.different }
    }
  }
}
