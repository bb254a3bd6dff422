import FoundationEssentials

/// How a secret stands in the cluster.
public struct SecretShape: Hashable, Sendable {
  public var namespace: String
  public var name: String
  public var type: String

  init(namespace: String, name: String, type: String = "Opaque") {
    self.namespace = namespace
    self.name = name
    self.type = type
  }

  var path: String {
    ResourceKind.path(apiVersion: "v1", plural: "secrets", namespace: namespace, name: name)
  }

  /// The Secret with these values, as a file of the list: one line of JSON.
  ///
  /// Values stand in `data`; a server-side apply does not own what is written as `stringData`.
  public func file(_ values: [String: [UInt8]]) -> [UInt8] {
    let object: JSONValue = [
      "apiVersion": "v1", "kind": "Secret",
      "metadata": ["name": .text(name), "namespace": .text(namespace)], "type": .text(type),
      "data": .object(values.mapValues { .text(Data($0).base64EncodedString()) }),
    ]
    return Array("\(object.encoded)\n".utf8)
  }
}
