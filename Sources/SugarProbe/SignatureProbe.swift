import CBlkid
public import SugarModel

#if canImport(Glibc)
  import Glibc
#endif

/// Why a disk or a partition could not be looked at.
public struct ProbeError: Error, Hashable, Sendable, CustomStringConvertible {
  public var operation: String
  public var subject: String
  public var reason: String
  public var code: Int32?

  public init(operation: String, subject: String, reason: String, code: Int32? = nil) {
    self.operation = operation
    self.subject = subject
    self.reason = reason
    self.code = code
  }

  public var description: String { "cannot \(operation) '\(subject)': \(reason)" }
}

/// What libblkid recognises in a window of an open disk or file. (libblkid, low-level probing)
public enum SignatureProbe {
  public struct Answer: Hashable, Sendable {
    /// Every signature that is there, not only the first.
    public var signatures: [Signature]
    public var isAmbivalent: Bool
    /// libblkid's PTTYPE: `gpt`, `dos`, `PMBR`, `mac`; nil when it sees no table.
    public var tableKind: String?
  }

  /// Probes `size` bytes from `start`.
  public static func look(
    at descriptor: Int32, from start: ByteCount, size: ByteCount, name: String
  ) throws(ProbeError) -> Answer {
    let (signatures, tableKind) = try all(descriptor, start, size, name)
    return Answer(
      signatures: signatures,
      isAmbivalent: try isAmbivalent(descriptor, start, size, name, found: signatures.count),
      tableKind: tableKind)
  }

  private static func open(
    _ descriptor: Int32, _ start: ByteCount, _ size: ByteCount, _ name: String
  ) throws(ProbeError) -> OpaquePointer {
    guard let probe = blkid_new_probe() else {
      throw ProbeError(operation: "probe", subject: name, reason: "there is no memory left")
    }
    guard
      blkid_probe_set_device(
        probe, descriptor, blkid_loff_t(start.bytes), blkid_loff_t(size.bytes)) == 0
    else {
      blkid_free_probe(probe)
      throw ProbeError(operation: "probe", subject: name, reason: "libblkid cannot read it")
    }
    blkid_probe_enable_superblocks(probe, 1)
    blkid_probe_set_superblocks_flags(
      probe, BLKID_SUBLKS_LABEL | BLKID_SUBLKS_UUID | BLKID_SUBLKS_TYPE | BLKID_SUBLKS_USAGE)
    return probe
  }

  /// blkid_do_probe(3) gives one signature for each call: all of them are wanted.
  private static func all(
    _ descriptor: Int32, _ start: ByteCount, _ size: ByteCount, _ name: String
  ) throws(ProbeError) -> ([Signature], String?) {
    let probe = try open(descriptor, start, size, name)
    defer { blkid_free_probe(probe) }
    blkid_probe_enable_partitions(probe, 1)
    var found: [Signature] = []
    var tableKind: String?
    while true {
      let result = blkid_do_probe(probe)
      guard result >= 0 else {
        throw ProbeError(operation: "probe", subject: name, reason: "reading it failed")
      }
      if result == 1 { return (found, tableKind) }
      if let type = value("TYPE", of: probe) {
        found.append(
          Signature(
            type: type, usage: value("USAGE", of: probe) ?? "other",
            label: value("LABEL", of: probe), uuid: value("UUID", of: probe)))
      } else if let kind = value("PTTYPE", of: probe) {
        tableKind = kind
      }
    }
  }

  /// blkid_do_safeprobe(3): -2 when what was found contradicts itself. Release 2.41 says -1 then, as if
  /// the disk could not be read; where several things were found just before, it could.
  private static func isAmbivalent(
    _ descriptor: Int32, _ start: ByteCount, _ size: ByteCount, _ name: String, found: Int
  ) throws(ProbeError) -> Bool {
    let probe = try open(descriptor, start, size, name)
    defer { blkid_free_probe(probe) }
    let result = blkid_do_safeprobe(probe)
    if result == -1, found < 2 {
      throw ProbeError(operation: "probe", subject: name, reason: "reading it failed")
    }
    return result < 0
  }

  private static func value(_ name: String, of probe: OpaquePointer) -> String? {
    var text: UnsafePointer<CChar>?
    guard blkid_probe_lookup_value(probe, name, &text, nil) == 0, let text else { return nil }
    return String(cString: text)
  }
}
