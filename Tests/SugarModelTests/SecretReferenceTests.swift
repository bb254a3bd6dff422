import SugarModel
import Testing

struct SecretReferenceTests {
  @Test(arguments: [
    ("sops:wifi.yaml#home.psk", SecretReference.sops(file: "wifi.yaml", keys: ["home", "psk"])),
    ("sops:prod/docker.json", .sops(file: "prod/docker.json", keys: [])),
    ("sops:a.yaml#list.0", .sops(file: "a.yaml", keys: ["list", "0"])),
    ("file:../keys/prod.agekey", .file("../keys/prod.agekey")),
    ("env:HOME_PSK", .environment("HOME_PSK")),
    ("command:op read op://home/wifi/psk?x=1", .command(["op", "read", "op://home/wifi/psk?x=1"])),
  ]) func good(_ text: String, _ expected: SecretReference) {
    #expect(SecretReference.objection(text) == nil)
    #expect(SecretReference(text) == expected)
    #expect("\(expected)" == text)
  }

  @Test(arguments: [
    "", "hunter2", "vault:x", "env:", "env:1X", "env:A-B", "sops:", "sops:#a", "sops:a#",
    "sops:a#b..c",
    "sops:a#b\"]", "file:", "file:a\nb", "command:", "command: ", "command:sh -c 'x'",
    "command:echo $X", "command:a | b", "command:a > b",
  ]) func bad(_ text: String) {
    #expect(SecretReference.objection(text) != nil)
    #expect(SecretReference(text) == nil)
  }
}
