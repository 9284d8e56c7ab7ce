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
  name: "halfwire-evaluation",
  dependencies: [.package(name: "halfwire", path: "..")],
  targets: [
    .target(name: "Randomness", swiftSettings: settings),
    .target(name: "Statistics", swiftSettings: settings),
    .target(name: "Traffic", dependencies: ["Randomness"], swiftSettings: settings),
    .target(name: "Peers", swiftSettings: settings),
    .target(
      name: "Hosts", dependencies: ["Randomness", "Traffic", pipeline], swiftSettings: settings),
    .target(name: "Labelled", dependencies: [pipeline], swiftSettings: settings),
    .executableTarget(
      name: "evaluate",
      dependencies: [
        "Randomness", "Statistics", "Traffic", "Peers", "Hosts", "Labelled", pipeline,
      ], swiftSettings: settings),
    .executableTarget(
      name: "peer-scores", dependencies: ["Peers", "Randomness"], swiftSettings: settings),
    .testTarget(
      name: "EvaluationTests",
      dependencies: ["Randomness", "Statistics", "Traffic", "Peers", "Hosts", "Labelled"],
      swiftSettings: settings),
  ]
)
