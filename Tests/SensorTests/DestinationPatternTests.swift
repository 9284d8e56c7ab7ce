// SPDX-License-Identifier: Apache-2.0

import EventScript
import Findings
import Testing
import Wire

@Suite("Destinations as people declare them")
struct DestinationPatternTests {
  private func takes(_ pattern: String, _ endpoint: String, name: String? = nil) throws -> Bool {
    let pattern = try #require(DestinationPattern(text: pattern))
    return pattern.matches(EventScript.endpoint(endpoint), name: name)
  }

  @Test("An address takes itself, on every port or on one")
  func address() throws {
    #expect(try takes("203.0.113.9", "203.0.113.9:443"))
    #expect(try !takes("203.0.113.9", "203.0.113.10:443"))
    #expect(try takes("203.0.113.9:443", "203.0.113.9:443"))
    #expect(try !takes("203.0.113.9:443", "203.0.113.9:80"))
    #expect(try takes("2001:db8::1", "[2001:db8::1]:443"))
    #expect(try !takes("[2001:db8::1]:80", "[2001:db8::1]:443"))
    // Mapped addresses are IPv4 everywhere in halfwire.
    #expect(try takes("::ffff:203.0.113.9", "203.0.113.9:443"))
  }

  @Test(
    "A network takes what shares its first bits",
    arguments: [
      ("203.0.113.0/24", "203.0.113.255:1", "203.0.114.0:1"),
      ("10.0.0.0/8", "10.255.255.255:1", "11.0.0.0:1"),
      ("203.0.113.8/31", "203.0.113.9:1", "203.0.113.10:1"),
      ("2001:db8::/32", "[2001:db8:ffff::1]:1", "[2001:db9::]:1"),
      ("2001:db8::/64", "[2001:db8::ffff]:1", "[2001:db8:0:1::]:1"),
      ("2001:db8::10/124", "[2001:db8::1f]:1", "[2001:db8::20]:1"),
      ("0.0.0.0/0", "203.0.113.9:1", "[2001:db8::1]:1"),
    ])
  func network(pattern: String, inside: String, outside: String) throws {
    #expect(try takes(pattern, inside))
    #expect(try !takes(pattern, outside))
  }

  @Test("A name takes itself, in any case; a star takes what is below it and not it")
  func names() throws {
    #expect(try takes("Example.com", "203.0.113.9:443", name: "example.COM."))
    #expect(try !takes("example.com", "203.0.113.9:443", name: "a.example.com"))
    #expect(try takes("*.example.com", "203.0.113.9:443", name: "b.a.example.com"))
    #expect(try !takes("*.example.com", "203.0.113.9:443", name: "example.com"))
    #expect(try !takes("*.example.com", "203.0.113.9:443", name: "evilexample.com"))
    #expect(try !takes("example.com", "203.0.113.9:443"))
    #expect(try !takes("example.com:443", "203.0.113.9:80", name: "example.com"))
  }

  @Test(
    "What is no pattern is refused",
    arguments: [
      "", "203.0.113.9/24", "203.0.113.0/33", "203.0.113.0/", "203.0.113.0/+8", "1.2.3",
      "203.0.113.9:0", "203.0.113.9:65536", "203.0.113.9:", "*.", "a..b", "a b", "*a.example",
      "[203.0.113.9]:1", "[2001:db8::1", "2001:db8::/129", "2001:db8::1/64", "example.com:x",
      "**",
    ])
  func refused(text: String) {
    #expect(DestinationPattern(text: text) == nil)
  }

  @Test(
    "A pattern's text reads back as itself",
    arguments: [
      "203.0.113.9", "203.0.113.0/24:443", "2001:db8::/32", "[2001:db8::1]:443", "example.com",
      "*.example.com:8443", "*",
    ])
  func roundTrip(text: String) throws {
    #expect(try #require(DestinationPattern(text: text)).description == text)
  }

  @Test("A service is found by all that it says of its process, and declares its destinations")
  func inventory() throws {
    let inventory = Inventory(services: [
      .init(name: "nothing said"),
      .init(name: "agent", package: "agent", unit: "agent.service", destinations: ["10.0.0.0/8"]),
      .init(name: "by path", path: "/opt/x/x", destinations: ["*.example.com", "no pattern:"]),
    ])
    #expect(
      inventory.service(package: "agent", path: "/usr/bin/agent", unit: "agent.service")?.name
        == "agent")
    #expect(inventory.service(package: "agent", path: "/usr/bin/agent", unit: nil) == nil)
    let service = try #require(inventory.service(package: nil, path: "/opt/x/x", unit: nil))
    let endpoint = EventScript.remote
    #expect(inventory.declares(endpoint, name: "a.example.com", for: service))
    #expect(!inventory.declares(endpoint, name: nil, for: service))
    #expect(!inventory.declares(endpoint, name: "a.example.com", for: .init(name: "empty")))
  }
}
