public import SugarHost

#if canImport(Glibc)
  import Glibc
#endif

/// The desktop's service for disks. It opens one for a program whose user may not, when that user's
/// session, or a password, lets it. (udisks(8), the interface org.freedesktop.UDisks2.Block)
public enum UDisks {
  /// Opens by the user's own right, and by udisks2 where that is missing. When udisks2 does not
  /// open it either, the error is that of the user's own right.
  public static let opener = DiskOpener { (path, mode) throws(HostError) in
    do throws(HostError) {
      return try FileStorage(path, mode)
    } catch {
      guard error.code == EACCES || error.code == EPERM else { throw error }
      guard let descriptor = try? open(path, mode) else { throw error }
      return try FileStorage(adopting: descriptor, path: path)
    }
  }

  /// Long enough to type a password, in microseconds.
  private static let patience: UInt64 = 300_000_000

  /// A descriptor of the device, opened by udisks2.
  ///
  /// Its method `OpenDevice(mode, options)` takes the further flags of open(2) as an option. A
  /// person may be asked for a password meanwhile. (polkit(8))
  static func open(_ path: String, _ mode: FileStorage.Mode) throws(HostError) -> Int32 {
    let bus = try Bus(path)
    let call = try bus.call(
      "org.freedesktop.UDisks2", object(path), "org.freedesktop.UDisks2.Block", "OpenDevice")
    try call.append(mode == .read ? "r" : "rw")
    try call.append(options: mode == .direct ? ["flags": FileStorage.directFlags] : [:])
    return try bus.send(call, patience: patience).descriptor()
  }

  /// The name under which udisks2 keeps a device: letters and digits as they are, others as `_2d`.
  static func object(_ path: String) -> String {
    let name = path.split(separator: "/").last ?? ""
    let escaped = name.utf8.map { byte -> String in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        String(UnicodeScalar(byte))
      default: "_" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
    }
    return "/org/freedesktop/UDisks2/block_devices/" + escaped.joined()
  }
}
