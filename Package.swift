// swift-tools-version: 6.2
// The floor plan: targets stand in floor order and import downwards only (docs/architecture.md).
import PackageDescription

/// Settings of every target: C stays out of public signatures, and a file sees only what it
/// imports. Warnings are errors where we check our own work (`make check`), and stay warnings for
/// whoever has another compiler.
let house: [SwiftSetting] =
  [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ] + (Context.environment["SUGAR_STRICT"] == nil ? [] : [.treatAllWarnings(as: .error)])

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")

let package = Package(
  name: "sugarimage",
  products: [
    .executable(name: "sugarimage", targets: ["sugarimage"]),
    .executable(name: "sugaragent", targets: ["sugaragent"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
    .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
    .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
  ],
  targets: [
    // 0 ground
    .systemLibrary(name: "CBlkid"),
    .systemLibrary(name: "CExt2fs"),
    .systemLibrary(name: "CLibArchive"),
    .systemLibrary(name: "CLzma"),
    .systemLibrary(name: "CSystemd"),
    .systemLibrary(name: "CZstd"),
    .target(name: "CLinux"),
    .target(name: "CParted"),
    .target(name: "CSystemBus"),
    .target(name: "CAgentNote"),
    // 1 nouns
    .target(name: "SugarModel", swiftSettings: house),
    // 2 formats
    .target(
      name: "SugarProfile", dependencies: ["SugarModel", .product(name: "Yams", package: "Yams")],
      swiftSettings: house),
    .target(
      name: "SugarGitOps", dependencies: ["SugarModel", .product(name: "Yams", package: "Yams")],
      swiftSettings: house),
    .target(name: "SugarCloudInit", swiftSettings: house),
    .target(name: "SugarJoin", dependencies: ["SugarModel"], swiftSettings: house),
    .target(name: "SugarPartition", dependencies: ["SugarModel"], swiftSettings: house),
    .target(name: "SugarFAT", dependencies: ["SugarModel"], swiftSettings: house),
    .target(name: "SugarELF", swiftSettings: house),
    .target(name: "SugarEEPROM", dependencies: ["SugarModel"], swiftSettings: house),
    // 3 tools
    .target(name: "SugarHost", dependencies: ["SugarModel", "CLinux"], swiftSettings: house),
    .target(
      name: "SugarSystemd", dependencies: ["SugarModel", "CSystemd"], swiftSettings: house),
    .target(
      name: "SugarUDisks", dependencies: ["SugarHost", "CSystemBus"], swiftSettings: house),
    .target(
      name: "SugarProbe",
      dependencies: ["SugarModel", "SugarPartition", "SugarFAT", "SugarHost", "CBlkid", "CParted"],
      swiftSettings: house),
    .target(
      name: "SugarArchive", dependencies: ["SugarModel", "CLibArchive", "CLzma", "CZstd"],
      swiftSettings: house),
    .target(name: "SugarExt4", dependencies: ["SugarModel", "CExt2fs"], swiftSettings: house),
    .target(
      name: "SugarKeys",
      dependencies: [
        "SugarModel", "SugarGitOps", "SugarHost", crypto,
        .product(name: "CryptoExtras", package: "swift-crypto"),
        .product(name: "X509", package: "swift-certificates"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
      ], swiftSettings: house),
    .target(
      name: "SugarDownload",
      dependencies: [
        "SugarModel", "SugarHost", crypto,
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ], swiftSettings: house),
    // 4 plans
    .target(
      name: "SugarImagePlan",
      dependencies: [
        "SugarModel", "SugarProfile", "SugarGitOps", "SugarCloudInit", "SugarJoin", crypto,
      ],
      swiftSettings: house),
    .target(
      name: "SugarFlashPlan", dependencies: ["SugarModel", "SugarPartition"], swiftSettings: house),
    .target(
      name: "SugarAgentPlan",
      dependencies: ["SugarModel", "SugarJoin", "SugarPartition", "SugarEEPROM"],
      swiftSettings: house),
    // 5 works
    .target(
      name: "SugarAgentRunner",
      dependencies: [
        "SugarModel", "SugarJoin", "SugarPartition", "SugarEEPROM", "SugarHost", "SugarProbe",
        "SugarAgentPlan",
      ],
      swiftSettings: house),
    .target(
      name: "SugarImageBuilder",
      dependencies: [
        "SugarModel", "SugarProfile", "SugarGitOps", "SugarPartition", "SugarFAT", "SugarELF",
        "SugarEEPROM", "SugarHost", "SugarArchive", "SugarExt4", "SugarKeys", "SugarDownload",
        "SugarImagePlan",
        crypto,
      ], swiftSettings: house),
    .target(
      name: "SugarFlasher",
      dependencies: [
        "SugarModel", "SugarPartition", "SugarHost", "SugarUDisks", "SugarProbe", "SugarFlashPlan",
        "SugarImageBuilder", crypto,
      ], swiftSettings: house),
    .target(
      name: "SugarRehearsal",
      dependencies: [
        "SugarModel", "SugarProfile", "SugarPartition", "SugarFAT", "SugarHost", "CLinux",
      ], swiftSettings: house),
    // 6 doors
    .target(
      name: "SugarImageCommands",
      dependencies: [
        "SugarModel", "SugarProfile", "SugarEEPROM", "SugarHost", "SugarKeys", "SugarDownload",
        "SugarImagePlan", "SugarFlashPlan", "SugarImageBuilder", "SugarFlasher", "SugarRehearsal",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: house),
    .executableTarget(
      name: "sugarimage",
      dependencies: [
        "SugarImageCommands", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: house),
    .executableTarget(
      name: "sugaragent",
      dependencies: [
        "SugarModel", "SugarJoin", "SugarPartition", "SugarFAT", "SugarHost", "SugarSystemd",
        "SugarProbe", "SugarAgentPlan", "SugarAgentRunner", "CBlkid", "CParted", "CAgentNote",
      ], swiftSettings: house),
    // tests
    .target(
      name: "SugarFuzzing",
      dependencies: ["SugarModel", "SugarProfile", "SugarPartition", "SugarFAT", "SugarArchive"],
      path: "Tests/SugarFuzzing", swiftSettings: house),
    .target(
      name: "SugarTestSupport", dependencies: ["SugarModel"], path: "Tests/SugarTestSupport",
      swiftSettings: house),
    .testTarget(
      name: "SugarModelTests", dependencies: ["SugarModel", "SugarTestSupport"],
      swiftSettings: house),
    .testTarget(
      name: "SugarFATTests", dependencies: ["SugarFAT", "SugarModel", "SugarTestSupport"],
      swiftSettings: house),
    .testTarget(
      name: "SugarELFTests", dependencies: ["SugarELF", "SugarModel", "SugarTestSupport"],
      swiftSettings: house),
    .testTarget(
      name: "SugarEEPROMTests", dependencies: ["SugarEEPROM", "SugarModel", "SugarTestSupport"],
      swiftSettings: house),
    .testTarget(
      name: "SugarSystemdTests", dependencies: ["SugarSystemd", "SugarTestSupport"],
      swiftSettings: house),
    .testTarget(
      name: "SugarAgentTests",
      dependencies: ["sugaragent", "SugarELF", "SugarModel", "SugarTestSupport"],
      swiftSettings: house),
    .testTarget(
      name: "SugarImageCommandsTests",
      dependencies: ["sugarimage", "SugarModel", "SugarTestSupport"],
      swiftSettings: house),
    .testTarget(
      name: "SugarProfileTests", dependencies: ["SugarModel", "SugarProfile", "SugarTestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: house),
    .testTarget(
      name: "SugarExt4Tests", dependencies: ["SugarExt4", "SugarModel", "SugarTestSupport"],
      swiftSettings: house),
    .testTarget(
      name: "SugarGitOpsTests", dependencies: ["SugarGitOps", "SugarModel", "SugarTestSupport"],
      exclude: ["Golden"], swiftSettings: house),
    .testTarget(
      name: "SugarCloudInitTests", dependencies: ["SugarCloudInit"], swiftSettings: house),
    .testTarget(
      name: "SugarJoinTests", dependencies: ["SugarJoin", "SugarModel", "SugarTestSupport"],
      swiftSettings: house),
    .testTarget(
      name: "SugarImagePlanTests",
      dependencies: [
        "SugarAgentRunner", "SugarGitOps", "SugarHost", "SugarImagePlan", "SugarModel",
        "SugarProfile", "SugarTestSupport",
      ], exclude: ["Golden", "Identities"], swiftSettings: house),
    .testTarget(
      name: "SugarFlashPlanTests",
      dependencies: ["SugarFlashPlan", "SugarModel", "SugarPartition", "SugarTestSupport"],
      exclude: ["Golden"], swiftSettings: house),
    .testTarget(
      name: "SugarFlasherTests",
      dependencies: [
        "SugarFlashPlan", "SugarFlasher", "SugarImageBuilder", "SugarModel", "SugarPartition",
        "SugarTestSupport",
      ], swiftSettings: house),
    .testTarget(
      name: "SugarAgentPlanTests",
      dependencies: [
        "SugarAgentPlan", "SugarEEPROM", "SugarJoin", "SugarModel", "SugarPartition",
        "SugarTestSupport",
      ],
      exclude: ["Golden"], swiftSettings: house),
    .testTarget(
      name: "SugarAgentRunnerTests",
      dependencies: [
        "SugarAgentPlan", "SugarAgentRunner", "SugarEEPROM", "SugarHost", "SugarJoin", "SugarModel",
        "SugarPartition", "SugarTestSupport",
      ], swiftSettings: house),
    .testTarget(
      name: "SugarRehearsalTests",
      dependencies: ["SugarRehearsal", "SugarModel", "SugarTestSupport"], swiftSettings: house),
    .testTarget(
      name: "SugarKeysTests", dependencies: ["SugarKeys", "SugarModel", "SugarTestSupport"],
      swiftSettings: house),
    .testTarget(
      name: "SugarPartitionTests",
      dependencies: ["SugarModel", "SugarPartition", "SugarTestSupport"], swiftSettings: house),
    .testTarget(
      name: "SugarArchiveTests", dependencies: ["SugarArchive", "SugarModel", "SugarTestSupport"],
      swiftSettings: house),
    .testTarget(
      name: "SugarFuzzingTests", dependencies: ["SugarFuzzing"], swiftSettings: house),
    .testTarget(
      name: "SugarHostTests", dependencies: ["SugarHost", "SugarModel", "SugarTestSupport"],
      swiftSettings: house),
  ]
)

// The tests make, copy and compare whole images: what they try is optimised in debug mode, too.
for target in package.targets where target.type != .test && target.swiftSettings != nil {
  target.swiftSettings?.append(.unsafeFlags(["-O"], .when(configuration: .debug)))
}

// `scripts/fuzz` builds the fuzzer, which has no main of its own: libFuzzer brings it.
if Context.environment["SUGAR_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "sugarfuzz", dependencies: ["SugarFuzzing"], path: "Tests/sugarfuzz",
      swiftSettings: house))
}

// `scripts/agent` builds the agent's flat alone: what sugaragent depends on, and not one package.
if Context.environment["SUGAR_AGENT_ALONE"] != nil {
  var (flat, rest): (Set<String>, [String]) = ([], ["sugaragent"])
  while let name = rest.popLast() {
    guard flat.insert(name).inserted else { continue }
    for case .byNameItem(let name, _) in package.targets.first(where: { $0.name == name })?
      .dependencies ?? []
    { rest.append(name) }
  }
  package.dependencies = []
  package.products.removeAll { $0.name != "sugaragent" }
  package.targets.removeAll { !flat.contains($0.name) }
}
