// SPDX-License-Identifier: Apache-2.0

public import Analytics

/// One of ATT&CK's parameters that are lists: what an operator declares for one analytic.
public struct DeclaredList: Hashable, Sendable {
  /// What its entries name.
  public enum Kind: Hashable, Sendable {
    /// Who acts.
    case program
    /// Who acts, and as which user.
    case userProgram
    /// What started it.
    case starter
    /// What it was started with.
    case arguments
    /// Where it goes.
    case destination
    /// What is spoken on which port.
    case service

    /// It only makes a declaration narrower: whoever starts a program chooses its arguments, and
    /// one parent starts many programs.
    public var onlyNarrows: Bool { self == .starter || self == .arguments }
  }

  /// Entries of one list.
  public static let limit = 1_000

  public let analytic: Analytic
  /// ATT&CK's, of the analytic or of its Linux sibling.
  public let name: String
  public let kind: Kind

  /// In the order they are documented.
  public static let all = [
    DeclaredList(analytic: .beacon, name: "ProcessNetworkBaseline", kind: .program),
    DeclaredList(analytic: .oneWay, name: "ProcessName", kind: .program),
    DeclaredList(analytic: .oneWay, name: "ParentProcess", kind: .starter),
    DeclaredList(analytic: .oneWay, name: "CommandLineArgs", kind: .arguments),
    DeclaredList(analytic: .oneWay, name: "DestinationDomain", kind: .destination),
    DeclaredList(analytic: .tlsEgress, name: "ProcessName", kind: .program),
    DeclaredList(analytic: .tlsEgress, name: "ParentProcess", kind: .starter),
    DeclaredList(analytic: .tlsEgress, name: "HostnamePattern", kind: .destination),
    DeclaredList(analytic: .excessEgress, name: "ProcessAllowlist", kind: .program),
    DeclaredList(analytic: .excessEgress, name: "UserProcessBaseline", kind: .userProgram),
    DeclaredList(analytic: .nonconforming, name: "AllowedServices", kind: .service),
  ]
}
