import Foundation

/// A real block device over a sparse file, with a serial number that stands in a folder laid over
/// `/sys`. It goes with its owner.
public final class LoopDisk {
  public let file: String
  public let path: String
  public let serial: String?
  private let overlay: String

  public var name: String { String(path.dropFirst("/dev/".count)) }

  public init(
    _ folder: TemporaryDirectory, serial: String?, mebibytes: UInt64 = 64, sectorSize: Int = 512,
    file given: String? = nil
  ) throws {
    file = given ?? folder.path("disk-\(UUID().uuidString).img")
    if given == nil {
      try Data().write(to: URL(fileURLWithPath: file))
      try FileHandle(forWritingTo: URL(fileURLWithPath: file)).truncate(atOffset: mebibytes << 20)
    }
    path = try LoopDisk.attach(file, sectorSize)
    self.serial = serial
    overlay = folder.path("machine")
    if let serial { try fake("device/serial", serial) }
    for attribute in ["removable", "ro"] where serial != nil { try fake(attribute, "0") }
  }

  /// Two tests may ask for the same free device: the loser asks again.
  private static func attach(_ file: String, _ sectorSize: Int) throws -> String {
    var last = ""
    for _ in 0..<20 {
      let answer = try Tool("losetup").run([
        "--find", "--show", "--sector-size", "\(sectorSize)", file,
      ])
      if answer.status == 0 {
        return answer.text.trimmingCharacters(in: .whitespacesAndNewlines)
      }
      last = answer.complaints
      usleep(100_000)
    }
    throw Tool.Refusal(description: "losetup: \(last)")
  }

  /// Lays a file over `/sys/block/<this>/`.
  public func fake(_ attribute: String, _ value: String) throws {
    let place = URL(fileURLWithPath: "\(overlay)/sys/block/\(name)/\(attribute)")
    try FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data("\(value)\n".utf8).write(to: place)
  }

  private var isDetached = false

  public func detach() {
    guard !isDetached else { return }
    isDetached = true
    for number in 1...8 { _ = try? Tool("partx").run(["--delete", "--nr", "\(number)", path]) }
    _ = try? Tool("losetup").run(["--detach", path])
  }

  deinit { detach() }

  /// The bytes as the medium has them.
  public func digest() throws -> String {
    try Tool("blockdev").check(["--flushbufs", path])
    return try Tool.sha256(of: path)
  }

  public func write(_ bytes: [UInt8], at place: UInt64) throws {
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try handle.seek(toOffset: place)
    try handle.write(contentsOf: Data(bytes))
    try handle.synchronize()
    try handle.close()
  }

  public func read(_ count: Int, at place: UInt64) throws -> [UInt8] {
    try Tool("blockdev").check(["--flushbufs", path])
    let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
    defer { try? handle.close() }
    try handle.seek(toOffset: place)
    return [UInt8](try handle.read(upToCount: count) ?? Data())
  }

  public func zero(_ count: Int, at place: UInt64) throws {
    try write([UInt8](repeating: 0, count: count), at: place)
  }
}
