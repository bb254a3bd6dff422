public import SugarModel

extension ImagePlan {
  /// The secrets that the image gets, each once, in the plan's order.
  public var secrets: [SecretName] {
    var seen: Set<SecretName> = []
    return steps.flatMap { planned -> [SecretName] in
      guard case .write(_, let content, _, _) = planned.step else { return [] }
      switch content {
      case .secret(let name): return [name]
      case .keyfile(let parts), .netplan(let parts):
        return parts.secrets
      case .handOff(_, let names): return names.sorted { $0.key < $1.key }.map(\.value)
      case .text, .asset: return []
      }
    }.filter { seen.insert($0).inserted }
  }
}
