// swift-tools-version: 6.2
// The floor plan: targets stand in floor order and import downwards only (docs/architecture.md).
import PackageDescription

/// Settings of every target: C stays out of public signatures, and a file sees only what it imports.
let house: [SwiftSetting] = [
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "sugarimage",
  products: [.executable(name: "sugarimage", targets: ["sugarimage"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
    .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
  ],
  targets: [
    // 1 nouns
    .target(name: "SugarModel", swiftSettings: house),
    // 2 formats
    .target(
      name: "SugarProfile", dependencies: ["SugarModel", .product(name: "Yams", package: "Yams")],
      swiftSettings: house),
    // 6 doors
    .executableTarget(name: "sugarimage", dependencies: ["SugarModel", "SugarProfile"], swiftSettings: house),
    // tests
    .target(
      name: "SugarTestSupport", dependencies: ["SugarModel"], path: "Tests/SugarTestSupport",
      swiftSettings: house),
    .testTarget(
      name: "SugarModelTests", dependencies: ["SugarModel", "SugarTestSupport"], swiftSettings: house),
    .testTarget(
      name: "SugarProfileTests", dependencies: ["SugarModel", "SugarProfile", "SugarTestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: house),
  ]
)
