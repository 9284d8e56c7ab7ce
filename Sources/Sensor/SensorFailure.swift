// SPDX-License-Identifier: Apache-2.0

/// The documented exit codes.
public enum ExitStatus: Int32, Sendable {
  case findings = 1
  case usage = 64
  case malformedTrace = 65
  case fileMissing = 66
  case kernelCannot = 69
  case internalError = 70
  case inputOutput = 74
  case capabilityMissing = 77
  case configurationInvalid = 78
}

/// A failure that ends the program: one line that says what is wrong and how to mend it.
public struct SensorFailure: Error, Sendable {
  public let status: ExitStatus
  public let message: String

  public init(_ status: ExitStatus, _ message: String) {
    self.status = status
    self.message = message
  }
}
