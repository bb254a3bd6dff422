/// What the firmware's `get_throttled` says, in words. (vcgencmd(1): bits 0 to 3 are now, the same
/// from 16 on since the boot)
enum PowerWords {
  private static let troubles = [
    "the voltage is too low", "the processor's speed is capped", "the processor is slowed down",
    "the board is at its temperature limit",
  ]
  private static let memories = [
    "the voltage was too low", "the processor's speed was capped", "the processor was slowed down",
    "the board was at its temperature limit",
  ]

  /// One statement for each bit that is set; a trouble of now is not told again as one of before.
  static func statements(_ throttled: UInt32?) -> [TonedText] {
    guard let throttled else { return [TonedText(.calm, "unknown")] }
    guard throttled != 0 else { return [TonedText(.good, "good, now and since the boot")] }
    var result: [TonedText] = []
    for bit in 0..<4 where throttled >> UInt32(bit) & 1 == 1 {
      result.append(TonedText(.stop, "\(troubles[bit]) now"))
    }
    for bit in 0..<4 where throttled >> UInt32(bit) & 0x1_0001 == 0x1_0000 {
      result.append(TonedText(.wait, "\(memories[bit]) at some time since the boot"))
    }
    if throttled & ~0xF_000F != 0 {
      result.append(TonedText(.calm, "the firmware sets bits that are not known here"))
    }
    return result
  }

  /// As the firmware writes it: `0x50005`.
  static func code(_ throttled: UInt32) -> String { "0x" + String(throttled, radix: 16) }
}
