public import SugarModel

extension [KeyfilePart] {
  /// The secrets in it, in order.
  public var secrets: [SecretName] {
    compactMap { part in
      switch part {
      case .text: nil
      case .secret(let name): name
      }
    }
  }

  /// The file as it may be seen: each secret by its name.
  public var shown: String {
    map { part in
      switch part {
      case .text(let text): text
      case .secret(let name): "<hidden: \(name)>"
      }
    }.joined()
  }

  /// The file itself. The values come from `reveal` and are written as the format wants them.
  public func text<Failure>(_ reveal: (SecretName) throws(Failure) -> [UInt8]) throws(Failure)
    -> String
  {
    var result = ""
    for part in self {
      switch part {
      case .text(let text): result += text
      case .secret(.wifiSSID(let file)):
        result += KeyfileValue.ssid(try reveal(.wifiSSID(file: file)))
      case .secret(let name): result += KeyfileValue.text(try reveal(name))
      }
    }
    return result
  }
}

extension [KeyfilePart] {
  /// The YAML itself: each value as a double-quoted scalar. (YAML 1.2, 7.3.1)
  public func yaml<Failure>(_ reveal: (SecretName) throws(Failure) -> [UInt8]) throws(Failure)
    -> String
  {
    var result = ""
    for part in self {
      switch part {
      case .text(let text): result += text
      case .secret(let name): result += Self.quoted(try reveal(name))
      }
    }
    return result
  }

  private static func quoted(_ bytes: [UInt8]) -> String {
    var result = "\""
    for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\" + String(scalar)
      case _ where scalar.value < 0x20 || scalar.value == 0x7f:
        let hex = String(scalar.value, radix: 16)
        result += "\\x" + (hex.count < 2 ? "0" : "") + hex
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

/// Values as NetworkManager itself writes them into its keyfiles, byte for byte.
///
/// The format is that of GLib's `g_key_file_set_string`; reading takes it back exactly.
public enum KeyfileValue {
  /// Text: white space in front, line ends and backslashes are escaped, anything else stands as it
  /// is.
  public static func text(_ bytes: [UInt8]) -> String {
    var result: [UInt8] = []
    var isInFront = true
    for byte in bytes {
      switch byte {
      case 0x20 where isInFront: result += Array("\\s".utf8)
      case 0x09 where isInFront: result += Array("\\t".utf8)
      case 0x0a: result += Array("\\n".utf8)
      case 0x0d: result += Array("\\r".utf8)
      case 0x5c: result += Array("\\\\".utf8)
      default: result.append(byte)
      }
      isInFront = isInFront && (byte == 0x20 || byte == 0x09)
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// An SSID, which is bytes and no text: printable ASCII as text, in which `\;` is a semicolon,
  /// and anything else as a list of numbers. (`ssid` in nm-settings-keyfile(5))
  public static func ssid(_ bytes: [UInt8]) -> String {
    guard bytes.allSatisfy({ (0x20...0x7e).contains($0) }) else {
      return bytes.map { "\($0);" }.joined()
    }
    return text(bytes.flatMap { $0 == 0x3b ? [0x5c, $0] : [$0] })
  }
}
