// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The natural logarithm of the gamma function, for `x` > 0.
///
/// The C function `lgamma` writes the global `signgam`; the `_r` form writes a local instead, so
/// pairs may be scored on several threads.
func logGamma(_ x: Double) -> Double {
  var sign: Int32 = 0
  // SAFETY: the pointer is to a live local and lgamma_r does not keep it.
  return unsafe lgamma_r(x, &sign)
}
