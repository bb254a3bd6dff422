import Foundation

/// Images that the tests work on, made by the programs that make real ones, without root.
public enum ImageMaker {
  /// An ext4 volume in a new file. The same arguments give the same bytes.
  ///
  /// - Parameters:
  ///   - options: further arguments of `mke2fs`.
  ///   - tree: a folder whose content the volume is to hold; our own files become root's.
  ///   - indexed: whether large directories get the hash tree that Linux gives them. `mke2fs -d`
  ///     leaves them linear, so e2fsck does it.
  public static func ext4(
    at path: String, mebibytes: Int, options: [String] = [], tree: String? = nil,
    indexed: Bool = false
  ) throws {
    let fixed = [
      "-q", "-F", "-t", "ext4", "-L", "rootfs", "-U", "11111111-2222-3333-4444-555555555555",
      "-E", "root_owner=0:0,hash_seed=66666666-7777-8888-9999-aaaaaaaaaaaa",
    ]
    let clock = ["E2FSPROGS_FAKE_TIME": "1700000000"]
    let content = tree.map { ["-d", $0] } ?? []
    try mke2fs(
      fixed + options + content + [path, "\(mebibytes)M"], environment: clock)
    guard indexed else { return }
    let answer = try Tool("e2fsck").run(["-fyD", path], environment: clock)
    // 1: it changed the file system, which it does not say of directories alone.
    guard answer.status <= 1 else { throw Tool.Refusal(description: answer.text) }
  }

  /// Runs mke2fs(8) where the user is root, in a user namespace: `-d` takes over the owners of
  /// files, and those of an image are root's whoever runs the tests.
  static func mke2fs(_ arguments: [String], environment: [String: String] = [:]) throws {
    try Tool("unshare").check(
      ["--map-root-user", "mke2fs"] + arguments, environment: environment)
  }
}
