// SPDX-License-Identifier: Apache-2.0

import Randomness
import Testing

@Suite struct RandomnessTests {
  /// The first numbers of seed 1234567 that Rosetta Code's task "Pseudo-random numbers/Splitmix64" gives.
  @Test func `the generator gives the published numbers`() {
    var random = SplitMix64(seed: 1_234_567)
    let expected: [UInt64] = [
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
    ]
    #expect(expected.map { _ in random.next() } == expected)
  }

  @Test func `cells and seeds share no numbers`() {
    var first = SplitMix64(cell: "a", seed: 0)
    var second = SplitMix64(cell: "a", seed: 1)
    var third = SplitMix64(cell: "b", seed: 0)
    #expect(Set([first.next(), second.next(), third.next()]).count == 3)
  }

  struct Law: Sendable {
    let name: String
    let mean: Double
    let deviation: Double
  }

  static let laws = [
    Law(name: "exponential", mean: 60, deviation: 60),
    Law(name: "gamma", mean: 60, deviation: 60 / 1.5.squareRoot()),
    Law(name: "small gamma", mean: 60, deviation: 60 / 0.3.squareRoot()),
    Law(name: "normal", mean: 5, deviation: 2),
    // Gamma(1 + 1/2) = sqrt(pi)/2, and variance 1 - pi/4.
    Law(name: "weibull", mean: 0.886_226_925, deviation: 0.463_251_375),
    // 1/(a-1) and a/((a-1)^2 (a-2)).
    Law(name: "lomax", mean: 1.0 / 3, deviation: (4.0 / 18).squareRoot()),
    Law(name: "inverse Gaussian", mean: 60, deviation: 60),
    Law(name: "geometric", mean: 8, deviation: 56.0.squareRoot()),
  ]

  /// Means of 100,000 draws lie within five standard errors of the formula's.
  @Test(arguments: laws)
  func `draws have the mean of their distribution`(_ law: Law) {
    var random = SplitMix64(cell: law.name, seed: 0)
    let count = 100_000
    var sum = 0.0
    for _ in 0..<count {
      switch law.name {
      case "exponential": sum += random.exponential(60)
      case "gamma": sum += random.gamma(shape: 1.5, scale: 40)
      case "small gamma": sum += random.gamma(shape: 0.3, scale: 200)
      case "normal": sum += random.normal(5, 2)
      case "weibull": sum += random.weibull(shape: 2, scale: 1)
      case "lomax": sum += random.lomax(4)
      case "inverse Gaussian": sum += random.inverseGaussian(mean: 60, shape: 60)
      default: sum += Double(random.geometric(1 / 8))
      }
    }
    let error = 5 * law.deviation / Double(count).squareRoot()
    #expect(abs(sum / Double(count) - law.mean) < error)
  }
}
