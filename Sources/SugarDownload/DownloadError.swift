/// Why a file could not be brought here.
public struct DownloadError: Error, Hashable, Sendable, CustomStringConvertible {
  public var operation: String
  /// The URL.
  public var subject: String
  public var reason: String
  /// The status of the HTTP response, when that was the reason.
  public var code: Int32?
  /// What came is not what was asked for; trying again will not help.
  public var isWrongContent: Bool

  public init(_ url: String, _ reason: String, code: Int32? = nil, isWrongContent: Bool = false) {
    operation = "fetch"
    subject = url
    self.reason = reason
    self.code = code
    self.isWrongContent = isWrongContent
  }

  public var description: String { "cannot \(operation) '\(subject)': \(reason)" }
}
