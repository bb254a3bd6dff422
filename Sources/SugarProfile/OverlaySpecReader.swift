public import SugarModel

/// Reads an `overlay.yaml` as strictly as a fleet.
public enum OverlaySpecReader {
  /// What the text says, and what is wrong with it. An empty text is no error: it says nothing.
  public static func read(_ text: FleetText) -> (spec: OverlaySpec, report: Report) {
    let reading = Reading(knowsFleets: false)
    let source = SourceText(text)
    reading.add(source)
    var spec = OverlaySpec()
    if !isBlank(text.text), let root = YAMLTreeReader.read(source, reading) {
      SecretCheck.run(on: root, reading)
      read(ValueCursor(value: root, path: "", reading: reading), into: &spec)
    }
    return (spec, reading.report.sorted())
  }

  /// Whether there is nothing but comments.
  private static func isBlank(_ text: String) -> Bool {
    text.split(whereSeparator: \.isNewline).allSatisfy { line in
      line.first { !$0.isWhitespace && $0 != "\u{feff}" }.map { $0 == "#" } ?? true
    }
  }

  private static func read(_ root: ValueCursor, into spec: inout OverlaySpec) {
    guard let top = root.mapping(["directories", "files"]) else { return }
    var seen: [String: Int] = [:]
    for (key, kind) in [("directories", OverlaySpec.Kind.directory), ("files", .file)] {
      guard let list = top.value(key)?.list(nil, { entry($0, kind) }) else { continue }
      for (index, entry) in list.enumerated() {
        guard let (path, value) = entry else { continue }
        let place = "\(key)[\(index)].path"
        if let line = seen[path] {
          let location = root.reading.places.location(of: place) ?? root.value.location
          root.reading.error(
            "'\(path)' stands twice", at: location, note: "the first one is in line \(line)")
        }
        seen[path] = seen[path] ?? root.reading.places.location(of: place)?.line
        spec.entries[path] = value
      }
    }
  }

  private static func entry(
    _ value: ValueCursor, _ kind: OverlaySpec.Kind
  ) -> (path: String, entry: OverlaySpec.Entry)?? {
    guard let entry = value.mapping(["path", "owner", "mode"]) else { return nil }
    let path = entry.required("path", "") { $0.text(self.path) }
    let standard: UInt16? = kind == .directory ? 0o755 : nil
    let result = OverlaySpec.Entry(
      kind: kind, owner: entry.value("owner", default: .root, owner),
      mode: entry.optional("mode", mode) ?? standard)
    return path.isEmpty ? nil : (path, result)
  }

  /// An absolute path on the root file system, spelled in the one way that names it.
  private static func path(_ text: String) -> String? {
    if !text.hasPrefix("/") { return "must be an absolute path on the node" }
    let parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    if parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) {
      return "must be spelled without '.', '..', doubled slashes and a slash at its end"
    }
    if parts.contains(where: { $0.utf8.count > 255 }) { return "has a part longer than 255 bytes" }
    if text == "/boot/firmware" || text.hasPrefix("/boot/firmware/") {
      return "is on the boot partition, which has no owners and modes; use 'bootfiles'"
    }
    return NameSyntax.filePath(text)
  }

  /// `root`, or `uid:gid` in numbers, since names mean nothing before the node has booted.
  private static func owner(_ value: ValueCursor) -> OverlaySpec.Owner? {
    guard let text = value.text() else { return nil }
    if text == "root" || text == "root:root" { return .root }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let ids = parts.compactMap { part in UInt32(part).flatMap { String($0) == part ? $0 : nil } }
    guard parts.count == 2, ids.count == 2, ids.allSatisfy({ $0 < 0xffff_fffe }) else {
      return value.fail(
        "'\(SecretWords.shown(text))' is no owner", note: "write \"uid:gid\" in numbers, or root")
    }
    return OverlaySpec.Owner(user: ids[0], group: ids[1])
  }

  /// Octal digits as text, since YAML reads 0644 as one thing here and another there.
  private static func mode(_ value: ValueCursor) -> UInt16? {
    guard let text = value.text() else { return nil }
    let isOctal =
      (3...4).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x37).contains($0) }
    guard isOctal, let mode = UInt16(text, radix: 8) else {
      return value.fail("'\(SecretWords.shown(text))' is no mode", note: "write it as \"0644\"")
    }
    guard mode & 0o6000 == 0 else {
      return value.fail(
        "the mode \(text) has a set-user-id or set-group-id bit, which no overlay needs")
    }
    if mode & 0o1002 == 0o0002 {
      value.reading.warn("everyone may write with the mode \(text)", at: value.value.location)
    }
    return mode
  }
}
