public import SugarModel

/// Something that a long command tells while it works.
public enum BuildEvent: Hashable, Sendable {
  case phase(String)
  case waiting(String)
  /// Something that a person should know also when nobody watches.
  case note(String)
  case unpacked(ByteCount, of: ByteCount?)
  case downloaded(ByteCount, of: ByteCount?)
  case built(node: String, done: Int, of: Int)
  case packed(ByteCount, of: ByteCount)
  case exported(node: String)
  case flashed(ByteCount, of: ByteCount)
  case compared(ByteCount, of: ByteCount)
  case cleared(ByteCount, of: ByteCount)
}
