/// An object as the API tells it, as far as a hand-over looks at it.
public struct ClusterObject: Hashable, Sendable, Decodable {
  public struct Metadata: Hashable, Sendable, Decodable {
    public var name: String
    /// Counts changes of what is wanted.
    public var generation: Int64?
  }
  public struct Condition: Hashable, Sendable, Decodable {
    public var type: String
    public var status: String
    public var reason: String?
    public var message: String?
    /// The change that it is about; nil where the kind does not say.
    public var observedGeneration: Int64?
  }
  public struct Status: Hashable, Sendable, Decodable {
    /// The change up to which its controller has looked.
    public var observedGeneration: Int64?
    public var conditions: [Condition]?
  }
  public var metadata: Metadata
  public var status: Status?

  public init(name: String, generation: Int64? = nil, status: Status? = nil) {
    metadata = Metadata(name: name, generation: generation)
    self.status = status
  }

  public func condition(_ type: String) -> Condition? {
    status?.conditions?.first { $0.type == type }
  }

  /// Whether a condition is true of the object as it is wanted now, and not as it was before.
  public func holds(_ type: String) -> Bool {
    guard let condition = condition(type), condition.status == "True" else { return false }
    guard let wanted = metadata.generation else { return true }
    return [condition.observedGeneration, status?.observedGeneration].allSatisfy {
      ($0 ?? wanted) >= wanted
    }
  }
}

extension ClusterObject.Status {
  public init(observedGeneration: Int64? = nil, _ conditions: [ClusterObject.Condition]) {
    self.observedGeneration = observedGeneration
    self.conditions = conditions
  }
}

extension ClusterObject.Condition {
  public init(
    _ type: String, _ status: String, reason: String? = nil, _ message: String? = nil,
    observedGeneration: Int64? = nil
  ) {
    self.type = type
    self.status = status
    self.reason = reason
    self.message = message
    self.observedGeneration = observedGeneration
  }
}
