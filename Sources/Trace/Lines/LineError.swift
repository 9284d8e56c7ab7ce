// SPDX-License-Identifier: Apache-2.0

/// Why a line of the JSON Lines form was refused, and at which of its bytes (from 0).
struct LineError: Error, Hashable {
  var offset: Int
  var fault: LineFault
}

/// What is wrong with a line.
enum LineFault: Hashable {
  case unexpectedEnd
  case unexpectedByte(UInt8)
  case bytesAfterObject
  case invalidNumber
  case invalidEscape
  case loneSurrogate
  case controlCharacter
  case invalidUTF8
  case nestingTooDeep
  case duplicateKey(LineKey)
  case missingKey(LineKey)
  case wrongType(LineKey, expected: String)
  case notAnInteger(LineKey)
  case outOfRange(LineKey)
  case unknownWord(LineKey)
  case invalidBase64(LineKey)
  case invalidEndpoint(LineKey)
  case unsupportedFormat(UInt64)
  case headerMissing
  case lineTooLong
  case unfinishedText
  case secondHeader
}

extension LineFault: CustomStringConvertible {
  var description: String {
    switch self {
    case .unexpectedEnd: "the line ends inside a value"
    case .unexpectedByte(let byte): "unexpected \(Self.quoted(byte))"
    case .bytesAfterObject: "more than one JSON object on the line"
    case .invalidNumber: "not a JSON number"
    case .invalidEscape: "not a JSON escape"
    case .loneSurrogate: "half of a surrogate pair"
    case .controlCharacter: "a control character inside a string must be escaped"
    case .invalidUTF8: "not UTF-8"
    case .nestingTooDeep: "nested deeper than \(LineScanner.depthLimit) levels"
    case .duplicateKey(let key): "key \"\(key.name)\" stands twice"
    case .missingKey(let key): "key \"\(key.name)\" is missing"
    case .wrongType(let key, let expected): "\"\(key.name)\" must be \(expected)"
    case .notAnInteger(let key): "\"\(key.name)\" must be an integer without fraction or exponent"
    case .outOfRange(let key): "\"\(key.name)\" is out of its range"
    case .unknownWord(let key): "\"\(key.name)\" has a value that is not in the format"
    case .invalidBase64(let key): "\"\(key.name)\" is not base64"
    case .invalidEndpoint(let key): "\"\(key.name)\" is not an address of the expected form"
    case .unsupportedFormat(let version): "trace format \(version) is not known here, only 1"
    case .headerMissing: "the header line must come first"
    case .lineTooLong: "longer than \(TraceReader.lineLimitBytes) bytes"
    case .unfinishedText: "the parts of a long line are not followed by its end"
    case .secondHeader: "a second header: traces cannot be joined end to end"
    }
  }

  private static func quoted(_ byte: UInt8) -> String {
    guard (0x21...0x7e).contains(byte) else {
      return "byte 0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    return "'\(Character(UnicodeScalar(byte)))'"
  }
}
