import SugarCloudInit
import Testing

/// The texts that cloud-init reads, byte for byte.
@Suite struct CloudInitSeedTests {
  static let seed = CloudInitSeed(
    hostname: "sugarkube0", instanceID: "sugar-sugarkube0-0123456789ab")

  private static let common = """
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

  @Test func configuration() {
    #expect(
      Self.seed.configuration == Self.common + """
        datasource_list: [ NoCloud, None ]
        datasource:
          NoCloud:
            seedfrom: file:///var/lib/cloud/seed/nocloud/
        network:
          config: disabled

        """)
  }

  @Test func userData() {
    #expect(Self.seed.userData == "#cloud-config\n" + Self.common)
  }

  @Test func metaData() {
    #expect(
      Self.seed.metaData
        == "instance-id: sugar-sugarkube0-0123456789ab\nlocal-hostname: sugarkube0\n")
  }

  /// cloud-init runs anew when the content is another, and only then.
  @Test func instanceIDFollowsTheContent() {
    let digest = "0123456789abcdef" + String(repeating: "0", count: 48)
    #expect(CloudInitSeed.instanceID(node: "n", contentDigest: digest) == "sugar-n-0123456789ab")
    #expect(
      CloudInitSeed.instanceID(node: "n", contentDigest: "1" + digest) == "sugar-n-10123456789a")
  }

  @Test func places() {
    #expect(CloudInitSeed.folder == "/var/lib/cloud/seed/nocloud")
    #expect(CloudInitSeed.configurationPath == "/etc/cloud/cloud.cfg.d/zz-sugarimage.cfg")
  }
}
