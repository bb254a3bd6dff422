/// Why a rehearsal could not go on.
public struct RehearsalError: Error, Hashable, Sendable, CustomStringConvertible {
  public var operation: String
  public var subject: String
  public var reason: String
  public var code: Int32?

  public init(_ operation: String, _ subject: String, _ reason: String, code: Int32? = nil) {
    self.operation = operation
    self.subject = subject
    self.reason = reason
    self.code = code
  }

  public var description: String { "cannot \(operation) '\(subject)': \(reason)" }
}

/// Runs `body` and gives whatever it throws as a `RehearsalError`.
func rehearsing<Result>(
  _ operation: String, _ subject: String, _ body: () throws -> Result
) throws(RehearsalError) -> Result {
  do {
    return try body()
  } catch let error as RehearsalError {
    throw error
  } catch {
    throw RehearsalError(operation, subject, "\(error)")
  }
}
