/// By whose right a disk is opened.
public struct DiskOpener: Sendable {
  public let open:
    @Sendable (_ path: String, _ mode: FileStorage.Mode) throws(HostError) ->
      FileStorage

  public init(
    _ open: @escaping @Sendable (String, FileStorage.Mode) throws(HostError) -> FileStorage
  ) {
    self.open = open
  }

  /// By the right of whoever runs the program.
  public static let own = DiskOpener { (path, mode) throws(HostError) in
    try FileStorage(path, mode)
  }
}
