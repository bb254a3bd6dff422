/// A Wi-Fi network. What it is called and what opens it stand in files of `secrets/wifi/`.
public struct WiFiNetwork: Hashable, Sendable {
  /// Name of the file that holds the SSID.
  public var ssid: String
  /// Name of the file that holds the passphrase, or the 64 hex digits of the key.
  public var psk: String
  /// Where the fleet is, by the two letters of ISO 3166. Standing with one network, it holds for all.
  public var country: String?
  /// Of the networks in reach, the one with the highest number is joined.
  /// (`connection.autoconnect-priority` of nm-settings(5))
  public var priority: Int
}

extension Profile {
  /// The country whose rules the radio follows; nil when no network names one.
  public var wifiCountry: String? { planes.flatMap(\.wifi).compactMap(\.country).first }
}
