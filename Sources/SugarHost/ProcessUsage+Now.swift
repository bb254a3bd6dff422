import CLinux
public import SugarModel

extension ProcessUsage {
  /// This process's, until now.
  public static var now: ProcessUsage {
    ProcessUsage(
      own: clinux_processor_time(0), programs: clinux_processor_time(1),
      memory: ByteCount(clinux_peak_memory()))
  }
}
