// SPDX-License-Identifier: Apache-2.0

/// A type that a family's values can have.
public protocol MetricValue: Sendable {
  var sampleValue: SampleValue { get }
}

/// A value as it is stored and written; integers stay exact up to `UInt64.max`.
public enum SampleValue: Sendable, Equatable {
  case integer(UInt64)
  case real(Double)
  case histogram(Histogram)

  /// Lines that this value becomes, which is what a Prometheus server counts as series.
  var seriesCount: Int {
    guard case .histogram(let histogram) = self else { return 1 }
    return histogram.bounds.upperBounds.count + 3  // the +Inf bucket, the sum and the count
  }
}

extension UInt64: MetricValue {
  public var sampleValue: SampleValue { .integer(self) }
}

extension Double: MetricValue {
  public var sampleValue: SampleValue { .real(self) }
}

extension Bool: MetricValue {
  /// 1 for true.
  public var sampleValue: SampleValue { .integer(self ? 1 : 0) }
}

extension Histogram: MetricValue {
  public var sampleValue: SampleValue { .histogram(self) }
}
