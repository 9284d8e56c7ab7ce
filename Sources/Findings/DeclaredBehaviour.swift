// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Flows
internal import Protocols
internal import Wire

/// What the entries of declared lists are compared with.
struct DeclaredBehaviour {
  let analytic: Analytic
  let subject: Subject
  /// Of the acting process's own executable.
  let file: ExecutableFacts
  /// Its provenance, whatever script it runs; nil where not even a path is known.
  let program: Provenance?
  let uid: UInt32?
  /// All but the first, separated by blanks.
  let arguments: String?
  /// All that the behaviour is about: an entry must cover it whole.
  let destination: DestinationPattern
  let name: String?
  let application: ApplicationProtocol?
  /// Of the address that was visited last.
  let port: UInt16
}
