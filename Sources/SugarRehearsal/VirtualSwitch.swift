/// The networks between the machines: for each segment a switch, with perhaps a router on it.
///
/// A class, because machines come and go at its ports.
final class VirtualSwitch {
  private struct Port {
    var segment: String
    var wire: Wire
    var stream = FrameStream()
  }

  private var ports: [Int: Port] = [:]
  private var tables: [String: LearningTable] = [:]
  private let gateways: [String: Gateway]
  private var next = 1
  /// The router's port of every segment.
  private static let router = 0
  private(set) var frames = 0
  private(set) var dropped = 0

  init(gateways: [String: Gateway]) { self.gateways = gateways }

  /// A new port of a segment: its number, and the end for the machine.
  func plug(into segment: String) throws(RehearsalError) -> (port: Int, end: Wire) {
    let (own, other) = try Wire.pair(for: segment)
    defer { next += 1 }
    ports[next] = Port(segment: segment, wire: own)
    return (next, other)
  }

  func unplug(_ port: Int) {
    guard let gone = ports.removeValue(forKey: port) else { return }
    tables[gone.segment]?.forget(port)
  }

  var wires: [(port: Int, wire: Wire)] { ports.map { ($0.key, $0.value.wire) } }

  /// Takes what a machine sent and passes it on.
  ///
  /// - Parameter now: seconds since 1970, for whoever asks the router for the time.
  func serve(_ port: Int, now: Double) {
    guard let wire = ports[port]?.wire else { return }
    guard let bytes = wire.read() else { return unplug(port) }
    let frames = ports[port]?.stream.take(bytes) ?? []
    if ports[port]?.stream.isBroken == true { return unplug(port) }
    for frame in frames { carry(frame, from: port, now: now) }
  }

  private func carry(_ frame: [UInt8], from port: Int, now: Double) {
    guard let segment = ports[port]?.segment else { return }
    frames += 1
    var others = ports.filter { $0.value.segment == segment }.map(\.key).sorted()
    if gateways[segment] != nil { others.append(Self.router) }
    for target in tables[segment, default: LearningTable()].route(frame, from: port, among: others)
    {
      guard target == Self.router else {
        if ports[target]?.wire.write(FrameStream.packed(frame)) == false { dropped += 1 }
        continue
      }
      guard let reply = gateways[segment]?.answer(frame, now: now) else { continue }
      _ = tables[segment]?.route(reply, from: Self.router, among: others)
      if ports[port]?.wire.write(FrameStream.packed(reply)) == false { dropped += 1 }
    }
  }
}
