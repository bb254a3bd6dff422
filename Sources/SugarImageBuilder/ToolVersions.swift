import SugarArchive
import SugarExt4
import SugarModel

/// What the bytes of a build depend on besides its inputs.
public enum ToolVersions {
  /// The release of this program.
  public static let sugarimage = "0.1.0"

  static var building: [String: String] {
    ["sugarimage": sugarimage, "libext2fs": Ext4Volume.libraryVersion]
  }

  static func preparing(growth: ByteCount) -> [String: String] {
    growth == .zero
      ? building : building.merging(["resize2fs": Ext4Volume.libraryVersion]) { old, _ in old }
  }
}
