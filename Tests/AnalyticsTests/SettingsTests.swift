// SPDX-License-Identifier: Apache-2.0

import Analytics
import Testing

@Suite("Parameters of the analytics")
struct SettingsTests {
  @Test("ATT&CK's names set the parameters, by identifier or slug")
  func names() throws {
    var settings = AnalyticSettings()
    try settings.set("PayloadLengthVariance", of: "AN0597", to: 0.1)
    try settings.set("RepeatFrequencyThreshold", of: "beacon", to: 6)
    try settings.set("TimeWindow", of: "AN1599", to: 1_800)
    #expect(settings.beacon.payloadLengthVariance == 0.1)
    #expect(settings.beacon.repeatFrequencyThreshold == 6)
    #expect(settings.oneWay.timeWindowSeconds == 1_800)
  }

  @Test("Every default lies in its own range and can be set to itself")
  func defaults() throws {
    var settings = AnalyticSettings()
    for tunable in AnalyticSettings.tunables {
      let value = settings.value(of: tunable)
      #expect(tunable.range.contains(value))
      try settings.set(tunable.name, of: tunable.analytic.slug, to: value)
    }
    #expect(settings == AnalyticSettings())
  }

  @Test("What cannot be set says why")
  func errors() {
    var settings = AnalyticSettings()
    #expect(throws: SettingError.unknownAnalytic("AN1")) {
      try settings.set("TimeWindow", of: "AN1", to: 1)
    }
    #expect(throws: SettingError.unknownName("TimeWindow", analytic: "beacon")) {
      try settings.set("TimeWindow", of: "beacon", to: 1)
    }
    #expect(throws: SettingError.self) { try settings.set("TimeWindow", of: "one-way", to: 1) }
    #expect(throws: SettingError.self) {
      try settings.set("RepeatFrequencyThreshold", of: "beacon", to: 4.5)
    }
    #expect(throws: SettingError.self) { try settings.set("TimeWindow", of: "one-way", to: .nan) }
    #expect(settings == AnalyticSettings())
  }
}
