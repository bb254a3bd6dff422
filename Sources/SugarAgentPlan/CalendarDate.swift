/// A moment as people write it.
enum CalendarDate {
  /// `2026-11-21 11:24 UTC` for seconds since 1970, in the Gregorian calendar.
  static func text(_ seconds: Int64) -> String {
    guard (0...253_402_300_799).contains(seconds) else { return "no valid date" }
    // Days are counted from 1 March of the year 0, so that the leap day is the last of its year.
    let days = seconds / 86_400 + 719_468
    let (era, dayOfEra) = (days / 146_097, days % 146_097)
    let year = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
    let month = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * month + 2) / 5 + 1
    let civilMonth = month < 10 ? month + 3 : month - 9
    let civilYear = year + era * 400 + (civilMonth <= 2 ? 1 : 0)
    let (hour, minute) = (seconds % 86_400 / 3600, seconds % 3600 / 60)
    return "\(padded(civilYear, 4))-\(padded(civilMonth))-\(padded(day))"
      + " \(padded(hour)):\(padded(minute)) UTC"
  }

  private static func padded(_ number: Int64, _ width: Int = 2) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
