// SPDX-License-Identifier: Apache-2.0
import Glibc

/// ln(e^a + e^b) without overflow; either argument may be minus infinity, but not both.
func logSum(_ a: Double, _ b: Double) -> Double {
  let larger = max(a, b)
  return larger + log1p(exp(min(a, b) - larger))
}
