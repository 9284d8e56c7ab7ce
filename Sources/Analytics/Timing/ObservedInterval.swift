// SPDX-License-Identifier: Apache-2.0
import Glibc

/// One interval between visits, in the two coordinates in which it is judged.
struct ObservedInterval {
  /// When the visit that ends the interval began, in seconds from the caller's origin.
  let endsAt: Double
  /// Start to start, in seconds; what the clock models predict.
  let length: Double
  /// `length` less the dead time that merging requests creates; what the null predicts.
  let nullLength: Double
  let logLength: Double
  let logNullLength: Double

  /// Both lengths must be above zero, which a collapse guarantees.
  init(endsAt: Double, length: Double, nullLength: Double) {
    self.endsAt = endsAt
    self.length = length
    self.nullLength = nullLength
    logLength = log(length)
    logNullLength = log(nullLength)
  }
}
