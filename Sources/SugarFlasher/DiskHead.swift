import SugarFlashPlan
import SugarImageBuilder
import SugarModel
import SugarPartition

/// The first MiB of the image, as the image has it and with the table that this disk gets.
struct DiskHead {
  /// With this disk's table; whole sectors.
  let buffer: AlignedBuffer
  /// As the image has it, which is what its digest is taken from.
  let unchanged: AlignedBuffer
  let count: Int

  var original: UnsafeMutableRawBufferPointer { unchanged.prefix(count) }

  init(_ plan: FlashPlan, _ source: ImageSource) throws(FlashError) {
    count = Int(min(FlashPlan.head, source.size).bytes)
    unchanged = AlignedBuffer(ContentWriter.padded(count))
    do {
      try source.storage.read(at: .zero, into: unchanged.prefix(count))
      let block = WorkingBytes(Array(unchanged.bytes.prefix(512)))
      for row in plan.rows {
        switch row {
        case .resize(let number, let size):
          try MasterBootRecord.resize(partition: number, to: size, of: block)
        case .keep(let entry): try MasterBootRecord.add(entry, to: block)
        }
      }
      buffer = AlignedBuffer(unchanged.bytes.count)
      buffer.bytes.copyMemory(from: UnsafeRawBufferPointer(unchanged.bytes))
      buffer.bytes.copyBytes(from: block.content)
    } catch {
      throw FlashError(.machine, "cannot read the image: \(error)", note: FlashStage.before.note)
    }
  }
}
