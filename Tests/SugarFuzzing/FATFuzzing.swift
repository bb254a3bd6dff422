import SugarFAT
import SugarModel

/// A volume of 64 MiB that begins with whatever bytes.
enum FATFuzzing {
  private static let size = ByteCount.mib(64)

  static func run(_ bytes: [UInt8]) throws {
    let storage = FuzzStorage(bytes, size: size)
    guard var volume = try? FATVolume.open(storage) else { return try storage.expectUnwritten() }
    var left = 200
    walk(volume, "/", depth: 0, &left)
    _ = try? volume.freeSpace()
    try storage.expectUnwritten()
    try edit(&volume, storage)
  }

  /// Directories may lead in circles.
  private static func walk(
    _ volume: borrowing FATVolume, _ path: String, depth: Int, _ left: inout Int
  ) {
    guard depth < 6, let entries = try? volume.list(path) else { return }
    for entry in entries {
      left -= 1
      guard left > 0 else { return }
      let place = path == "/" ? "/\(entry.name)" : "\(path)/\(entry.name)"
      if entry.isDirectory {
        walk(volume, place, depth: depth + 1, &left)
      } else {
        _ = try? volume.read(place, limit: .mib(1))
      }
    }
  }

  /// What was written is read again, also by who opens the volume anew; what was removed is gone. Who
  /// was refused has written nothing.
  private static func edit(_ volume: inout FATVolume, _ storage: FuzzStorage) throws {
    let (path, content) = ("/fuzz-folder/some long name.txt", [UInt8](repeating: 7, count: 5000))
    let time = FATTime(unixSeconds: 1_700_000_000)
    guard (try? volume.makeDirectory("/fuzz-folder", modified: time)) != nil else {
      return try storage.expectUnwritten()
    }
    guard (try? volume.write(content, to: path, modified: time)) != nil else { return }
    let again = try FATVolume.open(storage)
    guard try volume.read(path) == content, try again.read(path) == content else {
      throw FuzzFinding(description: "a file is not read as it was written")
    }
    try volume.remove(path)
    guard try volume.entry(at: path) == nil else {
      throw FuzzFinding(description: "a file is there after it was removed")
    }
  }
}
