public import SugarModel

/// The ids of a layout on one disk. They follow from the node and the disk, so an interrupted table
/// of ours is recognised, and a medium made again finds its data.
public struct DiskIDs: Hashable, Sendable {
  private let words: [String]

  public init(fleet: String, node: String, layout: String, disk: DiskIdentifier) {
    words = ["sugarimage disk", fleet, node, layout, disk.seed]
  }

  public var table: GUID { GUID(derivedFrom: words + ["table"]) }

  public func partition(_ number: Int) -> GUID {
    GUID(derivedFrom: words + ["partition", String(number)])
  }

  public func fileSystem(_ number: Int) -> GUID {
    GUID(derivedFrom: words + ["file system", String(number)])
  }
}
