// SPDX-License-Identifier: Apache-2.0

import Testing
import Trace
import Wire

@Suite("Lines are read strictly")
struct LineStrictnessTests {
  /// The error of a trace whose second line is `line`.
  private func refusal(_ line: String) -> TraceError? { Reading(lines: [line]).error }

  @Test("Integers beyond 2^53 are exact to the last digit")
  func exactIntegers() {
    let reading = Reading(lines: [
      #"{"t":9007199254740993,"e":"tick"}"#, #"{"t":18446744073709551615,"e":"tick"}"#,
    ])
    #expect(
      reading.events.map(\.time.nanoseconds) == [9_007_199_254_740_993, 18_446_744_073_709_551_615])
  }

  @Test(
    "What is no unsigned integer is refused where one must stand",
    arguments: [
      "1.0", "1e3", "1E0", "-1", "-0", "18446744073709551616", "01", "+1", "0x1", "1.", ".5", "1e",
      "\"1\"", "true", "null", "[1]", "NaN", "Infinity", "--1", "-", "00", "1 2",
    ])
  func integers(number: String) throws {
    let error = try #require(refusal(#"{"t":\#(number),"e":"tick"}"#))
    #expect(error.code == .malformed)
    guard case .line(2, let byte)? = error.location else {
      Issue.record("no place in \(error)")
      return
    }
    #expect(byte >= 6)
  }

  @Test("An error says line, byte and reason in one line")
  func message() throws {
    let error = try #require(refusal(#"{"t":1.5,"e":"tick"}"#))
    #expect(
      error.description
        == "t: line 2, byte 6: \"t\" must be an integer without fraction or exponent")
  }

  @Test(
    "Strings keep to RFC 8259 and UTF-8",
    arguments: [
      #""\x""#, #""\u12""#, #""\ud800""#, #""\udc00""#, #""\ud800\u0041""#, #""\ud800x""#,
      "\"\u{1}\"", "\"\t\"", "\"open", #""a\"#, #""\u+123""#,
    ])
  func strings(text: String) {
    #expect(refusal(#"{"t":1,"e":"name","netns":1,"name":\#(text),"address":"::","ttl":1}"#) != nil)
    #expect(refusal(#"{"t":1,"e":"tick","unknown":\#(text)}"#) != nil)
  }

  // Unicode 15, section 3.9, table 3-7: what is not well-formed UTF-8.
  @Test(
    "Malformed UTF-8 is refused wherever it stands",
    arguments: [
      [0x80], [0xc0, 0xaf], [0xc1, 0xbf], [0xe0, 0x9f, 0xbf], [0xed, 0xa0, 0x80],
      [0xf0, 0x8f, 0x80, 0x80],
      [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xff], [0xe2, 0x82], [0xc3],
    ] as [[UInt8]])
  func malformedUTF8(bytes: [UInt8]) {
    var line = Array((headerLine + "\n" + #"{"t":1,"e":"tick","x":""#).utf8)
    line += bytes
    line += Array("\"}\n".utf8)
    #expect(Reading(line).error?.code == .malformed)
    #expect(Reading(line, lenient: true).counts.skippedLines == 1)
  }

  @Test("Escapes mean what RFC 8259 says")
  func escapes() throws {
    let reading = Reading(lines: [
      #"{"\u0074":1,"e":"name","netns":1,"name":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00","address":"::","ttl":1}"#
    ])
    guard case .name(let event)? = reading.events.first else {
      Issue.record("\(String(describing: reading.error))")
      return
    }
    #expect(event.name.text == "\"\\/\u{8}\u{c}\n\r\té😀")
  }

  @Test(
    "What is not one JSON object is refused",
    arguments: [
      "[]", "1", "null", "{", "}", "{}", #"{"t":1,"e":"tick"}{}"#, #"{"t":1,"e":"tick"},"#,
      #"{"t":1,"e":"tick",}"#, #"{"t" 1,"e":"tick"}"#, #"{t:1,"e":"tick"}"#, #"{"t":1 "e":"tick"}"#,
      #"{'t':1,"e":"tick"}"#, #"{"t":1,"e":"tick","x":[1,]}"#, #"{"t":1,"e":"tick","x":tru}"#,
      #"{"t":1,"t":1,"e":"tick"}"#, "garbage",
    ])
  func objects(line: String) {
    #expect(refusal(line)?.code == .malformed)
  }

  @Test(
    "A missing key, a wrong type and an unknown word are refused",
    arguments: [
      #"{"e":"tick"}"#, #"{"t":1,"e":"exit","pid":1}"#, #"{"t":1,"e":"exit","start":1}"#,
      #"{"t":1,"e":"exit","pid":4294967296,"start":1}"#,
      #"{"t":1,"e":"connected","local":"192.0.2.1:1"}"#,
      #"{"t":1,"e":"connected","sk":5,"local":"192.0.2.1:1"}"#,
      #"{"t":1,"e":"connected","sk":"1.0","local":"192.0.2.1"}"#,
      #"{"t":1,"e":"connected","sk":"1.0","local":"192.0.2.1:65536"}"#,
      #"{"t":1,"e":"connected","sk":"1.0","local":"192.0.2.256:1"}"#,
      #"{"t":1,"e":"connected","sk":"1.0","local":"192.0.2.1:+1"}"#,
      #"{"t":1,"e":"connected","sk":"1.0","local":"2001:db8::1:443"}"#,
      #"{"t":1,"e":"connected","sk":"1.0","local":null}"#,
      #"{"t":1,"e":"lost","records":1,"stage":"elsewhere"}"#,
      #"{"t":1,"e":"final","sk":"1.0","written":1,"read":2,"unsent":3,"unread":4,"marks":["new"]}"#,
      #"{"t":1,"e":"final","sk":"1.0","written":1,"read":2,"unsent":3,"unread":4,"marks":{}}"#,
      #"{"t":1,"e":"head","sk":"1.0","direction":"sent","offset":0,"data":"FgM"}"#,
      #"{"t":1,"e":"head","sk":"1.0","direction":"sent","offset":0,"data":"FgN="}"#,
      #"{"t":1,"e":"head","sk":"1.0","direction":"up","offset":0,"data":""}"#,
      #"{"t":1,"e":"process","pid":1,"start":1,"exec_id":1,"argv":["a",1]}"#,
      #"{"t":1,"e":"process","pid":1,"start":1,"exec_id":1,"comm":{"b65":""}}"#,
      #"{"t":1,"e":"process","pid":1,"start":1,"exec_id":1,"stdin":"pipe:"}"#,
      #"{"t":1,"e":"process","pid":1,"start":1,"exec_id":1,"found":1}"#,
      #"{"e":"end","events":1}"#,
    ])
  func values(line: String) {
    #expect(refusal(line)?.code == .malformed)
  }

  @Test("Unknown keys are passed over whatever they hold")
  func unknownKeys() {
    let reading = Reading(lines: [
      #"{"t":1,"e":"tick","x":{"y":[1.5e-3,true,null,"\u0041",{"z":{}}]},"é":-0.0}"#
    ])
    #expect(reading.error == nil)
    #expect(reading.events.count == 1)
  }

  @Test("Unknown kinds are counted and reported, and the footer still fits")
  func unknownKinds() {
    let reading = Reading(lines: [
      #"{"t":1,"e":"wormhole"}"#, #"{"t":2,"e":"tick"}"#, #"{"e":"wormhole"}"#,
    ])
    #expect(reading.error == nil)
    #expect(reading.events.count == 1)
    #expect(reading.counts.unknownLines == 2)
    #expect(reading.counts.unknownKinds == ["wormhole": 2])
    #expect(reading.warnings == [.unknownKinds(lines: 2, names: ["wormhole"])])
  }

  @Test("A name from the trace cannot steer the terminal")
  func unknownKindOnTerminal() {
    let reading = Reading(lines: [#"{"t":1,"e":"\u001b[2J\u009b"}"#])
    #expect(reading.warnings == [.unknownKinds(lines: 1, names: ["\u{fffd}[2J\u{fffd}"])])
  }

  @Test("Nesting is bounded")
  func nesting() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(refusal(#"{"t":1,"e":"tick","x":\#(deep)"#)?.code == .malformed)
    let some = String(repeating: "[", count: 10) + String(repeating: "]", count: 10)
    #expect(refusal(#"{"t":1,"e":"tick","x":\#(some)}"#) == nil)
  }

  @Test("A line beyond 1 MiB is refused at that byte, and lenient reading goes on behind it")
  func longLines() {
    let long = #"{"t":1,"e":"tick","x":""# + String(repeating: "x", count: 3 << 20) + #""}"#
    let lines = [#"{"t":1,"e":"tick"}"#, long, #"{"t":3,"e":"tick"}"#]
    #expect(Reading(lines: lines).error?.location == .line(3, byte: (1 << 20) + 1))
    let lenient = Reading(lines: lines, lenient: true)
    #expect(lenient.error == nil)
    #expect(lenient.events.map(\.time.nanoseconds) == [1, 3])
    #expect(lenient.counts.skippedLines == 1)
  }
}
