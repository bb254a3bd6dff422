import Foundation
import SugarFuzzing

/// Which reader is fuzzed: the environment says it, because the words are libFuzzer's.
private let target: FuzzTarget = {
  let name = ProcessInfo.processInfo.environment["SUGAR_FUZZ_TARGET"] ?? ""
  guard let target = FuzzTarget(rawValue: name) else {
    preconditionFailure("SUGAR_FUZZ_TARGET is '\(name)', no reader")
  }
  return target
}()

/// What libFuzzer calls with each input. (llvm.org/docs/LibFuzzer.html)
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  do {
    try target.run(Array(UnsafeBufferPointer(start: start, count: count)))
  } catch {
    preconditionFailure("\(error)")
  }
  return 0
}
