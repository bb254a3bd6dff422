import Foundation
import SugarTestSupport
import Testing

/// What a manifest or an identity says, as far as the checks need it.
private struct Manifest: Decodable {
  struct File: Decodable {
    var path: String
    var change: String
    var mode: String?
    var owner: String?
    var target: String?
  }
  var files: [File]
}

private struct Identity: Decodable {
  struct Cluster: Decodable {
    var name: String
    var pin: String
  }
  var node: String
  var role: String
  var cluster: Cluster
}

extension ImageFile {
  /// What holds for every image, whichever test built it, by other people's tools alone. The
  /// manifest stands beside the image.
  ///
  /// - Parameter secrets: the fleet's `secrets/`.
  func checkEverything(secrets: String, system: StandInSystem = .trixie) throws {
    let temporary = try TemporaryDirectory()
    try checkVolumes(system)
    try checkListings(system)
    try checkFiles()
    let identity = try JSONDecoder().decode(
      Identity.self, from: Data(boot("sugarimage/identity.json").utf8))
    try checkKeys(of: identity, secrets, temporary)
    try checkPin(of: identity, temporary)
  }

  /// sfdisk, blkid, e2fsck, fsck.vfat
  private func checkVolumes(_ system: StandInSystem) throws {
    #expect(types == ["c", "83"])
    #expect(bootStart > 0 && bootStart + bootSize <= rootStart)
    let table = try Tool("blkid").check(["-p", "-o", "export", path]).text
    #expect(table.contains("PTTYPE=dos") && table.contains("PTUUID=\(diskID)"), "\(table)")
    for (start, type, label) in [
      (bootStart, "vfat", system.labels.boot), (rootStart, "ext4", system.labels.root),
    ] {
      let volume = try Tool("blkid").check(["-p", "-o", "export", "-O", "\(start)", path]).text
      #expect(volume.contains("TYPE=\(type)\n") && volume.contains("LABEL=\(label)\n"), "\(volume)")
    }
    let root = try checkRoot()
    #expect(root.status == 0, "e2fsck: \(root.text)")
    let boot = try checkBoot()
    #expect(boot.status == 0, "fsck.vfat: \(boot.text)")
  }

  /// mtools lists the boot partition, debugfs the root, and neither complains.
  private func checkListings(_ system: StandInSystem) throws {
    let boot = try Tool("mdir").check(["-b", "-/", "-i", "\(path)@@\(bootStart)", "::/"])
    for name in [system.commandLine, "config.txt", "sugarimage/identity.json"] {
      #expect(boot.text.contains("::/\(name)\n"), "\(boot.text)")
    }
    #expect(boot.complaints == "")
    #expect(try self.boot(system.commandLine).contains("root=PARTUUID=\(diskID)-02 "))
    let root = try Tool("debugfs").check(["-R", "ls -p /", rootName])
    for name in ["etc", "usr", "boot", "home", "lost+found"] {
      #expect(root.text.contains("/\(name)/"), "\(root.text)")
    }
  }

  /// Every file that the manifest names is there with its owner and mode, and what was taken away is
  /// not.
  private func checkFiles() throws {
    let json = try Data(
      contentsOf: URL(fileURLWithPath: path.dropLast(".img".count) + ".manifest.json"))
    let files = try JSONDecoder().decode(Manifest.self, from: json).files
    let last = Dictionary(files.map { ($0.path, $0) }) { $1 }
    let onRoot = last.values.filter { !$0.path.hasPrefix("/boot/firmware/") }
    let states = try states(of: onRoot.map(\.path))
    #expect(onRoot.count > 20)
    for file in onRoot {
      let state = states[file.path]
      switch file.change {
      case "written", "folder":
        let type = file.change == "folder" ? "directory" : "regular"
        #expect(
          state == FileState(type: type, mode: file.mode ?? "", owner: file.owner ?? ""),
          "\(file.path)")
      case "linked":
        #expect(state?.type == "symlink" && state?.target == file.target, "\(file.path)")
      default: #expect(state == nil, "\(file.path) is still there")
      }
    }
  }

  /// ssh-keygen reads the host keys of the image, and they are those that were minted.
  private func checkKeys(
    of identity: Identity, _ secrets: String, _ temporary: TemporaryDirectory
  ) throws {
    let names = ["ssh_host_ed25519_key", "ssh_host_ecdsa_key"]
    let files = names.flatMap { [($0, "/etc/ssh/\($0)"), ("\($0).pub", "/etc/ssh/\($0).pub")] }
    try dump(Dictionary(uniqueKeysWithValues: files), to: temporary.url.path)
    func fingerprint(_ file: String) throws -> String {
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
      return String(try Tool("ssh-keygen").check(["-l", "-f", file]).text.split(separator: " ")[1])
    }
    for name in names {
      let minted = try fingerprint("\(secrets)/nodes/\(identity.node)/\(name).pub")
      #expect(try fingerprint(temporary.path("\(name).pub")) == minted, "\(name).pub")
      // ssh-keygen prefers the public file beside a private key, so that goes first.
      try FileManager.default.removeItem(atPath: temporary.path("\(name).pub"))
      #expect(try fingerprint(temporary.path(name)) == minted, "\(name)")
    }
  }

  /// openssl and sha256sum: the pin of the token is of the authority's certificate.
  private func checkPin(of identity: Identity, _ temporary: TemporaryDirectory) throws {
    let isInitialiser = identity.role == "server-init"
    let tls = "/var/lib/rancher/k3s/server/tls"
    var files = ["ca.crt": "/etc/sugaragent/cluster-ca.crt", "token": "/etc/rancher/k3s/token"]
    if isInitialiser {
      files["server-ca.crt"] = "\(tls)/server-ca.crt"
      files["server-ca.key"] = "\(tls)/server-ca.key"
    } else {
      #expect(
        try !exists("\(tls)/server-ca.key"), "the key of an authority is where it must not be")
    }
    try dump(files, to: temporary.url.path)
    let authority = temporary.path("ca.crt")
    let sum = try Tool("sha256sum").check([authority]).text.prefix(64)
    #expect(identity.cluster.pin == sum)
    let token = try String(contentsOfFile: temporary.path("token"), encoding: .utf8)
    #expect(token.hasPrefix("K10\(sum)::"))
    let openssl = try Tool("openssl")
    try openssl.check(["verify", "-CAfile", authority, authority])
    try openssl.check(["x509", "-noout", "-checkend", "0", "-in", authority])
    guard isInitialiser else { return }
    #expect(try Tool("sha256sum").check([temporary.path("server-ca.crt")]).text.hasPrefix(sum))
    let key = try openssl.check(["pkey", "-pubout", "-in", temporary.path("server-ca.key")]).text
    #expect(try openssl.check(["x509", "-noout", "-pubkey", "-in", authority]).text == key)
  }
}
