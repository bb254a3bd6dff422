import SugarModel
import SugarProfile
import Testing

@testable import SugarImagePlan

/// How much the root file system grows, and when an image is refused because it cannot.
@Suite struct GrowthTests {
  private static func plan(
    asset: ByteCount, _ change: (inout PlanInputs) -> Void = { _ in }
  ) throws(PlanError) -> ImagePlan {
    guard var inputs = try? PlanFixture.inputs("dev-single") else {
      throw PlanError(node: "", reason: "no profile", note: nil)
    }
    inputs.assets.k3s["dev"] = Asset(path: "k3s", sha256: "ab", size: asset)
    change(&inputs)
    return try ImagePlanner.plan("dev0", inputs)
  }

  /// What the plan needs beside the asset, found by asking for the largest that fits.
  private static func largestThatFits() throws -> UInt64 {
    var (fits, tooLarge) = (UInt64(0), UInt64(450 << 20))
    while tooLarge - fits > 4096 {
      let middle = (fits + tooLarge) / 2
      if try plan(asset: ByteCount(middle)).rootGrowth == .zero {
        fits = middle
      } else {
        tooLarge = middle
      }
    }
    return fits
  }

  @Test func growsInSteps() throws {
    let fits = try Self.largestThatFits()
    // 32 MiB stay free, the agent has 9, and the small files need less than one.
    #expect((408 << 20)..<(409 << 20) ~= fits)
    let step = UInt64(256 << 20)
    for (over, growth) in [(UInt64(8192), step), (step - 8192, step), (step + 8192, 2 * step)] {
      #expect(try Self.plan(asset: ByteCount(fits + over)).rootGrowth == ByteCount(growth))
    }
  }

  @Test func refusesWhatTheFleetDoesNotAllow() throws {
    let error = #expect(throws: PlanError.self) {
      try Self.plan(asset: .mib(700)) { $0.profile.root.size = .mib(2500) }
    }
    // 2320 MiB and two steps, of which root.size allows 180 MiB.
    #expect(
      error?.description
        == "cannot plan 'dev0': its root file system needs 2.8 GiB, 332 MiB more than root.size "
        + "allows (2.4 GiB)\n    note: give `root.size` a larger value, or put less into the image")
    #expect(
      try Self.plan(asset: .mib(700)) { $0.profile.root.size = .mib(2320 + 512) }.rootGrowth
        == .mib(512))
  }

  @Test func aBaseLargerThanTheDiskIsRefused() throws {
    #expect(throws: PlanError.self) {
      try Self.plan(asset: .kib(1)) { $0.profile.root.size = .mib(2319) }
    }
    #expect(
      try Self.plan(asset: .kib(1)) { $0.profile.root.size = .mib(2320) }.rootGrowth == .zero)
  }

  @Test func bootPartitionCannotGrow() throws {
    let error = #expect(throws: PlanError.self) {
      try Self.plan(asset: .kib(1)) { $0.facts.bootFreeSpace = .kib(70) }
    }
    #expect(error?.reason.hasPrefix("its boot partition has 70 KiB free, the plan needs") == true)
    #expect(try Self.plan(asset: .kib(1)) { $0.facts.bootFreeSpace = .kib(84) }.steps.count > 20)
  }

  @Test func inodes() throws {
    let error = #expect(throws: PlanError.self) {
      try Self.plan(asset: .kib(1)) { $0.facts.freeInodes = 20 }
    }
    #expect(error?.reason == "its root file system has too few inodes left")
    // Growing brings new ones.
    #expect(
      try Self.plan(asset: .mib(700)) { $0.facts.freeInodes = 20 }.rootGrowth == .mib(512))
  }
}
