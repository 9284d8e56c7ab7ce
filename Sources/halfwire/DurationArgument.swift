// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// A duration as people write it: "500ms", "30s", "5m", "2h".
struct DurationArgument: ExpressibleByArgument {
  let duration: Duration

  init?(argument: String) {
    let units: [(suffix: String, seconds: Double)] = [
      ("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600),
    ]
    for unit in units where argument.hasSuffix(unit.suffix) {
      guard let value = Double(argument.dropLast(unit.suffix.count)), value > 0,
        value * unit.seconds < 366 * 86_400
      else { return nil }
      duration = .seconds(value * unit.seconds)
      return
    }
    return nil
  }
}
