/// A DOS date and time: steps of two seconds, 1980 to 2107, without a time zone (we write UTC).
///
///      date  15      9 8     5 4     0      time  15     11 10      5 4      0
///           ┌─────────┬───────┬───────┐          ┌─────────┬─────────┬────────┐
///           │ year-80 │ month │  day  │          │  hours  │ minutes │ secs/2 │
///           └─────────┴───────┴───────┘          └─────────┴─────────┴────────┘
public struct FATTime: Hashable, Sendable {
  let date: UInt16
  let time: UInt16

  /// As the two words stand on disk, sensible or not.
  init(date: UInt16, time: UInt16) {
    self.date = date
    self.time = time
  }

  /// The step at or before a moment; a moment outside 1980–2107 becomes the nearest one inside.
  public init(unixSeconds: Int64) {
    let clamped = min(max(unixSeconds, Self.first), Self.last)
    let (days, seconds) = clamped.quotientAndRemainder(dividingBy: 86_400)
    let (year, month, day) = Self.civil(days: days)
    date = UInt16(truncatingIfNeeded: (year - 1980) << 9 | month << 5 | day)
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
    time = UInt16(truncatingIfNeeded: hours << 11 | minutes << 5 | (seconds % 60) / 2)
  }

  /// Seconds since 1970, read as UTC. Months and days that no calendar has are counted on.
  public var unixSeconds: Int64 {
    let year = Int64(date >> 9) + 1980
    let days = Self.days(year: year, month: Int64(date >> 5 & 15), day: Int64(date & 31))
    return days * 86_400 + Int64(time >> 11) * 3600 + Int64(time >> 5 & 63) * 60
      + Int64(time & 31) * 2
  }

  private static let first: Int64 = 315_532_800  // 1980-01-01 00:00:00
  private static let last: Int64 = 4_354_819_198  // 2107-12-31 23:59:58

  /// Year, month and day of a day counted from 1970, for years after 1970.
  private static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    // Counted from 1 March 0000, so that the leap day is the last of its year.
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }

  /// The day counted from 1970; the inverse of `civil`.
  private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = shiftedYear / 400
    let yearOfEra = shiftedYear % 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }
}
