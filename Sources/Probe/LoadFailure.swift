// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// What a load or attach failed at.
struct LoadFailure: Error {
  let step: String
  /// An errno value; 0 where the step says it all.
  let code: Int32
  let detail: String?
  /// The verifier's log, where it refused.
  let log: String

  init(step: String, code: Int32, detail: String? = nil, log: String = "") {
    self.step = step
    self.code = code
    // The verifier's reason is its last line that is not a statistic.
    self.detail =
      detail
      ?? log.split(separator: "\n")
      .last { !$0.hasPrefix("processed ") && !$0.hasPrefix("verification time") }
      .map(String.init)
    self.log = log
  }

  var text: String {
    let reason = code == 0 ? step : "\(step) refused (\(errorText(code)))"
    // libbpf's word for a tracepoint or a function that the type information does not name.
    if code == ESRCH, detail == nil {
      return "\(reason): a hook that it needs is not in this kernel"
    }
    return detail.map { "\(reason): \($0)" } ?? reason
  }
}
