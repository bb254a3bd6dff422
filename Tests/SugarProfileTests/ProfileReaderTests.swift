import Foundation
import SugarModel
import Testing

@testable import SugarProfile

/// What a valid fleet comes to: values, defaults and places.
struct ProfileReaderTests {
  private func profile(_ name: String) throws -> (profile: Profile, places: Places) {
    let fleet = try #require(try FixtureTests.text(name + ".yaml"))
    let reading = ProfileReader.read(fleet, local: try FixtureTests.text(name + ".local.yaml"))
    return (try #require(reading.profile), reading.places)
  }

  @Test func defaultsAreThoseOfTheReference() throws {
    let (profile, places) = try profile("valid-minimal")
    #expect(profile.fleet.generation == 1)
    #expect(profile.system.timezone == "Etc/UTC")
    #expect(profile.system.locale == "C.UTF-8")
    #expect(profile.system.journald == Journald.standard)
    #expect(profile.system.watchdogSeconds == nil)
    #expect(profile.nodeIPPlane == "lan")
    #expect(profile.planes[0].drivers == ["macb", "bcmgenet", "virtio_net"])
    #expect(profile.admin.sudo)
    #expect(profile.hardware.pcieGen == nil)
    let cluster = profile.clusters[0]
    #expect(cluster.clusterDomain == "cluster.local")
    #expect(cluster.cni == .flannelVXLAN)
    #expect(cluster.kubeProxy == .nftables)
    #expect(cluster.api.port == 6443)
    #expect(cluster.exposure == Cluster.Exposure.none)
    #expect(cluster.tierLabel == nil)
    #expect(profile.nodes[1].generation == 1)
    #expect(!places.isWritten("clusters[0].cni"))
  }

  @Test func everyFieldIsRead() throws {
    let (profile, _) = try profile("valid-everything")
    #expect(profile.fleet.tierLabel == "demo.env")
    #expect(profile.system.sysctl["net.ipv4.ip_forward"] == "1")
    #expect(profile.system.registryMirrors["docker.io"] == ["https://mirror.home.arpa:5000"])
    #expect(profile.system.journald.maxUse == .mib(64))
    #expect(profile.system.watchdogSeconds == 600)
    #expect(profile.planes[1].vlan == VLAN(id: 8, parent: "lan"))
    #expect(profile.planes[1].drivers == [])
    let cluster = profile.clusters[0]
    #expect(cluster.tierLabel == "demo.tier")
    #expect(cluster.kubeProxy == .iptables)
    #expect(cluster.lbPool?.first.description == "192.168.1.240")
    #expect(cluster.config["kubelet-arg"] == .list(["max-pods=50"]))
    #expect(cluster.config["kube-apiserver-arg+"] == .list(["v=2"]))
    #expect(cluster.config["debug"] == .flag(true))
    #expect(cluster.config["v"] == .number(2))
    let node = profile.nodes[1]
    #expect(node.spare && node.generation == 3)
    #expect(node.position == Node.Position(carrier: 1, slot: 2))
    #expect(node.labels == ["demo.slot": "2"])
  }

  @Test func localFileReplacesTheBaseAndAddsKeys() throws {
    let (profile, places) = try profile("valid-local")
    #expect(profile.base.source == .file("/srv/images/base.img.xz"))
    #expect(profile.base.replacedBy == "valid-local.local.yaml")
    #expect(profile.admin.sshAuthorizedKeys.count == 2)
    #expect(places.location(of: "base.path")?.file == "valid-local.local.yaml")
    #expect(places.location(of: "admin.sshAuthorizedKeys[0]")?.file == "valid-local.yaml")
    #expect(places.location(of: "admin.sshAuthorizedKeys[1]")?.file == "valid-local.local.yaml")
  }

  @Test(arguments: [
    ("int", "staging"), ("integration", "staging"), ("staging", "staging"), ("dev", "dev"),
  ])
  func tierIsNormalised(written: String, expected: String) throws {
    let minimal = try #require(try FixtureTests.text("valid-minimal.yaml"))
    let text = minimal.text.replacing("tier: prod", with: "tier: \(written)")
    let reading = ProfileReader.read(FleetText(path: "fleet.yaml", text: text))
    #expect(reading.profile?.clusters[0].tier == expected)
    #expect(reading.report.diagnostics == [])
  }

  @Test func placesServeWhoeverFindsAFault() throws {
    let (_, places) = try profile("valid-everything")
    let diagnostic = places.diagnostic(.error, "no such folder", at: "overlays[0]", note: "make it")
    #expect(
      diagnostic.description == """
        valid-everything.yaml:30:12: error: no such folder
            overlays: [k3s-host]
                       ^
            note: make it
        """)
    // A field that was left out is shown at what it would stand in.
    #expect(
      places.location(of: "clusters[0].api.none")?.line
        == places.location(of: "clusters[0].api")?.line)
    #expect(places.location(of: "nowhere")?.line == 1)
  }

  @Test func overlaySpecSaysOwnersAndModes() throws {
    let text = try #require(try FixtureTests.text("valid-overlay-full.yaml"))
    let spec = OverlaySpecReader.read(text).spec
    #expect(spec.directories == ["/etc/demo", "/var/lib/demo"])
    #expect(spec.directory(at: "/var/lib/demo").mode == 0o700)
    #expect(spec.directory(at: "/var/lib/demo").owner == OverlaySpec.Owner(user: 1000, group: 1000))
    #expect(spec.directory(at: "/etc/demo").mode == 0o755)
    #expect(spec.file(at: "/etc/demo/key.conf", isExecutable: true).mode == 0o600)
    #expect(spec.file(at: "/usr/bin/x", isExecutable: true).mode == 0o755)
    #expect(spec.file(at: "/etc/x", isExecutable: false).mode == 0o644)
    #expect(spec.file(at: "/etc/x", isExecutable: false).owner == .root)
  }
}
