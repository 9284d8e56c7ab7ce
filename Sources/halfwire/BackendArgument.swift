// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Probe

/// `--backend`: which hooks to use.
enum BackendArgument: String, CaseIterable, ExpressibleByArgument {
  case auto, functions, tracepoints

  /// The one to use; nil tries each.
  var backend: Backend? { Backend(rawValue: rawValue) }
}

/// A size as people write it: "500k", "20M", "1G", in powers of 1000.
struct SizeArgument: ExpressibleByArgument {
  let bytes: UInt64

  init?(argument: String) {
    let units: [(suffix: String, factor: UInt64)] = [
      ("k", 1_000), ("M", 1_000_000), ("G", 1_000_000_000), ("", 1),
    ]
    for unit in units where argument.hasSuffix(unit.suffix) {
      guard let value = UInt64(argument.dropLast(unit.suffix.count)), value > 0 else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: unit.factor)
      guard !overflow else { return nil }
      bytes = product
      return
    }
    return nil
  }
}
