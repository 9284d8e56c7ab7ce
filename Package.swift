// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

/// One list for every target: https://www.swift.org/swift-evolution proposals in brackets.
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

let package = Package(
  name: "halfwire",
  products: [
    .executable(name: "halfwire", targets: ["halfwire"]),
    .library(
      name: "HalfwirePipeline",
      targets: [
        "Wire", "Trace", "Digest", "Protocols", "Flows", "Analytics", "Baseline", "Findings",
      ]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
  ],
  targets: [
    .systemLibrary(name: "CWire", path: "bpf/wire"),
    .systemLibrary(
      name: "CLibbpf", pkgConfig: "libbpf", providers: [.apt(["libbpf-dev", "libelf-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
      name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .target(name: "CProbeObjects", exclude: ["objects"]),
    .target(name: "Wire", dependencies: ["CWire"], swiftSettings: settings),
    .target(
      name: "Probe", dependencies: ["Wire", "CLibbpf", "CProbeObjects"], swiftSettings: settings),
    .target(name: "Trace", dependencies: ["Wire", "CZstd"], swiftSettings: settings),
    .target(
      name: "Identity", dependencies: ["Wire", "Digest", "CSQLite"], swiftSettings: settings),
    .target(name: "Digest", dependencies: ["CCrypto"], swiftSettings: settings),
    .target(name: "Protocols", dependencies: ["Wire", "Digest"], swiftSettings: settings),
    .target(name: "Flows", dependencies: ["Wire", "Digest", "Protocols"], swiftSettings: settings),
    .target(
      name: "Analytics", dependencies: ["Flows", "Protocols", "Wire"], swiftSettings: settings),
    .target(
      name: "Baseline", dependencies: ["Flows", "Protocols", "Wire", "CSQLite"],
      swiftSettings: settings),
    .target(
      name: "Findings",
      dependencies: ["Analytics", "Baseline", "Flows", "Protocols", "Wire", "Digest"],
      swiftSettings: settings),
    .target(
      name: "Export",
      dependencies: [
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ], swiftSettings: settings),
    .target(
      name: "Sensor",
      dependencies: [
        "Wire", "Digest", "Probe", "Protocols", "Identity", "Trace", "Flows", "Analytics",
        "Baseline", "Findings", "Export",
        .product(name: "TOMLKit", package: "TOMLKit"),
      ], swiftSettings: settings),
    .target(name: "Simulate", dependencies: ["Wire"], swiftSettings: settings),
    .executableTarget(
      name: "halfwire",
      dependencies: [
        "Sensor", "Simulate", "Analytics", "Findings", "Probe", "Wire",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: settings),
    .executableTarget(
      name: "metrics-fixture", dependencies: ["Export"], path: "Tests/MetricsFixture",
      swiftSettings: settings),
    .testTarget(name: "ArchitectureTests", swiftSettings: settings),
    .testTarget(name: "WireTests", dependencies: ["Wire"], swiftSettings: settings),
    .testTarget(name: "TraceTests", dependencies: ["Trace", "Wire"], swiftSettings: settings),
    .testTarget(
      name: "ExportTests",
      dependencies: [
        "Export", "metrics-fixture", .product(name: "NIOCore", package: "swift-nio"),
      ],
      exclude: ["golden.prom", "golden.openmetrics"], swiftSettings: settings),
    .target(
      name: "EventScript", dependencies: ["Wire"], path: "Tests/EventScript",
      swiftSettings: settings),
    .testTarget(
      name: "IdentityTests", dependencies: ["Digest", "Identity", "Wire"],
      exclude: ["caller.c", "make_rpm_fixture.sh"], resources: [.copy("Fixtures")],
      swiftSettings: settings),
    .testTarget(
      name: "ProtocolsTests", dependencies: ["Protocols", "Wire"], swiftSettings: settings),
    .testTarget(name: "DigestTests", dependencies: ["Digest"], swiftSettings: settings),
    .testTarget(
      name: "FlowsTests", dependencies: ["EventScript", "Flows", "Protocols", "Wire"],
      swiftSettings: settings),
    .testTarget(
      name: "AnalyticsTests",
      dependencies: ["Analytics", "EventScript", "Flows", "Protocols", "Wire"],
      exclude: ["Timing/make_fixtures.py"], resources: [.copy("Timing/Fixtures")],
      swiftSettings: settings),
    .executableTarget(
      name: "state-writer", dependencies: ["Baseline"], path: "Tests/StateWriter",
      swiftSettings: settings),
    .testTarget(
      name: "BaselineTests",
      dependencies: ["Baseline", "EventScript", "Flows", "Wire", "state-writer"],
      swiftSettings: settings),
    .testTarget(
      name: "FindingsTests",
      dependencies: ["Analytics", "Baseline", "EventScript", "Findings", "Flows", "Wire"],
      swiftSettings: settings),
    .testTarget(
      name: "SensorTests",
      dependencies: [
        "Analytics", "Baseline", "EventScript", "Export", "Findings", "Flows", "Sensor", "Trace",
        "Wire",
      ], swiftSettings: settings),
    .testTarget(
      name: "VerdictTests", dependencies: ["EventScript", "Sensor", "Trace", "Wire"],
      swiftSettings: settings),
    .testTarget(
      name: "SampleTests",
      dependencies: ["Analytics", "EventScript", "Findings", "Flows", "Trace", "Wire"],
      swiftSettings: settings),
  ],
  cLanguageStandard: .c2x
)
