/// The bytes of a file with every access checked: what lies outside of it is an error.
struct ELFBytes {
  let content: [UInt8]
  /// The file, in words.
  let name: String

  func error(_ reason: String) -> ELFError {
    ELFError(operation: "read the program", subject: name, reason: reason)
  }

  /// The bytes from `place` on.
  func slice(_ place: UInt64, _ count: UInt64) throws(ELFError) -> ArraySlice<UInt8> {
    let (end, overflow) = place.addingReportingOverflow(count)
    guard !overflow, end <= UInt64(content.count) else {
      throw error(
        "it is damaged or cut short: it names bytes up to \(overflow ? "nowhere" : String(end)), and ends at \(content.count)"
      )
    }
    return content[Int(place)..<Int(end)]
  }

  /// A number, little endian.
  func number<Number: FixedWidthInteger>(_ place: UInt64, _ type: Number.Type) throws(ELFError)
    -> Number
  {
    try slice(place, UInt64(Number.bitWidth / 8)).reversed().reduce(0) {
      $0 << 8 | Number(truncatingIfNeeded: $1)
    }
  }

  /// The text from `place` to the next zero, which has to come before `end`.
  func text(_ place: UInt64, before end: UInt64) throws(ELFError) -> String {
    guard place < end else {
      throw error("it is damaged: a name lies outside of the table of names")
    }
    let bytes = try slice(place, end - place)
    guard let zero = bytes.firstIndex(of: 0) else {
      throw error("it is damaged: a name has no end")
    }
    return String(decoding: bytes[..<zero], as: UTF8.self)
  }

  /// `place + offset`, which is a place in a damaged file as well.
  func place(_ place: UInt64, _ offset: some FixedWidthInteger) throws(ELFError) -> UInt64 {
    let (sum, overflow) = place.addingReportingOverflow(UInt64(truncatingIfNeeded: offset))
    guard !overflow else { throw error("it is damaged: a place in it does not exist") }
    return sum
  }
}
