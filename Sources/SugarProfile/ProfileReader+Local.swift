internal import SugarModel

extension ProfileReader {
  static let localKeys = ["base", "admin", "gitops", "secrets"]

  /// Lays `fleet.local.yaml` over the profile: its base replaces the fleet's, its keys, recipients
  /// and references come after the fleet's, and what it says of GitOps counts before what the fleet
  /// says.
  static func apply(_ local: FleetText, to profile: inout Profile?, _ reading: Reading) {
    guard let root = root(of: local, reading, isTop: false) else { return }
    let allowed = refusing(FleetShape.fleet.keys, except: localKeys, in: root, "", reading)
    let own = MappingCursor(
      allowed, at: root.location, path: "", keys: localKeys,
      reading: reading)
    if var base = own.optional("base", base) {
      base.replacedBy = local.path
      profile?.base = base
    }
    if let words = own.optional("gitops", gitops) {
      let all = words.over(profile?.gitops)
      profile?.gitops = all
    }
    if let settings = own.optional("secrets", { secrets($0, after: profile?.secrets ?? .init()) }) {
      profile?.secrets = settings
    }
    guard let admin = own.value("admin") else { return }
    let first = profile?.admin.sshAuthorizedKeys.count ?? 0
    var value = admin.value
    if case .mapping = value.content {
      value.content = .mapping(
        refusing(["user", "sudo"], except: [], in: value, "admin.", reading))
    }
    let cursor = ValueCursor(value: value, path: admin.path, reading: reading)
    let keys = cursor.mapping(["sshAuthorizedKeys"])?.optional("sshAuthorizedKeys") {
      authorizedKeys($0, from: first)
    }
    profile?.admin.sshAuthorizedKeys += keys ?? []
  }

  /// The entries of the mapping without those that only `fleet.yaml` may have; each of these is an
  /// error.
  private static func refusing(
    _ names: [String], except allowed: [String], in value: YAMLValue, _ prefix: String,
    _ reading: Reading
  ) -> [YAMLEntry] {
    guard case .mapping(let entries) = value.content else { return [] }
    return entries.filter { entry in
      guard names.contains(entry.key), !allowed.contains(entry.key) else { return true }
      reading.error(
        "'\(prefix)\(entry.key)' can only stand in fleet.yaml", at: entry.keyLocation,
        note:
          "this file replaces 'base', adds to 'admin.sshAuthorizedKeys' and 'secrets', and fills in 'gitops'"
      )
      return false
    }
  }

  /// Public keys; `first` is the number of those that came before, which their paths go on from.
  static func authorizedKeys(_ value: ValueCursor, from first: Int) -> [String]? {
    first > 0
      ? value.list("", from: first) { $0.text(SSHPublicKey.objection) }
      : value.texts(SSHPublicKey.objection)
  }
}
