/// The rules of Kubernetes for labels and taints that a kubelet gives its own node.
///
/// Each rule gives what is wrong, as the end of a sentence that begins with the text, or nil.
enum KubernetesSyntax {
  /// A label key that a kubelet may set on its node: `sugarkube.env`,
  /// `topology.kubernetes.io/zone`.
  static func labelKey(_ key: String) -> String? {
    qualifiedName(key, what: "label key") ?? forbiddenLabel(key)
  }

  /// A label value; it may be empty in Kubernetes, and here as well.
  static func labelValue(_ value: String) -> String? {
    if value.isEmpty { return nil }
    return name(value) == nil ? nil : "is no label value (\(nameRule))"
  }

  /// `key=value:Effect` or `key:Effect`
  static func taint(_ text: String) -> String? {
    guard let colon = text.lastIndex(of: ":") else { return "must be key=value:Effect" }
    let effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"]
    let effect = String(text[text.index(after: colon)...])
    guard effects.contains(effect) else {
      return "must end with an effect: \(effects.joined(separator: ", "))"
    }
    let parts = text[..<colon].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    if let wrong = qualifiedName(String(parts[0]), what: "taint key") { return wrong }
    guard parts.count == 2, labelValue(String(parts[1])) != nil else { return nil }
    return "has a value that Kubernetes does not allow (\(nameRule))"
  }

  /// Key and effect of a taint, which together may stand only once on a node.
  static func taintIdentity(_ text: String) -> String {
    let key = text.prefix { $0 != "=" && $0 != ":" }
    return "\(key):\(text.split(separator: ":").last ?? "")"
  }

  private static let nameRule =
    "at most 63 letters, digits, '-', '_' and '.', a letter or digit at both ends"

  private static func qualifiedName(_ key: String, what: String) -> String? {
    let parts = key.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(
      String.init)
    if parts.count == 2 {
      if let wrong = NameSyntax.domain(parts[0]) { return "is no \(what): its prefix \(wrong)" }
      return name(parts[1]) == nil ? nil : "is no \(what) (\(nameRule))"
    }
    return name(key) == nil ? nil : "is no \(what) (\(nameRule))"
  }

  private static func name(_ text: String) -> String? {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, let last = bytes.last, bytes.count <= 63,
      NameSyntax.isWord(first), NameSyntax.isWord(last),
      bytes.allSatisfy({ NameSyntax.isWord($0) || [0x2d, 0x5f, 0x2e].contains($0) })
    else { return nameRule }
    return nil
  }

  /// The kubelet refuses to start with these (`--node-labels`), or the API server refuses its node
  /// (NodeRestriction).
  private static func forbiddenLabel(_ key: String) -> String? {
    guard let slash = key.firstIndex(of: "/") else { return nil }
    let prefix = key[..<slash]
    if prefix == "sugarimage.dev" { return "belongs to sugarimage, which sets it itself" }
    if prefix == "node-role.kubernetes.io" {
      return "cannot be set by a node on itself; it follows from the role"
    }
    guard isWithin(prefix, "kubernetes.io") || isWithin(prefix, "k8s.io") else { return nil }
    if isWithin(prefix, "kubelet.kubernetes.io") || isWithin(prefix, "node.kubernetes.io") {
      return nil
    }
    if key == "topology.kubernetes.io/region" || key == "topology.kubernetes.io/zone" { return nil }
    if ownLabels.contains(key) { return "is set by the kubelet itself" }
    return "cannot be set by a node on itself; in kubernetes.io and k8s.io only "
      + "topology.kubernetes.io/region, topology.kubernetes.io/zone and node.kubernetes.io/… can"
  }

  private static let ownLabels: Set<String> = [
    "kubernetes.io/hostname", "kubernetes.io/arch", "kubernetes.io/os", "beta.kubernetes.io/arch",
    "beta.kubernetes.io/os", "beta.kubernetes.io/instance-type",
    "failure-domain.beta.kubernetes.io/region", "failure-domain.beta.kubernetes.io/zone",
  ]

  private static func isWithin(_ prefix: Substring, _ domain: String) -> Bool {
    prefix == domain || prefix.hasSuffix("." + domain)
  }
}
