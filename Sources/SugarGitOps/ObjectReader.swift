internal import SugarModel

/// Makes objects of documents: each must say what it is, be of a kind whose place in the API is
/// known, and stand once.
struct ObjectReader {
  var parser: DocumentParser
  let kinds: [String: CustomKind]

  struct Read {
    var object: ManifestObject
    var value: JSONValue
    var location: SourceLocation
  }

  private struct Place {
    var plural: String
    var isNamespaced: Bool
    var isCustom: Bool
  }

  /// The API server's database takes objects of at most 1.5 MiB. (etcd, --max-request-bytes)
  private static let largest = 1 << 20

  mutating func object(_ document: DocumentParser.Document) -> Read? {
    guard case .object = document.value else {
      parser.complain("this document is no object of Kubernetes", at: document.location)
      return nil
    }
    let value = document.value
    guard let apiVersion = text("apiVersion", value["apiVersion"], document),
      let kind = text("kind", value["kind"], document),
      let name = text("metadata.name", value["metadata"]?["name"], document)
    else { return nil }
    guard let place = place(kind, apiVersion, document) else { return nil }
    guard Self.isSegment(name) else {
      parser.complain(
        "'\(name.prefix(60))' is no name of an object", at: document.at("metadata.name"))
      return nil
    }
    let namespace = value["metadata"]?["namespace"]
    guard isSound(namespace, kind, place, document) else { return nil }
    let json = value.encoded
    guard json.utf8.count <= Self.largest else {
      parser.complain("\(kind) '\(name)' is too large for a cluster", at: document.location)
      return nil
    }
    let object = ManifestObject(
      kind: kind, namespace: namespace?.text, name: name,
      path: ResourceKind.path(
        apiVersion: apiVersion, plural: place.plural, namespace: namespace?.text, name: name),
      json: json, images: images(kind, value, document), isCustom: place.isCustom)
    return Read(object: object, value: value, location: document.location)
  }

  /// Whether the name can stand in the path of a request as it is. (Kubernetes, "Object Names and
  /// IDs", "Path Segment Names")
  private static func isSegment(_ name: String) -> Bool {
    name != "." && name != ".."
      && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"/%?#".utf8.contains($0) }
  }

  private mutating func text(
    _ field: String, _ value: JSONValue?, _ document: DocumentParser.Document
  ) -> String? {
    if let text = value?.text, !text.isEmpty { return text }
    parser.complain(
      value == nil ? "an object has no '\(field)'" : "'\(field)' must be text",
      at: document.at(field))
    return nil
  }

  private mutating func place(
    _ kind: String, _ apiVersion: String, _ document: DocumentParser.Document
  ) -> Place? {
    let parts = apiVersion.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let group = parts.count == 2 ? parts[0] : ""
    let version = parts[parts.count - 1]
    if kind == "Secret", group.isEmpty {
      parser.complain(
        "a Secret stands in the manifest", at: document.at("kind"),
        note:
          "secrets never stand in a manifest; those that are restored are named in 'restoreSecrets'"
      )
      return nil
    }
    if let custom = kinds[kind], custom.group == group {
      if custom.served.contains(version) {
        return Place(
          plural: custom.plural, isNamespaced: custom.isNamespaced, isCustom: true)
      }
    } else if let known = ResourceKind.named(kind, group: group), parts.count <= 2 {
      if known.versions.contains(version) {
        return Place(plural: known.plural, isNamespaced: known.isNamespaced, isCustom: false)
      }
    } else {
      parser.complain(
        "nobody knows the kind '\(kind.prefix(60))' of '\(apiVersion.prefix(60))'",
        at: document.at("kind"),
        note: "it is none of Kubernetes' own, and the manifest defines none")
      return nil
    }
    parser.complain(
      "'\(apiVersion.prefix(60))' is no version of the kind '\(kind)'",
      at: document.at("apiVersion"))
    return nil
  }

  /// Whether the object names a namespace if and only if it belongs to one.
  private mutating func isSound(
    _ value: JSONValue?, _ kind: String, _ place: Place, _ document: DocumentParser.Document
  ) -> Bool {
    switch (value, place.isNamespaced) {
    case (nil, false): return true
    case (.text(let name)?, true)
    where name.wholeMatch(of: /[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?/) != nil:
      return true
    case (nil, true):
      parser.complain("a \(kind) has no 'metadata.namespace'", at: document.at("metadata"))
    case (.some, true):
      parser.complain(
        "'metadata.namespace' is no name of a namespace", at: document.at("metadata.namespace"))
    case (.some, false):
      parser.complain(
        "a \(kind) stands in a namespace, and must not", at: document.at("metadata.namespace"))
    }
    return false
  }

  private mutating func images(
    _ kind: String, _ value: JSONValue, _ document: DocumentParser.Document
  ) -> [String] {
    let spec: JSONValue?
    switch kind {
    case "DaemonSet", "Deployment", "Job", "StatefulSet": spec = value["spec"]?["template"]?["spec"]
    case "CronJob": spec = value["spec"]?["jobTemplate"]?["spec"]?["template"]?["spec"]
    default: return []
    }
    let containers = ["initContainers", "containers"].flatMap { spec?[$0]?.list ?? [] }
    let images = containers.map { $0["image"]?.text ?? "" }
    if images.isEmpty || images.contains(where: { $0.isEmpty || $0.contains(" ") }) {
      parser.complain("a container of this \(kind) names no image", at: document.location)
    }
    return images
  }
}

extension DocumentParser.Document {
  /// Where the field stands; where the object begins when it was left out.
  func at(_ field: String) -> SourceLocation { places[field] ?? location }
}

// MARK: What only the whole manifest shows

extension ObjectReader {
  private static let everywhere: Set<String> = [
    "default", "kube-system", "kube-public", "kube-node-lease",
  ]

  mutating func checkTogether(_ objects: [Read]) {
    var first: [String: Int] = [:]
    for read in objects {
      if let line = first[read.object.path] {
        parser.complain(
          "\(read.object.kind) '\(read.object.name)' stands twice", at: read.location,
          note: "the first one is in line \(line)")
      }
      first[read.object.path] = first[read.object.path] ?? read.location.line
    }
    let made = Set(objects.map(\.object).filter { $0.kind == "Namespace" }.map(\.name))
    for read in objects {
      guard let namespace = read.object.namespace, !made.contains(namespace),
        !Self.everywhere.contains(namespace)
      else { continue }
      parser.complain(
        "the namespace '\(namespace)' is not in the manifest", at: read.location)
    }
  }

  /// Whether it is the engine's at all.
  mutating func checkEngine(_ manifest: EngineManifest, path: String) {
    let kit = EngineKit.of(manifest.engine)
    var missing: [String] = []
    if !manifest.objects.contains(where: { $0.kind == "Namespace" && $0.name == kit.namespace }) {
      missing.append("Namespace \(kit.namespace)")
    }
    for (kind, group) in kit.kinds.sorted(by: { $0.key < $1.key })
    where manifest.customKinds[kind]?.group != group { missing.append("kind \(kind)") }
    for name in kit.controllers
    where !manifest.objects.contains(where: { $0.kind == "Deployment" && $0.name == name }) {
      missing.append("Deployment \(name)")
    }
    guard !missing.isEmpty else { return }
    parser.complain(
      "this is no install manifest of \(kit.title): it lacks \(missing.joined(separator: ", "))",
      at: SourceLocation(file: path, line: 1, column: 1), note: kit.advice)
  }
}
