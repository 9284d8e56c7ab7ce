// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Probe
import Wire

/// What of packets is copied, for the commands that attach.
struct PacketOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "First payload bytes to take of what a connection sends, at most 2048; 0 for none.",
      valueName: "bytes"))
  var firstBytesSent: UInt32 = 2_048

  @Option(
    help: ArgumentHelp(
      "The same of what it receives.", valueName: "bytes"))
  var firstBytesReceived: UInt32 = 256

  @Option(
    help: ArgumentHelp(
      "DNS answers to read for names in a second, at most; 0 for none.", valueName: "count"))
  var namesPerSecond: UInt32 = 200

  @Option(
    help: ArgumentHelp(
      "Resets of packets that belong to no flow to tell in a second, at most; 0 for none.",
      valueName: "count"))
  var resetsPerSecond: UInt32 = 200

  func validate() throws {
    let limit = KernelPacketKnobs.limitBytes
    guard firstBytesSent <= limit, firstBytesReceived <= limit else {
      throw ValidationError("first bytes are 0 to \(limit)")
    }
  }

  var knobs: KernelPacketKnobs {
    KernelPacketKnobs(
      sentBytes: firstBytesSent, receivedBytes: firstBytesReceived,
      answersPerSecond: namesPerSecond, resetsPerSecond: resetsPerSecond)
  }
}
