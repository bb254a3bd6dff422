/// A value that must not be seen: it prints as `<hidden>` and cannot be encoded.
public struct Secret<Value: Sendable>: Sendable {
  private let value: Value

  public init(_ value: Value) { self.value = value }

  /// The value itself. Every use is a place to look at: `grep -n 'reveal()'`.
  public func reveal() -> Value { value }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "<hidden>" }
  public var debugDescription: String { "<hidden>" }
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension Secret: Equatable where Value: Equatable {}
