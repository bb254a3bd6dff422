/// What cloud-init finds on a node: a configuration that makes it keep its hands off what the image
/// already holds, and a NoCloud seed.
///
/// The seed stands on the root file system, so that cloud-init never waits for the boot partition,
/// or where the system's own configuration looks for it.
///
/// (cloud-init docs, "NoCloud"; the race is canonical/cloud-init#6614)
public struct CloudInitSeed: Hashable, Sendable {
  /// Where cloud-init looks for a NoCloud seed of itself.
  public static let folder = "/var/lib/cloud/seed/nocloud"
  /// Read last of all files in its folder, so what it says holds.
  public static let configurationPath = "/etc/cloud/cloud.cfg.d/zz-sugarimage.cfg"

  /// `/etc/cloud/cloud.cfg.d/zz-sugarimage.cfg`
  public var configuration: String
  public var userData: String
  public var metaData: String

  /// - Parameters:
  ///   - instanceID: changes when the image's content does; cloud-init then treats the node as new.
  ///   - keepsSource: whether the seed is where the system's own configuration looks for it.
  public init(hostname: String, instanceID: String, keepsSource: Bool = false) {
    configuration = Self.handsOff + (keepsSource ? "" : Self.source) + Self.noNetwork
    userData = Self.userData
    metaData = "instance-id: \(instanceID)\nlocal-hostname: \(hostname)\n"
  }

  private static let handsOff = """
    # Written by sugarimage. The image holds its users, keys, names and networks already.
    preserve_hostname: true
    manage_etc_hosts: false
    ssh_deletekeys: false
    ssh_genkeytypes: [ ed25519, ecdsa ]
    users: []
    growpart:
      mode: "off"
    resize_rootfs: false

    """

  // What only the system's own configuration can say, besides.
  private static let source = """
    datasource_list: [ NoCloud, None ]
    datasource:
      NoCloud:
        seedfrom: file://\(folder)/

    """
  private static let noNetwork = """
    network:
      config: disabled

    """

  private static let userData = "#cloud-config\n" + handsOff

  /// `sugar-<node>-<first 12 hex digits of the content's digest>`
  public static func instanceID(node: String, contentDigest: String) -> String {
    "sugar-\(node)-\(contentDigest.prefix(12))"
  }
}
