// SPDX-License-Identifier: Apache-2.0

/// Gives a ``TextLabel`` its label name.
public protocol LabelTag: Sendable {
  static var labelName: String { get }
}

/// A label whose values this module does not know: a program's name, a table, a process.
///
/// Whatever comes in, the text is valid UTF-8, not empty, without control characters and at most
/// ``LabelText/limit`` bytes long.
public struct TextLabel<Tag: LabelTag>: MetricLabel, Hashable, ExpressibleByStringLiteral {
  public static var labelName: String { Tag.labelName }
  public static var closedValues: [String]? { nil }
  public let labelText: String

  public init(_ text: String) {
    labelText = LabelText.cleaned(text.utf8)
  }

  public init(stringLiteral value: StaticString) {
    self.init(value.description)
  }

  fileprivate init(clean text: String) {
    labelText = text
  }
}

extension Label {
  public typealias Version = TextLabel<VersionTag>
  public typealias Commit = TextLabel<CommitTag>
  public typealias BPFObject = TextLabel<BPFObjectTag>
  public typealias ConfigHash = TextLabel<ConfigHashTag>
  public typealias BackendReason = TextLabel<BackendReasonTag>
  public typealias Probe = TextLabel<ProbeTag>
  public typealias Analytic = TextLabel<AnalyticTag>
  public typealias Table = TextLabel<TableTag>
  public typealias Sink = TextLabel<SinkTag>
  public typealias Metric = TextLabel<MetricTag>
  public typealias Process = TextLabel<ProcessTag>

  public enum VersionTag: LabelTag { public static let labelName = "version" }
  public enum CommitTag: LabelTag { public static let labelName = "commit" }
  public enum BPFObjectTag: LabelTag { public static let labelName = "bpf_object" }
  public enum ConfigHashTag: LabelTag { public static let labelName = "hash" }
  /// Words from a fixed list of the sensor ("attached", "forced"), never an error's text.
  public enum BackendReasonTag: LabelTag { public static let labelName = "reason" }
  public enum ProbeTag: LabelTag { public static let labelName = "probe" }
  /// The slug: "beacon", "one-way" and so on.
  public enum AnalyticTag: LabelTag { public static let labelName = "analytic" }
  public enum TableTag: LabelTag { public static let labelName = "table" }
  public enum SinkTag: LabelTag { public static let labelName = "sink" }
  public enum MetricTag: LabelTag { public static let labelName = "metric" }
  public enum ProcessTag: LabelTag { public static let labelName = "process" }
}

extension TextLabel where Tag == Label.ProcessTag {
  /// Everything beyond the processes that have a series of their own.
  public static var other: Self { Self(clean: "__other__") }

  /// The last component of an executable's path, taken as the bytes the kernel gave.
  ///
  /// The names this module makes up are kept free: a program called `__other__` is shown as
  /// `___other__`.
  public init(executablePath path: some BidirectionalCollection<UInt8>) {
    let start = path.lastIndex(of: UInt8(ascii: "/")).map { path.index(after: $0) }
    let name = path[(start ?? path.startIndex)...]
    let text = LabelText.cleaned(name)
    let isReserved = ["__other__", LabelText.unknown].contains(text) && !name.isEmpty
    labelText = isReserved ? "_" + text : text
  }
}

/// Makes text from the host safe to show as a label value.
enum LabelText {
  /// Bytes of UTF-8 that a value may have; longer ones are cut between two characters.
  static let limit = 64

  /// Stands for an empty value, which Prometheus could not tell from a missing label.
  static let unknown = "__unknown__"

  static func cleaned(_ bytes: some Collection<UInt8>) -> String {
    var text = ""
    // A name can be long, so no more is decoded than can be kept. The cut may fall into a character,
    // but only beyond the limit.
    for scalar in String(decoding: bytes.prefix(limit + 4), as: UTF8.self).unicodeScalars {
      let shown = isHidden(scalar) ? "\u{FFFD}" : scalar
      guard text.utf8.count + UTF8.width(shown) <= limit else { break }
      text.unicodeScalars.append(shown)
    }
    return text.isEmpty ? unknown : text
  }

  /// Control and direction-changing characters: they could forge lines or mislead a reader.
  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}
