import SugarArchive
import SugarHost
import SugarModel

extension ImageExporter {
  /// An `.img.xz` out of the packed base's own blocks, where the image has their content, and new ones.
  ///
  /// Which blocks the image still has is told by digests: of every 64 KiB of the base as it was
  /// unpacked, and of the image.
  func splice(_ image: NodeImage, to path: String, _ result: inout ExportedImage) throws {
    let proven = try image.proven()
    let (packed, plain) = try original(of: image, &result)
    let splice = XZSplice(size: image.size, base: packed?.image) { range in
      plain.map { proven.chunks.isSame(as: $0, in: range) } ?? false
    }
    let output = try FileStorage(path, .create)
    let memory = try plain.map { plain throws(BuildError) in
      try PieceStore(cache, base: image.base.record.sha256, encoding: splice.encoding) {
        proven.chunks.isSame(as: plain, in: $0)
      }
    }
    do {
      try splice.write(
        proven, to: output, name: path, workers: workers, memory: memory,
        progress: teller(image.size))
      memory?.finish(keeping: true)
    } catch {
      memory?.finish(keeping: false)
      throw error
    }
    try packed?.checkUnchanged()
    try output.synchronize()
    try check(path, splice, image.size)
    result.blocks = splice.blockCount
    result.keptBlocks = splice.keptCount
    if packed != nil, splice.keptCount == 0 {
      result.note = "no block of the packed base is as it was: all of it is packed anew"
    }
  }

  /// The packed base and the digests of what it unpacks to; nothing when one of them is not there any
  /// more, which is said.
  private func original(
    of image: NodeImage, _ result: inout ExportedImage
  ) throws -> (packed: PackedBase?, plain: ChunkDigests?) {
    let record = image.base.record
    let key = PreparedBase.key(sha256: record.sha256, growth: .zero)
    guard let plain = try cache.base(key) else {
      result.note = "the base before it was grown is no longer in the cache: all is packed anew"
      return (nil, nil)
    }
    let download = try cache.use(.download, record.sha256, name: record.name)
    let places = [download.path] + packedBases
    switch try PackedBase.find(plain.record, in: places, cache) {
    case .found(let packed): return (packed, plain.chunks)
    case .missing(let reason):
      result.note = "\(reason): all of it is packed anew, which takes longer"
      return (nil, nil)
    }
  }

  /// Opens what was written with a fresh handle: its index must lead to as many blocks and bytes.
  private func check(_ path: String, _ splice: XZSplice, _ size: ByteCount) throws {
    let written = try XZImage(FileStorage(path, .read), name: path)
    guard written.size == size, written.blockCount == splice.blockCount else {
      throw BuildError(.machine, "cannot read '\(path)' as it was written just now")
    }
  }

  /// By qemu-img, from a raw image that goes afterwards.
  func convert(_ image: NodeImage, to path: String) throws {
    guard let tool = try? Program("qemu-img") else {
      throw BuildError(
        .machine, "cannot make a qcow2 image of '\(image.node)': qemu-img is not installed",
        note: "install the package qemu-utils")
    }
    let raw = path + ".raw"
    defer { try? Files.remove(raw) }
    _ = try image.write(to: raw)
    // It is there already and empty, so that it stays for its owner alone.
    let output = try FileStorage(path, .create)
    progress(.phase("converting \(image.node) by qemu-img"))
    let answer = try tool.run(
      ["convert", "-q", "-f", "raw", "-O", "qcow2", Self.plain(raw), Self.plain(path)])
    guard answer.status == 0 else {
      throw BuildError(.machine, "cannot write '\(path)': \(answer.output.lastLines)")
    }
    try output.synchronize()
  }

  /// A path that qemu-img takes for a file: what stands before a colon it takes for a protocol.
  private static func plain(_ path: String) -> String { path.hasPrefix("/") ? path : "./\(path)" }
}
