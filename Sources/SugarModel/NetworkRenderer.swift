/// What brings a node's networks up.
public enum NetworkRenderer: String, Hashable, Sendable, Codable, CaseIterable {
  /// NetworkManager, by its own keyfiles. (nm-settings-keyfile(5))
  case networkManager = "NetworkManager"
  /// systemd-networkd, by netplan. (netplan(5))
  case networkd = "systemd-networkd"

  /// The service that reads its configuration when it starts.
  public var service: String { "\(rawValue).service" }

  /// Where its configuration stands.
  public var folder: String {
    switch self {
    case .networkManager: "/etc/NetworkManager/system-connections"
    case .networkd: "/etc/netplan"
    }
  }

  /// How the names of its files end.
  public var suffix: String {
    switch self {
    case .networkManager: ".nmconnection"
    case .networkd: ".yaml"
    }
  }
}
