public import SugarModel

/// Reads an engine's install manifest, and says at which line it is wrong.
///
/// Text in, values out: it opens no file.
public enum ManifestReader {
  /// The manifest is nil when the report has errors.
  public static func read(
    _ text: String, path: String, engine: GitOpsEngine
  ) -> (manifest: EngineManifest?, report: Report) {
    var parser = DocumentParser(path: path)
    let documents = parser.documents(of: text)
    guard parser.report.isEmpty else { return (nil, parser.report) }
    guard !documents.isEmpty else {
      parser.complain(
        "the file holds no object", at: SourceLocation(file: path, line: 1, column: 1))
      return (nil, parser.report)
    }
    var reader = ObjectReader(parser: parser, kinds: customKinds(documents))
    let objects = documents.compactMap { reader.object($0) }
    reader.checkTogether(objects)
    let manifest = EngineManifest(
      engine: engine, version: version(objects), standIn: standIn(objects, engine),
      objects: objects.map(\.object), customKinds: reader.kinds)
    if reader.parser.report.isEmpty { reader.checkEngine(manifest, path: path) }
    let report = reader.parser.report
    return (report.hasErrors ? nil : manifest, report)
  }

  private static func customKinds(
    _ documents: [DocumentParser.Document]
  ) -> [String: CustomKind] {
    var result: [String: CustomKind] = [:]
    for document in documents where document.value["kind"]?.text == "CustomResourceDefinition" {
      guard let spec = document.value["spec"], let group = spec["group"]?.text,
        let kind = spec["names"]?["kind"]?.text, let plural = spec["names"]?["plural"]?.text,
        let versions = spec["versions"]?.list
      else { continue }
      let served = versions.filter { $0["served"] == true }.compactMap { $0["name"]?.text }
      guard let stored = versions.first(where: { $0["storage"] == true })?["name"]?.text else {
        continue
      }
      result[kind] = CustomKind(
        group: group, version: stored, served: served, plural: plural,
        isNamespaced: spec["scope"]?.text == "Namespaced")
    }
    return result
  }

  /// The first object that tells a release tells the whole manifest's.
  private static func version(_ objects: [ObjectReader.Read]) -> String? {
    objects.lazy.compactMap { read in
      read.value["metadata"]?["labels"]?["app.kubernetes.io/version"]?.text
    }.first { $0.wholeMatch(of: /v?[0-9][0-9A-Za-z.+-]{0,62}/) != nil }
  }

  /// What a stand-in says of itself, in an annotation of the engine's namespace.
  private static func standIn(_ objects: [ObjectReader.Read], _ engine: GitOpsEngine) -> String? {
    let kit = EngineKit.of(engine)
    return objects.first { $0.object.kind == "Namespace" && $0.object.name == kit.namespace }
      .flatMap { $0.value["metadata"]?["annotations"]?[standInKey]?.text }
  }

  static let standInKey = "sugarimage.dev/stand-in"
}
