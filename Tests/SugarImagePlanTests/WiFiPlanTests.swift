import SugarModel
import Testing

@testable import SugarImagePlan
@testable import SugarProfile

/// Wi-Fi in the images of the nodes that use it, and nothing of it in any other.
@Suite struct WiFiPlanTests {
  private static let connections = "/etc/NetworkManager/system-connections"
  private static let users = ["sugarkube2", "sugarkube7"]

  /// The three-by-three with two networks, of which the spare and an agent make use.
  private static func profile() throws -> Profile {
    var profile = try PlanFixture.profile("sugarkube-3x3")
    profile.planes.append(
      NetworkPlane(
        name: "air", purpose: .wan, subnet: nil, gateway: nil, dns: [], vlan: nil, drivers: [],
        metric: nil,
        wifi: [
          WiFiNetwork(ssid: "home-ssid", psk: "home-psk", country: nil, priority: 10),
          WiFiNetwork(ssid: "shed-ssid", psk: "shed-psk", country: "CH", priority: 0),
        ]))
    for index in [2, 7] {
      profile.nodes[index].planes["air"] = NodePlane(address: nil, mac: nil)
    }
    return profile
  }

  private static func plan(
    _ node: String, _ change: (inout PlanInputs) -> Void = { _ in }
  ) throws -> ImagePlan {
    var inputs = PlanFixture.inputs(try profile())
    change(&inputs)
    return try ImagePlanner.plan(node, inputs)
  }

  private static func keyfiles(_ plan: ImagePlan) -> [String: [KeyfilePart]] {
    var result: [String: [KeyfilePart]] = [:]
    for case .write(let path, .keyfile(let parts), let access, _) in plan.steps.map(\.step) {
      #expect(access == .privateFile, "NetworkManager ignores files that others may read")
      #expect(path.volume == .root)
      result[path.path] = parts
    }
    return result
  }

  @Test func thoseWhoUseItHaveIt() throws {
    var uuids: Set<Substring> = []
    for node in Self.users {
      let plan = try Self.plan(node)
      let files = Self.keyfiles(plan)
      #expect(
        files.mapValues(\.secrets) == [
          "\(Self.connections)/wifi-1.nmconnection": [
            .wifiSSID(file: "home-ssid"), .wifiKey(file: "home-psk"),
          ],
          "\(Self.connections)/wifi-2.nmconnection": [
            .wifiSSID(file: "shed-ssid"), .wifiKey(file: "shed-psk"),
          ],
        ])
      for parts in files.values {
        uuids.insert(try #require(parts.shown.firstMatch(of: /uuid=(.*)/)).1)
      }
      let cmdline = try #require(plan.text(of: ImagePath(.boot, "cmdline.txt")))
      #expect(cmdline.split(separator: " ").contains("cfg80211.ieee80211_regdom=CH"))
      #expect(
        plan.text(of: ImagePath(.root, "/var/lib/NetworkManager/NetworkManager.state"))
          == "[main]\nNetworkingEnabled=true\nWirelessEnabled=true\nWWANEnabled=true\n")
      // Bounded, and its end counts as good however it ends.
      let waiting =
        "/etc/systemd/system/NetworkManager-wait-online.service.d/sugarimage.conf"
      #expect(
        try #require(plan.text(of: ImagePath(.root, waiting))).hasSuffix(
          "[Service]\nExecStart=\nExecStart=-/usr/bin/nm-online -s -q --timeout=30\n"))
      // A plane on the air is no wired connection as well.
      #expect(plan.text(of: ImagePath(.root, "\(Self.connections)/air.nmconnection")) == nil)
      #expect(plan.identity.networks.map(\.name) == ["lan", "air"])
    }
    #expect(uuids.count == 4)
  }

  @Test func nobodyElseHasAnythingOfIt() throws {
    let before = try PlanFixture.inputs("sugarkube-3x3")
    for node in before.profile.nodes.map(\.hostname) where !Self.users.contains(node) {
      let plan = try Self.plan(node)
      #expect(Self.keyfiles(plan).isEmpty)
      #expect(plan.digest == (try ImagePlanner.plan(node, before).digest), "\(node)")
    }
  }

  /// The numbers of the files are those of the fleet's list, whichever plane a node is on.
  @Test func anotherPlaneGoesOnCounting() throws {
    let plan = try Self.plan("sugarkube3") { inputs in
      var plane = inputs.profile.planes[1]
      plane.name = "shed"
      plane.wifi = [WiFiNetwork(ssid: "barn", psk: "barn-psk", country: nil, priority: 0)]
      inputs.profile.planes.append(plane)
      inputs.profile.nodes[3].planes["shed"] = NodePlane(address: nil, mac: "b8:27:eb:01:02:03")
    }
    let files = Self.keyfiles(plan)
    #expect(files.keys.sorted() == ["\(Self.connections)/wifi-3.nmconnection"])
    #expect(files.values.first?.shown.contains("mac-address=B8:27:EB:01:02:03\n") == true)
  }

  /// What a person reads: every line, and in place of the secrets what they are.
  @Test func thePlanHidesTheSecrets() throws {
    let text = try Self.plan("sugarkube7").text(contents: true)
    let row =
      "  + \(Self.connections)/wifi-1.nmconnection  0600 root with <hidden: SSID home-ssid>, "
      + "<hidden: Wi-Fi key home-psk>  (Wi-Fi of network air)\n"
    #expect(text.contains(row + "      | # Written by sugarimage\n      | [connection]\n"))
    #expect(text.contains("      | [wifi]\n      | ssid=<hidden: SSID home-ssid>\n"))
    #expect(text.contains("      | psk=<hidden: Wi-Fi key shed-psk>\n"))
    #expect(text.contains("      + cfg80211.ieee80211_regdom=CH\n"))
  }

  @Test func aWordOfTheBaseGivesWay() throws {
    let plan = try Self.plan("sugarkube7") {
      $0.facts.bootTexts["cmdline.txt"] = "a cfg80211.ieee80211_regdom=GB b\n"
    }
    let cmdline = try #require(plan.text(of: ImagePath(.boot, "cmdline.txt")))
    #expect(cmdline.hasPrefix("a cfg80211.ieee80211_regdom=CH b root="))
  }

  @Test func aBaseThatCannotIsNoted() throws {
    let note = "the base has no wpa_supplicant: the node can join no Wi-Fi network"
    #expect(try Self.plan("sugarkube7").notes.contains(note))
    #expect(try !Self.plan("sugarkube6").notes.contains(note))
    let able = try Self.plan("sugarkube7") {
      $0.facts.rootPaths.insert("/usr/sbin/wpa_supplicant")
    }
    #expect(!able.notes.contains(note))
  }
}
