/// The SHA-256 digest (FIPS 180-4), for the program that takes no package: identities, fingerprints
/// and consents, never passwords.
///
/// Its inner loops use pointers and masking shifts: without the optimiser they are many times faster
/// than arrays, and the agent's tests hash whole disks.
public struct SHA256Hash: Sendable {
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
    0x5be0_cd19,
  ]
  private var pending: [UInt8] = []
  private var length: UInt64 = 0
  private var schedule = [UInt32](repeating: 0, count: 64)

  public init() {}

  /// The digest of `bytes`, 32 of them.
  public static func digest(_ bytes: some Collection<UInt8>) -> [UInt8] {
    var hash = SHA256Hash()
    hash.add(bytes)
    return hash.finish()
  }

  /// The digest of the UTF-8 of `text`, 64 lower-case hex digits.
  public static func hex(_ text: String) -> String { Hex.text(digest(Array(text.utf8))) }

  public mutating func add(_ bytes: some Collection<UInt8>) {
    length += UInt64(bytes.count)
    pending.append(contentsOf: bytes)
    var place = 0
    pending.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      state.withUnsafeMutableBufferPointer { state in
        schedule.withUnsafeMutableBufferPointer { words in
          Self.constants.withUnsafeBufferPointer { constants in
            guard let state = state.baseAddress, let words = words.baseAddress,
              let constants = constants.baseAddress
            else { return }
            while place + 64 <= buffer.count {
              Self.compress(state, words, constants, start + place)
              place += 64
            }
          }
        }
      }
    }
    pending.removeFirst(place)
  }

  /// Ends the message and gives its digest.
  public mutating func finish() -> [UInt8] {
    let bits = length * 8
    let zeros = (119 - pending.count % 64) % 64
    let end = (0..<8).map { UInt8(truncatingIfNeeded: bits >> UInt64(56 - 8 * $0)) }
    add([0x80] + [UInt8](repeating: 0, count: zeros) + end)
    return state.flatMap { word in
      [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> UInt32($0)) }
    }
  }

  private static func compress(
    _ state: UnsafeMutablePointer<UInt32>, _ words: UnsafeMutablePointer<UInt32>,
    _ constants: UnsafePointer<UInt32>, _ block: UnsafePointer<UInt8>
  ) {
    var index = 0
    while index < 16 {
      let byte = block + 4 * index
      words[index] =
        UInt32(truncatingIfNeeded: byte[0]) &<< 24 | UInt32(truncatingIfNeeded: byte[1]) &<< 16
        | UInt32(truncatingIfNeeded: byte[2]) &<< 8 | UInt32(truncatingIfNeeded: byte[3])
      index += 1
    }
    while index < 64 {
      let (early, late) = (words[index - 15], words[index - 2])
      let first = rotate(early, 7) ^ rotate(early, 18) ^ early &>> 3
      let second = rotate(late, 17) ^ rotate(late, 19) ^ late &>> 10
      words[index] = words[index - 16] &+ first &+ words[index - 7] &+ second
      index += 1
    }
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    index = 0
    while index < 64 {
      let mixed = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
      let first = h &+ mixed &+ (e & f ^ ~e & g) &+ constants[index] &+ words[index]
      let second = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) &+ (a & b ^ a & c ^ b & c)
      h = g
      g = f
      f = e
      e = d &+ first
      d = c
      c = b
      b = a
      a = first &+ second
      index += 1
    }
    state[0] &+= a
    state[1] &+= b
    state[2] &+= c
    state[3] &+= d
    state[4] &+= e
    state[5] &+= f
    state[6] &+= g
    state[7] &+= h
  }

  @inline(__always)
  private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
    word &>> count | word &<< (32 &- count)
  }

  /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
  private static let constants: [UInt32] = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
  ]
}
