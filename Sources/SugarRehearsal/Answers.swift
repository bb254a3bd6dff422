import SugarModel

/// A time server's answer. (RFC 5905, 7.3)
enum TimeAnswer {
  /// Seconds between 1900, where NTP counts from, and 1970.
  private static let era = 2_208_988_800.0

  static func bytes(to question: [UInt8], now: Double) -> [UInt8]? {
    guard question.count >= 48, question[0] & 7 == 3 else { return nil }
    let time = stamp(now)
    // Nothing to warn of, the client's version, a server; stratum 2, and as exact as a microsecond.
    var answer: [UInt8] = [question[0] & 0x38 | 4, 2, question[2], 0xec]
    answer += [0, 0, 0, 16, 0, 0, 0, 16] + Array("LOCL".utf8)
    answer += stamp(now - 1) + question[40..<48] + time + time
    return answer
  }

  private static func stamp(_ now: Double) -> [UInt8] {
    let seconds = (now + era).rounded(.down)
    let fraction = ((now + era) - seconds) * 4_294_967_296
    return BigEndian.bytes(UInt32(truncatingIfNeeded: Int64(seconds)))
      + BigEndian.bytes(UInt32(truncatingIfNeeded: Int64(fraction)))
  }
}

/// A name server's answer to one question. (RFC 1035, 4)
enum NameAnswer {
  /// - Parameter address: of a name in lower case; nil for one that there is not.
  static func bytes(to question: [UInt8], address: (String) -> IPv4Address?) -> [UInt8]? {
    guard question.count >= 12, question[2] & 0xf8 == 0, BigEndian.half(question, 4) == 1 else {
      return nil
    }
    var place = 12
    var labels: [String] = []
    while place < question.count, question[place] != 0 {
      let length = Int(question[place])
      guard length < 64, place + 1 + length < question.count else { return nil }
      labels.append(String(decoding: question[place + 1...place + length], as: UTF8.self))
      place += 1 + length
    }
    guard place + 5 <= question.count else { return nil }
    let isIPv4 = BigEndian.half(question, place + 1) == 1
    let found = address(labels.joined(separator: ".").lowercased())
    // An answer, recursion as asked for and offered; "no such name" where there is none.
    let flags: [UInt8] = [0x80 | question[2] & 1, 0x80 | (found == nil ? 3 : 0)]
    let record =
      found.map { [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4] + BigEndian.bytes($0.value) } ?? []
    let count: UInt8 = isIPv4 && found != nil ? 1 : 0
    return Array(question[0..<2]) + flags + [0, 1, 0, count, 0, 0, 0, 0]
      + Array(question[12..<place + 5]) + (count == 1 ? record : [])
  }
}
