import SugarModel
import SugarProfile
import Testing

@testable import SugarImagePlan

/// The administrator's account in the base's own account files.
@Suite struct AccountsTests {
  private static let stock = PlanFixture.facts.rootTexts.filter { $0.key != "/etc/fstab" }

  @Test func stockAccountIsRenamedEverywhere() throws {
    var accounts = Accounts(Self.stock, stockUser: "pi")
    #expect(
      accounts.makeAdministrator("admin")
        == Accounts.Account(user: 1000, group: 1000, home: "/home/admin"))
    #expect(
      accounts.texts == [
        "/etc/passwd": """
        root:x:0:0:root:/root:/bin/bash
        daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
        admin:x:1000:1000:,,,:/home/admin:/bin/bash

        """,
        "/etc/shadow": """
        root:*:20000:0:99999:7:::
        daemon:*:20000:0:99999:7:::
        admin:*:20000:0:99999:7:::

        """,
        "/etc/group": """
        root:x:0:
        adm:x:4:admin
        sudo:x:27:admin
        shadow:x:42:
        gpio:x:986:admin
        admin:x:1000:

        """,
        "/etc/gshadow": """
        root:*::
        adm:*::admin
        sudo:*::admin
        shadow:*::
        gpio:!::admin
        admin:!::

        """,
        "/etc/subuid": "admin:100000:65536\n", "/etc/subgid": "admin:100000:65536\n",
      ])
  }

  @Test func stockAccountKeepsItsNameForAdminPi() {
    var accounts = Accounts(Self.stock, stockUser: "pi")
    #expect(accounts.makeAdministrator("pi")?.home == "/home/pi")
    var expected = Self.stock
    expected["/etc/shadow"] = expected["/etc/shadow"]?.replacing("pi:!:", with: "pi:*:")
    #expect(accounts.texts == expected)
  }

  /// A base in which both are: nobody's files or groups change hands.
  @Test func accountThatIsThereStays() {
    var texts = Self.stock
    texts["/etc/passwd"]? += "admin:x:1500:1500::/srv/admin:/bin/sh\n"
    texts["/etc/shadow"]? += "admin:$y$secret:20000:0:99999:7:::\n"
    texts["/etc/group"]? += "admin:x:1500:\n"
    var accounts = Accounts(texts, stockUser: "pi")
    #expect(
      accounts.makeAdministrator("admin")
        == Accounts.Account(user: 1500, group: 1500, home: "/srv/admin"))
    var expected = texts
    expected["/etc/shadow"] = texts["/etc/shadow"]?.replacing("$y$secret", with: "*")
    #expect(accounts.texts == expected)
  }

  @Test func newAccountWithoutAStockOne() {
    var accounts = Accounts(
      [
        "/etc/passwd": "root:x:0:0:root:/root:/bin/bash\nother:x:1000:1000::/home/other:/bin/sh",
        "/etc/shadow": "root:*:20000:0:99999:7:::\n", "/etc/group": "root:x:0:\nkvm:x:1001:\n",
        "/etc/gshadow": "root:*::\n",
      ], stockUser: nil)
    #expect(
      accounts.makeAdministrator("admin")
        == Accounts.Account(user: 1002, group: 1002, home: "/home/admin"))
    #expect(
      accounts.texts["/etc/passwd"]?.hasSuffix(
        "/home/other:/bin/sh\nadmin:x:1002:1002::/home/admin:/bin/bash\n") == true)
    #expect(
      accounts.texts["/etc/shadow"]
        == "root:*:20000:0:99999:7:::\nadmin:*:20000:0:99999:7:::\n")
    #expect(accounts.texts["/etc/group"] == "root:x:0:\nkvm:x:1001:\nadmin:x:1002:\n")
    #expect(accounts.texts["/etc/gshadow"] == "root:*::\nadmin:!::\n")
    #expect(accounts.texts["/etc/subuid"] == nil)
  }

  @Test(arguments: [
    "+::::::", "broken", "too:few", "# a comment", "name:with:many:colons:::::::::",
    "pipi:x:7:7::/home/pi/sub:/bin/sh", "utf8:x:8:8:Jürgen:/home/utf8:/bin/sh",
  ])
  func weirdLinesSurvive(_ line: String) {
    var texts = Self.stock
    for path in texts.keys { texts[path]? += line + "\n" }
    var accounts = Accounts(texts, stockUser: "pi")
    #expect(accounts.makeAdministrator("admin")?.user == 1000)
    for (path, text) in accounts.texts {
      #expect(text.split(separator: "\n").last.map(String.init) == line, "\(path)")
    }
  }

  @Test(arguments: ["", "root:x:0:0:root:/root:/bin/bash\n"]) func fewAccounts(_ passwd: String) {
    var accounts = Accounts(["/etc/passwd": passwd], stockUser: "pi")
    #expect(accounts.makeAdministrator("admin")?.user == 1000)
  }

  @Test func noPasswdAtAll() throws {
    var accounts = Accounts([:], stockUser: "pi")
    #expect(accounts.makeAdministrator("admin") == nil)
    var inputs = try PlanFixture.inputs("dev-single")
    inputs.facts.rootTexts["/etc/passwd"] = nil
    let error = #expect(throws: PlanError.self) { try ImagePlanner.plan("dev0", inputs) }
    #expect(error?.reason == "the base has no usable /etc/passwd")
  }

  /// The steps around it: the home moves, the keys are its owner's, shadow stays shadow's.
  @Test func stepsOfThePlan() throws {
    let plan = try ImagePlanner.plan("dev0", PlanFixture.inputs("dev-single"))
    let steps = plan.steps.map(\.step)
    #expect(steps.contains(.rename("/home/pi", to: "sugaradmin")))
    #expect(
      steps.contains(
        .makeDirectory("/home/sugaradmin/.ssh", FileAccess(0o700, owner: 1000, group: 1000))))
    #expect(steps.contains(.remove(ImagePath(.root, "/etc/sudoers.d/010_pi-nopasswd"))))
    for case .write(let path, let content, let access, _) in steps {
      if path.path.hasSuffix("shadow") { #expect(access == FileAccess(0o640, group: 42)) }
      if path.path.hasSuffix("/authorized_keys") {
        #expect(access == FileAccess(0o600, owner: 1000, group: 1000))
        #expect(content.size.bytes > 60)
      }
      if path.path.hasPrefix("/etc/sudoers.d") { #expect(access.mode == 0o440) }
    }
    let order = steps.map { step in
      switch step {
      case .rename("/home/pi", to: _): 1
      case .makeDirectory("/home/sugaradmin", _): 2
      default: 0
      }
    }.filter { $0 > 0 }
    #expect(order == [1, 2], "the home is renamed before anything is put into it")
  }
}
