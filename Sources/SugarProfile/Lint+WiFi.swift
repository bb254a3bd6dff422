internal import SugarModel

extension Draft {
  /// Every Wi-Fi network of every plane, in the order of the text.
  fileprivate var wifi: [Item<WiFiNetwork>] {
    planes.flatMap { plane in
      plane.value.wifi.enumerated().map {
        Item<WiFiNetwork>(value: $1, path: "\(plane.path).wifi[\($0)]")
      }
    }
  }
}

extension Lint {
  /// The kernel has one regulatory domain, and until it knows it, Raspberry Pi OS keeps Wi-Fi off.
  static func wifiHasOneCountry(_ draft: Draft) -> [Diagnostic] {
    let paths = draft.wifi.map { "\($0.path).country" }
    guard let first = draft.wifi.first, paths.allSatisfy(draft.isSound) else { return [] }
    let countries = zip(draft.wifi, paths).compactMap { network, path in
      network.value.country.map { (code: $0, path: path) }
    }
    guard let known = countries.first else {
      return [
        draft.error(
          "'country' is missing: without it Wi-Fi stays off", at: first.path,
          note: "write the country that the nodes are in, such as 'country: CH'; once is enough")
      ]
    }
    return countries.filter { $0.code != known.code }.map {
      draft.error(
        "the Wi-Fi of one fleet is in two countries, \(known.code) and \($0.code)", at: $0.path,
        note: draft.otherOne(known.path))
    }
  }

  static func wifiNetworksAreUnique(_ draft: Draft) -> [Diagnostic] {
    draft.planes.flatMap { plane in
      repeated(
        plane.value.wifi.enumerated().map { ($1.ssid, "\(plane.path).wifi[\($0)].ssidRef") }, draft
      ) { "the network '\($0)' stands twice in the plane '\(plane.value.name)'" }
    }
  }

  /// A path to the world by Wi-Fi is the second best: who has a cable should use it.
  ///
  /// NetworkManager's own metrics are 100 for Ethernet, 400 for VLANs and 600 for Wi-Fi.
  static func cablesArePreferred(_ draft: Draft) -> [Diagnostic] {
    let wired = draft.planes.filter {
      !$0.value.isWiFi && ($0.value.gateway != nil || $0.value.subnet == nil)
    }
    return draft.planes.filter(\.value.isWiFi).compactMap { plane in
      let metric = plane.value.metric ?? NetworkPlane.wifiMetric
      guard draft.isSound("\(plane.path).metric"),
        let other = wired.first(where: {
          metric <= $0.value.usualMetric && draft.isSound("\($0.path).metric")
        })
      else { return nil }
      return draft.warning(
        "nodes will prefer the Wi-Fi of '\(plane.value.name)' (metric \(metric)) to the cable of "
          + "'\(other.value.name)' (metric \(other.value.usualMetric))",
        at: "\(plane.path).metric", note: "the default route with the lowest 'metric' is used")
    }
  }

  /// The connections of Wi-Fi networks are called `wifi-1`, `wifi-2` …, those of wired planes as
  /// the planes.
  static func wifiNamesAreFree(_ draft: Draft) -> [Diagnostic] {
    let names = draft.wifi.indices.map { "wifi-\($0 + 1)" }
    return draft.planes.filter { names.contains($0.value.name) }.map {
      draft.error(
        "'\($0.value.name)' is what a Wi-Fi connection of this fleet is called",
        at: "\($0.path).name", note: "give the plane another name")
    }
  }

  static func wifiCountryIsSaidOnce(_ draft: Draft) -> [Diagnostic] {
    guard !draft.wifi.isEmpty else { return [] }
    return draft.profile.boot.cmdlineAdd.enumerated().compactMap { index, word in
      guard word.hasPrefix("cfg80211.ieee80211_regdom=") else { return nil }
      return draft.error(
        "'cfg80211.ieee80211_regdom' is written by sugarimage", at: "cmdline.add[\(index)]",
        note: "the 'country' of a network in 'wifi' sets it")
    }
  }
}

extension NetworkPlane {
  /// NetworkManager's own metric of Wi-Fi. (`ipv4.route-metric` of nm-settings(5))
  public static let wifiMetric = 600

  /// The metric that the routes of a wired plane have.
  fileprivate var usualMetric: Int { metric ?? (vlan == nil ? 100 : 400) }
}
