// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Sensor

/// `--state`, with what systemd says where it is not given.
struct StateOption: ParsableArguments {
  @Option(
    name: .customLong("state"),
    help: ArgumentHelp(
      "The state directory. Default: STATE_DIRECTORY of the environment, else none.",
      valueName: "dir"))
  var named: String?

  var directory: String? { named ?? StateDirectoryDefault.path }

  /// The directory, or a failure that says how to name one.
  func required() throws -> String {
    guard let directory else {
      throw SensorFailure(.usage, "no state directory: name one with --state").exit()
    }
    return directory
  }
}
