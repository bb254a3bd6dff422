import SugarArchive
import SugarExt4
import SugarFAT
import SugarHost
import SugarImagePlan
import SugarKeys
import SugarModel
import SugarPartition

extension BuildError {
  /// The error of a lower floor as one of ours. A tool's own words stay as they are.
  init(_ error: any Error) {
    switch error {
    case let error as BuildError: self = error
    case let error as HostError: self.init(.machine, error.description)
    case let error as StorageError:
      self.init(error.code == nil ? .data : .machine, error.description)
    case let error as ArchiveError:
      // A system's error number means that the machine failed; liblzma's and libarchive's mean a
      // bad file.
      self.init(
        ["read", "write"].contains(error.operation) ? .machine : Self.kind(of: error),
        error.description)
    case let error as PartitionError:
      self.init(error.code == nil ? .data : .machine, error.description)
    case let error as Ext4Error:
      self.init(error.systemCode == nil ? .data : .machine, error.description)
    case let error as FATError: self.init(error.code == nil ? .data : .machine, error.description)
    case let error as PlanError: self.init(.data, error.description)
    case let error as KeyError: self.init(error.code == nil ? .data : .machine, error.description)
    default: self.init(.machine, "\(error)")
    }
  }

  private static func kind(of error: ArchiveError) -> Kind {
    error.reason.contains("cannot write") ? .machine : .data
  }
}

/// Runs `body` and gives whatever it throws as a `BuildError`.
func building<Result: ~Copyable>(_ body: () throws -> Result) throws(BuildError) -> Result {
  do {
    return try body()
  } catch {
    throw BuildError(error)
  }
}
