import Foundation
import SugarTestSupport

/// A small HTTPS server on loopback that misbehaves as told, and remembers what it was asked.
final class FileServer {
  let port: Int
  /// The certificate to trust.
  let certificate: String
  private let process = Process()
  private let log: String

  /// - Parameters:
  ///   - file: what is served, under any path.
  ///   - behaviour: `good`, `no-ranges`, `cut` (closes after a third of what is left), `500`, `404`, `stall`.
  init(_ file: String, behaviour: String, in folder: TemporaryDirectory) throws {
    certificate = folder.path("server.pem")
    log = folder.path("requests")
    try Tool("openssl").check([
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
      "2", "-subj",
      "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout",
      folder.path("server.key"), "-out",
      certificate,
    ])
    let script = folder.path("server.py")
    try Self.script.write(toFile: script, atomically: true, encoding: .utf8)
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "python3", script, file, behaviour, certificate, folder.path("server.key"), log,
    ]
    process.standardOutput = output
    try process.run()
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
    guard port > 0 else { throw Program.Failure(description: "the server did not start") }
  }

  deinit {
    // Threads of a test run block SIGTERM, and a child inherits that.
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  var url: String { "https://localhost:\(port)/images/base.img.xz" }

  /// The `Range` of each request, or `-`.
  var requests: [String] {
    ((try? String(contentsOfFile: log, encoding: .utf8)) ?? "").split(separator: "\n").map(
      String.init)
  }

  private static let script = """
    import http.server, os, re, ssl, sys, time
    path, behaviour, certificate, key, log = sys.argv[1:6]
    data = open(path, "rb").read()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *arguments):
            pass

        def do_GET(self):
            wanted = self.headers.get("Range")
            with open(log, "a") as file:
                file.write((wanted or "-") + "\\n")
            if behaviour in ("500", "404"):
                self.send_response(int(behaviour))
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            start = 0
            match = re.fullmatch(r"bytes=(\\d+)-", wanted or "")
            if match and behaviour != "no-ranges":
                start = int(match[1])
                if start >= len(data):
                    self.send_response(416)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            else:
                self.send_response(200)
            body = data[start:]
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if behaviour == "cut" and len(body) > 3000:
                self.wfile.write(body[: len(body) // 3])
                self.wfile.flush()
                self.close_connection = True
                self.connection.close()
                return
            if behaviour == "stall":
                self.wfile.write(body[: len(body) // 2])
                self.wfile.flush()
                time.sleep(120)
            self.wfile.write(body)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_address[1], flush=True)
    server.serve_forever()
    """
}
