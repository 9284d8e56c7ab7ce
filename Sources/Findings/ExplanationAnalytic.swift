// SPDX-License-Identifier: Apache-2.0

public import Analytics

/// A parameter of an analytic as it is in force.
public struct ExplainedParameter: Sendable {
  public var name: String
  public var value: String
  /// What is valid, and what it means.
  public var valid: String
  public var meaning: String
  public var source: String

  public init(name: String, value: String, valid: String, meaning: String, source: String) {
    self.name = name
    self.value = value
    self.valid = valid
    self.meaning = meaning
    self.source = source
  }
}

extension Explanation {
  /// An analytic in words, with its parameters as they are in force.
  public static func text(
    of analytic: Analytic, parameters: [ExplainedParameter], width: Int = 80
  ) -> String {
    var page = ExplanationText(width: width)
    page.paragraph(
      "\(analytic.slug)  \(analytic.identifier), strategy \(analytic.strategy), technique "
        + "\(analytic.technique) (ATT&CK v\(Analytic.attackVersion))", first: "")
    if let sibling = analytic.sibling {
      page.paragraph(
        "The logic of \(analytic.identifier) applied on Linux; its Linux sibling is \(sibling).",
        first: "")
    }
    let known = ExplanationPage.of(analytic)
    if let known {
      page.heading("WHAT IT ASKS")
      page.paragraph(known.question)
    }
    page.heading("PARAMETERS: under [analytics.\(analytic.identifier)]")
    for parameter in parameters {
      page.paragraph("\(parameter.name) = \(parameter.value)  (\(parameter.source))")
      page.paragraph("\(parameter.meaning) Valid: \(parameter.valid).", first: "      ")
    }
    if let known {
      page.heading("WHAT A FINDING DOES NOT PROVE")
      page.paragraph(known.limit)
      page.heading("LEGITIMATE IF")
      for reason in known.legitimateIf { page.item(reason) }
      page.heading("ESCALATE IF")
      for reason in known.escalateIf { page.item(reason) }
    }
    page.heading("NEXT")
    page.literal("  halfwire replay FILE --only \(analytic.slug) --all")
    page.literal("  halfwire explain ID --from FILE")
    page.literal("  docs/analytics/\(analytic.slug).md")
    return page.text
  }
}
