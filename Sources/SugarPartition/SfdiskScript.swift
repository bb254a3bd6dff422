public import SugarModel

/// The input that makes sfdisk write exactly one table. (sfdisk(8), "Script-header lines")
public enum SfdiskScript {
  /// Everything is given, nothing is left to sfdisk's defaults: the same table gives the same bytes.
  public static func text(_ table: PartitionTable) -> String {
    var lines: [String]
    switch table.kind {
    case .gpt(let id):
      lines = ["label: gpt", "label-id: \(id.description.uppercased())"]
      lines += ["first-lba: \(table.usable.start)", "last-lba: \(table.usable.last)"]
    case .mbr(let id):
      lines = ["label: dos", "label-id: 0x\(Hex.text(bigEndian(id)))"]
    }
    lines += ["unit: sectors", "sector-size: \(table.usable.sectorSize)", ""]
    lines += table.partitions.map(row)
    return lines.joined(separator: "\n") + "\n"
  }

  private static func row(_ partition: Partition) -> String {
    var words = [
      "start=\(partition.range.start)", "size=\(partition.range.count)",
      "type=\(partition.type.uppercased())",
    ]
    if let id = partition.id { words.append("uuid=\(id.description.uppercased())") }
    if !partition.name.isEmpty { words.append("name=\"\(partition.name)\"") }
    return "\(partition.number) : " + words.joined(separator: ", ")
  }

  private static func bigEndian(_ id: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: id >> UInt32($0)) }
  }
}
