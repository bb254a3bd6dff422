import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL
import SugarHost
public import SugarModel

/// Brings a pinned file from `https://` or `file://` to a place, resumed where an earlier run
/// stopped and hashed on the way.
public struct Download: Sendable {
  let url: String
  /// 64 lower-case hex digits.
  let sha256: String
  let target: String
  /// `SSL_CERT_FILE` names certificates to trust in place of the system's; `https_proxy` a proxy.
  let environment: [String: String]
  let progress: @Sendable (_ done: ByteCount, _ total: ByteCount?) -> Void

  public init(
    url: String, sha256: String, to target: String, environment: [String: String],
    progress: @escaping @Sendable (ByteCount, ByteCount?) -> Void
  ) {
    self.url = url
    self.sha256 = sha256
    self.target = target
    self.environment = environment
    self.progress = progress
  }

  private static let attempts = 4

  /// True when the file is there now and was brought by this call; false when it was there before.
  public func run() async throws -> Bool {
    if try Files.exists(target) { return false }
    if url.hasPrefix("file://") {
      try copy(String(url.dropFirst("file://".count)))
    } else {
      try await download()
    }
    return true
  }

  private func copy(_ path: String) throws {
    var partial = try PartialFile(Files.partialName(target))
    try partial.restart()
    let source = try FileStorage(path, .read)
    while partial.count < source.size {
      let count = Int(min(1 << 20, source.size.bytes - partial.count.bytes))
      let bytes = try source.bytes(at: partial.count, count: count)
      try bytes.withUnsafeBytes { try partial.append($0) }
      progress(partial.count, source.size)
    }
    try accept(partial)
  }

  /// Goes on after a broken connection; gives up after a few in a row that brought nothing.
  private func download() async throws {
    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: try configuration())
    do {
      var failures = 0
      while true {
        let before = (try? Files.status(Files.partialName(target)))?.size
        do {
          try await attempt(client)
          break
        } catch let error where !Self.isFinal(error) {
          let after = (try? Files.status(Files.partialName(target)))?.size
          failures = after != before ? 1 : failures + 1
          guard failures < Self.attempts else { throw error }
          try await Task.sleep(for: .milliseconds(200 << failures))
        }
      }
    } catch {
      try? await client.shutdown()
      throw Self.inWords(error, url)
    }
    try await client.shutdown()
  }

  private func attempt(_ client: HTTPClient) async throws {
    var partial = try PartialFile(Files.partialName(target))
    var request = HTTPClientRequest(url: url)
    request.headers.add(name: "User-Agent", value: "sugarimage")
    if partial.count > .zero {
      request.headers.add(name: "Range", value: "bytes=\(partial.count.bytes)-")
    }
    let response = try await client.execute(request, timeout: .seconds(24 * 3600))
    switch response.status {
    case .partialContent where Self.start(of: response) == partial.count.bytes: break
    case .ok, .partialContent: try partial.restart()
    case .rangeNotSatisfiable:
      // All of it may be here already, or it is another file by now.
      if partial.digest == sha256 { return try accept(partial) }
      try partial.restart()
      throw DownloadError(url, "what an earlier run left does not fit; it was thrown away")
    default:
      throw DownloadError(
        url, "the server answered \(response.status.code) \(response.status.reasonPhrase)",
        code: Int32(response.status.code),
        isWrongContent: (400..<500).contains(response.status.code))
    }
    if response.status == .partialContent, partial.count == .zero, Self.start(of: response) != 0 {
      throw DownloadError(url, "the server sent another part than was asked for")
    }
    let length = response.headers.first(name: "content-length").flatMap { UInt64($0) }
    let total = length.map { partial.count + ByteCount($0) }
    for try await buffer in response.body {
      try buffer.withUnsafeReadableBytes { try partial.append($0) }
      progress(partial.count, total)
    }
    if let total, partial.count < total {
      throw DownloadError(url, "the connection ended too early")
    }
    try accept(partial)
  }

  /// Only a file with the pinned digest gets its name; another one is thrown away.
  private func accept(_ partial: PartialFile) throws {
    guard partial.digest == sha256 else {
      try Files.remove(partial.path)
      throw DownloadError(
        url, "its sha256 is \(partial.digest), the fleet says \(sha256); it was thrown away",
        isWrongContent: true)
    }
    try partial.finish(as: target)
  }

  /// The first byte that a partial response brings. (RFC 9110, section 14.4)
  private static func start(of response: HTTPClientResponse) -> UInt64? {
    guard let range = response.headers.first(name: "content-range"), range.hasPrefix("bytes ")
    else { return nil }
    return UInt64(range.dropFirst(6).prefix { $0.isNumber })
  }

  private static func isFinal(_ error: any Error) -> Bool {
    if let error = error as? DownloadError { return error.isWrongContent }
    // A server that cannot prove who it is will not be able to a second later either.
    return error is HostError || error is StorageError || error is NIOSSLError
      || error is NIOSSLExtraError
  }

  private func configuration() throws -> HTTPClient.Configuration {
    var tls = TLSConfiguration.makeClientConfiguration()
    if let file = environment["SSL_CERT_FILE"] { tls.trustRoots = .file(file) }
    var configuration = HTTPClient.Configuration(
      tlsConfiguration: tls, redirectConfiguration: .follow(max: 5, allowCycles: false),
      timeout: .init(connect: .seconds(20), read: .seconds(60)))
    configuration.proxy = try proxy()
    // Trying again is our own matter: the client would do it without a word until its time is up.
    configuration.connectionPool.retryConnectionEstablishment = false
    return configuration
  }

  private func proxy() throws -> HTTPClient.Configuration.Proxy? {
    guard let text = environment["https_proxy"] ?? environment["HTTPS_PROXY"], !text.isEmpty else {
      return nil
    }
    let rest = text.split(separator: "/").last.map(String.init) ?? text
    let parts = rest.split(separator: ":")
    guard let host = parts.first, let port = parts.count > 1 ? Int(parts[1]) : 3128 else {
      throw DownloadError(url, "https_proxy is not understood: '\(text)'", isWrongContent: true)
    }
    return .server(host: String(host), port: port)
  }

  private static func inWords(_ error: any Error, _ url: String) -> any Error {
    if error is DownloadError || error is HostError || error is StorageError { return error }
    return DownloadError(url, "\(error)")
  }
}
