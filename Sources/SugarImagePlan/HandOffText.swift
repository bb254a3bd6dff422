import FoundationEssentials
public import SugarModel

extension HandOffList {
  /// The list as it stands on the medium.
  ///
  /// - Parameter digest: of the secret in a file; nil where the file holds none.
  public func text<Failure>(
    _ digest: (String) throws(Failure) -> String?
  ) throws(Failure) -> String {
    var list = self
    for index in list.objects.indices {
      guard let text = try digest(list.objects[index].file) else { continue }
      list.objects[index].sha256 = text
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    // Texts, numbers and flags alone: there is nothing in it that cannot be written as JSON.
    let bytes = (try? encoder.encode(list)) ?? Data()
    return String(decoding: bytes, as: UTF8.self) + "\n"
  }
}

/// What a cluster is handed over to, for the reader of a plan.
public struct HandOffSummary: Hashable, Sendable, Encodable {
  public var cluster: String
  /// As people call the engine: `Flux`.
  public var engine: String
  public var version: String?
  public var standIn: String?
  public var url: String
  public var branch: String
  public var path: String
  /// SHA-256 of the engine's install manifest.
  public var manifest: String
  public var objects: Int
  /// Every image that the engine's pods are made of.
  public var images: [String]
}

extension HandOffSummary: CustomStringConvertible {
  public var description: String {
    "hands cluster \(cluster) over to \(engine) \(version ?? "of no release"): "
      + "\(objects) objects, then '\(path)' of \(url), branch \(branch)"
      + (standIn.map { "\n\(engine) is a STAND-IN: \($0)" } ?? "")
  }
}
