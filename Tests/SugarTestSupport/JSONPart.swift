import Foundation

public enum JSONPart {
  /// Whether everything of `part` stands in `whole`, which may say more; lists are equal or not.
  public static func stands(_ part: Any, in whole: Any?) -> Bool {
    guard let part = part as? [String: Any] else {
      return (whole as? NSObject) == (part as? NSObject)
    }
    guard let whole = whole as? [String: Any] else { return false }
    return part.allSatisfy { stands($1, in: whole[$0]) }
  }
}
