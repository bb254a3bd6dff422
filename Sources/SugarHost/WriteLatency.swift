import SugarModel

#if canImport(Glibc)
  import Glibc
#endif

/// How long a disk takes to keep what it was given, measured as etcd writes its log: small pieces
/// at the end of a file, each made durable before the next. (etcd, "Disks"; fio with fdatasync=1)
public struct WriteLatency: Hashable, Sendable {
  /// Milliseconds: half of the writes, and all but one of a hundred, were faster.
  public var median: Double
  public var slowest: Double
  public var writes: Int

  /// Writes into a file of its own in `folder` for at most so many seconds, and removes it.
  public static func measure(in folder: String, seconds: Double = 2, writes limit: Int = 400)
    throws(HostError) -> WriteLatency
  {
    let path = folder + "/.sugaragent-latency"
    let file = try FileStorage(path, .create)
    defer { try? Files.remove(path) }
    let piece = [UInt8](repeating: 0x5a, count: 2300)
    let start = Moment.now.seconds
    var times: [Double] = []
    var place = ByteCount.zero
    while times.count < limit, times.count < 20 || Moment.now.seconds - start < seconds {
      let began = Moment.now.seconds
      do { try file.write(piece, at: place) } catch {
        throw HostError(
          operation: "write", subject: path, reason: error.reason, code: error.code)
      }
      try file.synchronizeData()
      times.append((Moment.now.seconds - began) * 1000)
      place += ByteCount(piece.count)
      // A disk that takes seconds is measured by a handful.
      if Moment.now.seconds - start > seconds * 3 { break }
    }
    times.sort()
    return WriteLatency(
      median: times[times.count / 2], slowest: times[times.count * 99 / 100],
      writes: times.count)
  }
}
