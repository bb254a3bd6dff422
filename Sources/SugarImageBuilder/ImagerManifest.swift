import Dispatch
import FoundationEssentials
import SugarHost
import SugarImagePlan
import SugarModel
import SugarProfile
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// A list of images for Raspberry Pi Imager, in the form that it opens from a local file
/// (`*.rpi-imager-manifest`), so that people can write the nodes' cards with that tool.
/// (raspberrypi/rpi-imager, doc/json-schema/os-list-schema.json, version 4)
public struct ImagerManifest: Hashable, Sendable, Codable {
  struct Imager: Hashable, Sendable, Codable {
    var devices: [Device]
  }
  struct Device: Hashable, Sendable, Codable {
    var name: String
    var tags: [String]
    var description: String
    var icon: String
  }
  struct Entry: Hashable, Sendable, Codable {
    enum CodingKeys: String, CodingKey {
      case name, description, icon, url, devices, architecture
      case extractSize = "extract_size", extractSHA256 = "extract_sha256"
      case downloadSize = "image_download_size", downloadSHA256 = "image_download_sha256"
      case releaseDate = "release_date", initFormat = "init_format"
    }
    var name: String
    var description: String
    var icon: String
    var url: String
    /// Of the raw image: Imager writes the first megabyte last, and only when it fits.
    var extractSize: ByteCount
    var extractSHA256: String
    /// Of the file.
    var downloadSize: ByteCount
    var downloadSHA256: String
    var releaseDate: String
    /// `none`: what is in the image is not for Imager to change.
    var initFormat = "none"
    var devices: [String]
    var architecture = "armv8"
  }

  var imager: Imager
  var osList: [Entry]

  enum CodingKeys: String, CodingKey {
    case imager
    case osList = "os_list"
  }

  /// The forms that Imager reads, the one that it reads everywhere first.
  public static let formats: [ExportFormat] = [.xz, .zst, .img]

  /// One of Imager's own pictures.
  private static let icon = "icons/use_custom.png"

  /// Writes `<output>/<fleet>.rpi-imager-manifest` for the images that were just exported. Gives its
  /// path.
  ///
  /// Every byte of every image is read: Imager wants the SHA-256 of the raw image.
  public static func write(
    _ fleet: FleetFolder, _ built: [BuiltNode], _ images: [ExportedImage], in output: String,
    cache: CacheFolder, workers: Int
  ) throws(BuildError) -> String {
    let lock = try FleetBuilder.lock(output)
    return try withExtendedLifetime(lock) { () throws(BuildError) in
      let model = fleet.profile.hardware.model
      let chosen = built.compactMap { node in
        formats.lazy.compactMap { format in
          images.first { $0.node == node.plan.node && $0.format == format }
        }.first.map { (node, $0) }
      }
      let entries = try each(chosen, workers: workers) { (node, image) throws(BuildError) in
        try entry(node, image, tag: model.imagerTag, in: output, cache)
      }
      let manifest = ImagerManifest(
        imager: Imager(devices: [
          Device(
            name: model.board, tags: [model.imagerTag], description: model.rawValue, icon: icon)
        ]), osList: entries)
      let path = "\(output)/\(fleet.profile.fleet.name).rpi-imager-manifest"
      try building {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try Files.write(
          Array(encoder.encode(manifest)) + Array("\n".utf8), to: path, mode: 0o644)
      }
      return path
    }
  }

  private static func entry(
    _ built: BuiltNode, _ image: ExportedImage, tag: String, in output: String,
    _ cache: CacheFolder
  ) throws(BuildError) -> Entry {
    let identity = built.plan.identity
    return try building {
      let proven = try NodeImage.open(image.node, of: output, cache: cache).proven()
      let date = Date(timeIntervalSince1970: TimeInterval(built.plan.date))
      return Entry(
        name: "\(identity.node) (\(identity.fleet))",
        description:
          "\(identity.role.rawValue) of \(identity.cluster.name), tier \(identity.cluster.tier), "
          + "generation \(identity.generation); \(identity.base.name)",
        icon: icon, url: try url(image.path), extractSize: image.size,
        extractSHA256: try Checksum.sha256(of: proven), downloadSize: image.fileSize,
        downloadSHA256: try Checksum.sha256(of: FileStorage(image.path, .read)),
        releaseDate: String(date.ISO8601Format().prefix(10)), devices: [tag])
    }
  }

  /// `file:///…`, with everything but letters, digits and a few signs as percent and hex. (RFC 8089,
  /// RFC 3986 section 2.3)
  private static func url(_ path: String) throws(BuildError) -> String {
    guard let real = realpath(path, nil) else {
      throw BuildError(.machine, "cannot find '\(path)' right after it was written")
    }
    defer { free(real) }
    let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/".utf8)
    return "file://"
      + String(cString: real).utf8.map { byte in
        plain.contains(byte)
          ? String(UnicodeScalar(byte)) : "%" + Hex.text([byte]).uppercased()
      }.joined()
  }

  /// Does the same with each value, as many at a time as `workers`; the results are in order.
  private static func each<Value: Sendable, Result: Sendable>(
    _ values: [Value], workers: Int,
    _ body: @Sendable (Value) throws(BuildError) -> Result
  ) throws(BuildError) -> [Result] {
    let results = Mutex<[Int: Result]>([:])
    let failure = Mutex<BuildError?>(nil)
    let next = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: max(1, min(workers, values.count))) { _ in
      while failure.withLock({ $0 == nil }) {
        let number = next.withLock { next in
          defer { next += 1 }
          return next
        }
        guard number < values.count else { return }
        do throws(BuildError) {
          let result = try body(values[number])
          results.withLock { $0[number] = result }
        } catch {
          failure.withLock { $0 = $0 ?? error }
        }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
    return results.withLock { results in values.indices.compactMap { results[$0] } }
  }
}

extension Hardware.Model {
  /// How Imager names the boards that an image is for.
  var imagerTag: String {
    switch self {
    case .rpi5_4, .rpi5_8, .rpi5_16: "pi5-64bit"
    case .rpi4: "pi4-64bit"
    }
  }

  var board: String {
    switch self {
    case .rpi5_4, .rpi5_8, .rpi5_16: "Raspberry Pi 5"
    case .rpi4: "Raspberry Pi 4"
    }
  }
}
