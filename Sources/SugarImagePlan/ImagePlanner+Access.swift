import SugarModel
import SugarProfile

extension ImagePlanner {
  /// The administrator: an account without a password, with keys, in the base's own account files.
  mutating func planAccounts() throws(PlanError) {
    let paths = [
      "/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow", "/etc/subuid", "/etc/subgid",
    ]
    var accounts = Accounts(
      facts.rootTexts.filter { paths.contains($0.key) }, stockUser: flavour.stockUser)
    let stockAccount = flavour.stockUser.flatMap { accounts.account($0) }
    let user = profile.admin.user
    guard let account = accounts.makeAdministrator(user) else {
      throw PlanError(node: node.hostname, reason: "the base has no usable /etc/passwd")
    }
    if let stock = stockAccount, flavour.stockUser.flatMap({ accounts.account($0) }) == nil,
      stock.home != account.home
    {
      add(.rename(stock.home, to: user), because: "the stock account under its new name")
    }
    for path in paths {
      guard let before = facts.rootTexts[path], let after = accounts.texts[path] else { continue }
      let isShadow = path.hasSuffix("shadow")
      edit(
        ImagePath(.root, path), from: before, to: after,
        isShadow ? FileAccess(0o640, group: shadowGroup) : .publicFile,
        because: "user \(user), no password")
    }
    planHome(of: account)
    planSudo(user)
  }

  /// The group `shadow` has number 42 on Debian; the base's own file decides.
  private var shadowGroup: UInt32 {
    let lines = (facts.rootTexts["/etc/group"] ?? "").split(separator: "\n")
    let line = lines.first { $0.hasPrefix("shadow:") }?.split(
      separator: ":", omittingEmptySubsequences: false)
    return line.flatMap { $0.count > 2 ? UInt32($0[2]) : nil } ?? 42
  }

  private mutating func planHome(of account: Accounts.Account) {
    let own = { (mode: UInt16) in FileAccess(mode, owner: account.user, group: account.group) }
    add(.makeDirectory(account.home, own(0o700)), because: "home of \(profile.admin.user)")
    guard !profile.admin.sshAuthorizedKeys.isEmpty else { return }
    add(.makeDirectory(account.home + "/.ssh", own(0o700)), because: "who may log in")
    add(
      .write(
        ImagePath(.root, account.home + "/.ssh/authorized_keys"),
        .text(profile.admin.sshAuthorizedKeys.map { $0 + "\n" }.joined()), own(0o600), before: nil),
      because: "who may log in")
  }

  private mutating func planSudo(_ user: String) {
    let stock = "/etc/sudoers.d/010_pi-nopasswd"
    if facts.rootPaths.contains(stock), user != flavour.stockUser {
      add(.remove(ImagePath(.root, stock)), because: "the account it names is gone")
    }
    guard profile.admin.sudo else { return }
    write(
      "/etc/sudoers.d/010_sugarimage", "\(user) ALL=(ALL) NOPASSWD: ALL\n", FileAccess(0o440),
      because: "sudo for \(user)")
  }

  /// The server is on, its keys are known beforehand, and only keys open it.
  mutating func planSSH() {
    for kind in SSHKeyKind.allCases {
      guard let line = nodeCredentials.hostKeys[kind] else { continue }
      write(
        "/etc/ssh/\(kind.fileName)", .sshHostKey(node: node.hostname, kind: kind),
        because: "host key")
      write("/etc/ssh/\(kind.fileName).pub", line + "\n", because: "host key")
    }
    write(
      "/etc/ssh/sshd_config.d/00-sugarimage.conf",
      """
      # Written by sugarimage: keys only.
      PasswordAuthentication no
      KbdInteractiveAuthentication no
      PermitRootLogin no
      PermitEmptyPasswords no
      AuthenticationMethods publickey

      """, because: "login by key only")
    let unit = "/usr/lib/systemd/system/ssh.service"
    for link in [
      "/etc/systemd/system/multi-user.target.wants/ssh.service", "/etc/systemd/system/sshd.service",
    ] {
      add(.link(link, target: unit), because: "ssh is on")
    }
  }
}
