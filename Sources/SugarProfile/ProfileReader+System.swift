internal import SugarModel

extension ProfileReader {
  static func system(_ top: MappingCursor) -> SystemSettings {
    SystemSettings(
      timezone: top.value("timezone", default: "Etc/UTC") { $0.text(NameSyntax.timezone) },
      locale: top.value("locale", default: "C.UTF-8") { $0.text(NameSyntax.locale) },
      ntp: top.value("ntp", default: []) { $0.texts(NameSyntax.domain) },
      clock: top.value("clock", default: .require) { $0.word(ClockPolicy.self) },
      modules: top.value("modules", default: []) { $0.texts(NameSyntax.module) },
      sysctl: top.value("sysctl", default: [:], sysctl),
      journald: top.value("journald", default: .standard, journald),
      watchdogSeconds: top.optional("watchdog", watchdog),
      nmUnmanaged: top.value("nmUnmanaged", default: []) { $0.texts(NameSyntax.interfacePattern) },
      registryMirrors: top.value("registries", default: [:], registries))
  }

  private static func sysctl(_ value: ValueCursor) -> [String: String]? {
    lines(value, NameSyntax.sysctl)
  }

  /// Values of one line each. They are numbers more often than not, so those may stand without
  /// quotes.
  static func lines(_ value: ValueCursor, _ key: (String) -> String?) -> [String: String]? {
    guard let entries = value.entries(key) else { return nil }
    return entries.reduce(into: [:]) { result, entry in
      if case .scalar(let scalar) = entry.value.value.content, ScalarKind(scalar) == .number {
        result[entry.key] = entry.value.number(in: Int.min...Int.max).map(String.init)
      } else {
        result[entry.key] = entry.value.text(NameSyntax.line)
      }
    }
  }

  private static func journald(_ value: ValueCursor) -> Journald? {
    guard let journald = value.mapping(.journald) else { return nil }
    let standard = Journald.standard
    return Journald(
      storage: journald.value("storage", default: standard.storage) {
        $0.word(Journald.Storage.self)
      },
      maxUse: journald.optional("maxUse") { $0.size() } ?? standard.maxUse)
  }

  private static func watchdog(_ value: ValueCursor) -> Int? {
    guard let watchdog = value.mapping(.watchdog) else { return nil }
    return watchdog.required("runtimeSeconds", 600) { $0.number(in: 10...3600) }
  }

  private static func registries(_ value: ValueCursor) -> [String: [String]]? {
    guard let registries = value.mapping(.registries) else { return nil }
    return registries.required("mirrors", [:]) { mirrors in
      mirrors.entries(registryName)?.reduce(into: [:]) { result, entry in
        guard let endpoints = entry.value.texts(endpoint) else { return }
        if endpoints.isEmpty { let _: Int? = entry.value.fail("'\(entry.key)' has no mirror") }
        result[entry.key] = endpoints
      }
    }
  }

  /// `docker.io`, `registry.home.arpa:5000`, or `*` for all others.
  private static func registryName(_ text: String) -> String? {
    if text == "*" { return nil }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let isPort = parts.count == 2 && UInt16(parts[1]) != nil
    guard parts.count == 1 || isPort else { return "is no name of a registry" }
    return NameSyntax.domain(String(parts[0]))
  }

  private static func endpoint(_ text: String) -> String? {
    let rest = ["https://", "http://"].first { text.hasPrefix($0) }.map { text.dropFirst($0.count) }
    guard let rest, !rest.isEmpty, !rest.hasPrefix("/"), !text.contains(where: \.isWhitespace)
    else {
      return "is no address of a registry (https://…)"
    }
    return nil
  }

  static func bootFiles(_ top: MappingCursor) -> BootFiles {
    let cmdline = top.optional("cmdline") { $0.mapping(.cmdline) }
    return BootFiles(
      configTxt: top.value("configTxt", default: []) { $0.texts(configLine) },
      cmdlineAdd: cmdline?.value("add", default: []) { $0.texts(NameSyntax.kernelToken) } ?? [],
      cmdlineRemove: cmdline?.value("remove", default: []) { $0.texts(NameSyntax.kernelToken) }
        ?? [])
  }

  /// The firmware reads at most 98 characters of a line, and the filter is always `[all]`.
  private static func configLine(_ text: String) -> String? {
    if let wrong = NameSyntax.line(text) { return wrong }
    if text.hasPrefix("[") { return "is a filter; lines are always added under [all]" }
    return text.utf8.count > 98 ? "is longer than the 98 characters that the firmware reads" : nil
  }
}
