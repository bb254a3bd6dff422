import Foundation
import SugarModel
import SugarTestSupport
import Testing

@testable import SugarKeys

/// Values that are looked up, and never told when something goes wrong.
@Suite struct ReferenceTests {
  private let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  private func put(_ text: String, _ name: String, mode: String = "600") throws {
    try text.write(toFile: folder.path(name), atomically: true, encoding: .utf8)
    try Tool("chmod").check([mode, folder.path(name)])
  }

  /// Another process writes it: what this one forks at the same time would hold it open for writing,
  /// and Linux does not run such a file. (execve(2), ETXTBSY)
  private func put(script: String, _ name: String) throws {
    try put(script, name + ".text")
    try Tool("install").check(["-m", "700", folder.path(name + ".text"), folder.path(name)])
  }

  private func value(
    _ reference: String, _ environment: [String: String] = [:], seconds: Int = 20
  ) throws -> String {
    let resolver = ReferenceResolver(
      fleet: folder.url.path, environment: environment, seconds: seconds)
    let value = try resolver.value(of: #require(SecretReference(reference)), for: "wifi/x")
    return String(decoding: value.reveal(), as: UTF8.self)
  }

  private func refusal(
    _ reference: String, _ environment: [String: String] = [:], seconds: Int = 20
  ) -> String {
    let error = #expect(throws: KeyError.self) {
      _ = try value(reference, environment, seconds: seconds)
    }
    #expect(error?.description.hasPrefix("cannot look up 'wifi/x' by '\(reference)': ") == true)
    return error?.reason ?? ""
  }

  @Test func valuesAreFound() throws {
    try put("of a file\n", "f")
    #expect(try value("file:f") == "of a file\n")
    #expect(try value("file:" + folder.path("f")) == "of a file\n")
    #expect(try value("env:X", ["X": "of a variable"]) == "of a variable")
    #expect(try value("command:printf %s-%s of arguments") == "of-arguments")
    try put(script: "#!/bin/sh\necho of a script\n", "script")
    #expect(try value("command:./script") == "of a script\n")
  }

  @Test func whatIsNotThereIsSaid() throws {
    #expect(refusal("env:X") == "that variable is not set")
    #expect(refusal("env:X", ["X": ""]) == "that variable is not set")
    #expect(refusal("file:nowhere") == "there is no such file")
    #expect(refusal("file:.") == "it is no file")
    try put("open", "open", mode: "640")
    #expect(refusal("file:open") == "it can be read by others: chmod 600")
    try put("", "empty")
    #expect(refusal("file:empty") == "there is nothing in it")
    try put(String(repeating: "x", count: 70_000), "long")
    #expect(refusal("file:long").contains("larger than 64 KiB"))
    #expect(refusal("command:no-such-program").contains("not installed"))
    #expect(refusal("command:./nowhere").contains("No such file"))
  }

  /// What a program said is not repeated: a part of it may be the secret.
  @Test func aProgramThatFails() throws {
    try put(script: "#!/bin/sh\necho hunter2\necho hunter2 >&2\nexit 3\n", "fails")
    #expect(refusal("command:./fails") == "it ended with 3; run it by hand to see why")
    #expect(refusal("command:true") == "there is nothing in it")
    #expect(refusal("command:yes hunter2") == "it printed more than 64 KiB")
  }

  @Test func aProgramThatHangs() throws {
    let start = Date()
    #expect(refusal("command:sleep 60", seconds: 1) == "it did not end within 1 seconds")
    // Also one that leaves somebody behind who holds its output.
    try put(script: "#!/bin/sh\nsleep 60 &\n", "leaves")
    #expect(refusal("command:./leaves", seconds: 1) == "it did not end within 1 seconds")
    #expect(Date().timeIntervalSince(start) < 30)
  }

  /// Who has to touch a key for it touches it once.
  @Test func eachIsLookedUpOnce() throws {
    try put(script: "#!/bin/sh\necho x >> $(dirname $0)/count\necho value\n", "counts")
    let resolver = ReferenceResolver(fleet: folder.url.path, environment: [:])
    let reference = try #require(SecretReference("command:./counts"))
    for file in ["wifi/a", "wifi/b", "wifi/a"] {
      #expect(try resolver.value(of: reference, for: file).reveal() == Array("value\n".utf8))
    }
    #expect(try String(contentsOfFile: folder.path("count"), encoding: .utf8) == "x\n")
  }

  /// A stand-in for SOPS that takes the arguments which SOPS takes.
  @Test func sopsIsRunWhereItIs() throws {
    try put(
      script: """
        #!/bin/sh
        [ "$1" = --decrypt ] || exit 9
        [ "$2" = --extract ] && [ "$3" = '["home"]["psk"][0]' ] && [ "$4" = "\(folder.path("w.yaml"))" ] &&
          { printf 'of sops'; exit; }
        [ "$2" = "\(folder.path("w.yaml"))" ] && { printf 'all of it'; exit; }
        echo 'Failed to get the data key' >&2
        exit 128

        """, "sops")
    let path = folder.url.path
    let resolver = ReferenceResolver(
      fleet: path, environment: ["PATH": path + ":/usr/bin:/bin"], seconds: 20)
    func run(_ text: String) throws -> String {
      let value = try resolver.value(of: #require(SecretReference(text)), for: "wifi/x")
      return String(decoding: value.reveal(), as: UTF8.self)
    }
    #expect(try run("sops:w.yaml#home.psk.0") == "of sops")
    #expect(try run("sops:w.yaml") == "all of it")
    let error = #expect(throws: KeyError.self) { _ = try run("sops:other.yaml") }
    #expect(error?.reason == "it ended with 128: Failed to get the data key")
    let none = ReferenceResolver(fleet: path, environment: ["PATH": "/nowhere"])
    let missing = #expect(throws: KeyError.self) {
      _ = try none.value(of: .sops(file: "w.yaml", keys: []), for: "wifi/x")
    }
    #expect(
      missing?.reason == "'sops': it is not installed; install SOPS, or put the value into secrets/"
    )
  }
}
