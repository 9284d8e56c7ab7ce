// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

/// The root package's list.
let settings: [SwiftSetting] = [
  .strictMemorySafety(),  // SE-0458
  .treatAllWarnings(as: .error),  // SE-0480
  .enableUpcomingFeature("ExistentialAny"),  // SE-0335
  .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
  .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // SE-0461
  .enableUpcomingFeature("InferIsolatedConformances"),  // SE-0470
  .enableUpcomingFeature("ImmutableWeakCaptures"),  // SE-0481
]

let pipeline: Target.Dependency = .product(name: "HalfwirePipeline", package: "halfwire")

let package = Package(
  name: "halfwire-benchmarks",
  dependencies: [.package(name: "halfwire", path: "..")],
  targets: [
    .target(name: "Measurement", swiftSettings: settings),
    .executableTarget(
      name: "throughput", dependencies: ["Measurement", pipeline], swiftSettings: settings),
    .executableTarget(
      name: "timing", dependencies: ["Measurement", pipeline], swiftSettings: settings),
  ]
)
