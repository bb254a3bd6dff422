/// The first bytes of a Linux program: for which processor it was made. (elf(5))
public struct ELFHeader: Hashable, Sendable {
  /// How many bytes of a file are read of it.
  public static let length = 20

  public var is64Bit: Bool
  /// A number of `<elf.h>`, EM_….
  public var machine: UInt16

  /// nil when the bytes are no ELF file.
  public init?(_ bytes: [UInt8]) {
    guard bytes.count >= Self.length, bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else {
      return nil
    }
    is64Bit = bytes[4] == 2
    machine =
      bytes[5] == 2
      ? UInt16(bytes[18]) << 8 | UInt16(bytes[19]) : UInt16(bytes[19]) << 8 | UInt16(bytes[18])
  }

  public var isARM64: Bool { is64Bit && machine == 183 }

  /// The processor in words.
  public var processor: String {
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
