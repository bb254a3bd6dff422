/// The first bytes of a Linux program: for which processor it was made. (elf(5))
struct ELFHeader: Hashable {
  var is64Bit: Bool
  var machine: UInt16

  /// nil when the bytes are no ELF file.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= 20, bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else { return nil }
    is64Bit = bytes[4] == 2
    machine =
      bytes[5] == 2
      ? UInt16(bytes[18]) << 8 | UInt16(bytes[19]) : UInt16(bytes[19]) << 8 | UInt16(bytes[18])
  }

  var isARM64: Bool { is64Bit && machine == 183 }

  /// The processor in words.
  var processor: String {
    switch machine {
    case 3: "x86 (32 bit)"
    case 40: "ARM (32 bit)"
    case 62: "x86-64"
    case 183: is64Bit ? "arm64" : "arm64 (32-bit file)"
    case 243: "RISC-V"
    default: "processor number \(machine)"
    }
  }
}

/// A file of `KEY=value` lines. (os-release(5))
struct ReleaseFile {
  private var values: [String: String] = [:]

  init(_ text: String) {
    for line in text.split(separator: "\n") {
      guard let equals = line.firstIndex(of: "=") else { continue }
      var value = line[line.index(after: equals)...]
      if value.count >= 2, value.first == "\"", value.last == "\"" {
        value = value.dropFirst().dropLast()
      }
      values[String(line[..<equals])] = String(value)
    }
  }

  subscript(key: String) -> String? { values[key] }
}
