// SPDX-License-Identifier: Apache-2.0

import Trace
import Wire

let headerLine =
  #"{"halfwire_trace":1,"host":"h","boot_id":"b","kernel":"k","backend":"other","#
  + #""wall_epoch_ns":1,"sensor":"s","config_hash":"c"}"#

/// A header line, the lines, and a footer that counts them.
func trace(_ lines: [String], lost: UInt64 = 0) -> [UInt8] {
  let footer = #"{"e":"end","events":\#(lines.count),"lost":\#(lost)}"#
  return Array(([headerLine] + lines + [footer]).map { $0 + "\n" }.joined().utf8)
}

/// What was read of a trace, and why it ended where it did.
struct Reading {
  var events: [Event] = []
  var warnings: [TraceWarning] = []
  var counts = TraceCounts()
  var header: StreamHeader?
  var footer: TraceFooter?
  var error: TraceError?

  init(_ bytes: [UInt8], lenient: Bool = false) {
    do throws(TraceError) {
      var reader = try TraceReader(bytes: bytes, name: "t", lenient: lenient)
      header = reader.header
      do throws(TraceError) {
        while let event = try reader.next() { events.append(event) }
      } catch {
        self.error = error
      }
      warnings = reader.warnings
      counts = reader.counts
      footer = reader.footer
    } catch {
      self.error = error
    }
  }

  init(lines: [String], lenient: Bool = false) {
    self.init(trace(lines), lenient: lenient)
  }
}

/// Copies a trace into another form.
func convert(_ bytes: [UInt8], to format: TraceFormat) throws -> [UInt8] {
  var source = try TraceReader(bytes: bytes, name: "source")
  var target = try TraceWriter(toMemory: format, header: source.header)
  _ = try TraceConversion.copy(&source, to: &target)
  return try target.finishedBytes()
}

/// A line of every kind with every key, in the order of the format's table.
let everyLine: [String] = [
  #"{"t":1,"e":"process","pid":2,"start":3,"exec_id":4,"ppid":5,"pstart":6,"uid":7,"comm":"c","exe":"/e","argv":["a","","b\"\\\n\u0001é"],"found":true,"cwd":"/","script":"/s","pgid":8,"sid":9,"loginuid":4294967295,"tty":"pts/0","stdin":"pipe:18446744073709551615","stdout":"null","cgroup":"/c","unit":"u","container":"d","image":"i","pod":"p"}"#,
  #"{"t":1,"e":"process","pid":2,"start":3,"exec_id":4,"ppid":null,"pstart":null,"uid":null,"comm":null,"exe":null,"argv":null}"#,
  #"{"t":1,"e":"process","pid":2,"start":3,"exec_id":4,"ppid":0,"pstart":0,"uid":0,"comm":{"b64":"//4="},"exe":{"b64":"/w=="},"argv":[{"b64":"gIGC"}],"found":false,"stdin":"tty","stdout":"socket"}"#,
  #"{"t":1,"e":"context","pid":2,"start":3,"exec_id":4,"exe_dev":18446744073709551615,"exe_ino":9007199254740993,"exe_sha256":"00ff","exe_owner":0,"exe_mode":33261,"exe_mtime":-1,"exe_state":"replaced","dir_writable":false,"mount":"read-only","package":"","package_verified":true,"image_layer":"upper"}"#,
  #"{"t":1,"e":"context","pid":2,"start":3,"exec_id":4,"exe_owner":0,"script_dev":1,"script_ino":2,"script_sha256":"ff00","script_owner":4294967295,"script_mode":33188,"script_mtime":-2,"script_state":"deleted","script_dir_writable":true,"script_mount":"verity","script_package":"p","script_package_verified":false,"script_image_layer":"lower"}"#,
  #"{"t":1,"e":"context","pid":2,"start":3,"exec_id":4,"script_package":""}"#,
  #"{"t":1,"e":"context","pid":2,"start":3,"exec_id":4}"#,
  #"{"t":1,"e":"baseline","subject":"s","first_seen":-9223372036854775808,"active_days":2,"network_facing":true,"parent_edge_known":false,"sent_p99":3,"protocols":["h2"],"destinations":[{"address":"203.0.113.9","port":443,"first_seen":9223372036854775807,"active_days":1,"subjects":2},{"address":"x","port":0,"first_seen":null,"active_days":null,"subjects":null}]}"#,
  #"{"t":1,"e":"baseline","subject":"","first_seen":null,"active_days":null,"network_facing":null,"parent_edge_known":null,"sent_p99":null,"protocols":null,"destinations":null,"rows":{"b64":"AQD/"}}"#,
  #"{"t":1,"e":"baseline","subject":"s","first_seen":null,"active_days":null,"network_facing":null,"parent_edge_known":null,"sent_p99":null,"protocols":null,"destinations":null}"#,
  #"{"t":18446744073709551615,"e":"fork","pid":4294967295,"start":18446744073709551615,"ppid":1,"pstart":2}"#,
  #"{"t":1,"e":"exit","pid":2,"start":3}"#,
  #"{"t":1,"e":"connect","sk":"18446744073709551615.4294967295","pid":2,"start":3,"exec_id":18446744073709551615,"netns":4294967295,"local":"0.0.0.0:0","remote":"[fe80::1%3]:65535"}"#,
  #"{"t":1,"e":"connect","sk":"a name of its own","pid":2,"start":3,"exec_id":4,"netns":4294967296,"local":"[::]:0","remote":"[2001:db8::1]:443"}"#,
  #"{"t":1,"e":"connected","sk":"007.1","local":"192.0.2.1:1"}"#,
  #"{"t":1,"e":"accept","sk":"1.0","netns":0,"local":"192.0.2.1:80","remote":"192.0.2.2:1"}"#,
  #"{"t":1,"e":"accept","sk":"1.0","netns":1,"local":"192.0.2.1:80","remote":"192.0.2.2:1","pid":2,"start":3,"exec_id":4,"inferred":true}"#,
  #"{"t":1,"e":"accept","sk":"1.0","netns":1,"local":"192.0.2.1:80","remote":"192.0.2.2:1","pid":0,"start":0,"exec_id":0,"inferred":false}"#,
  #"{"t":1,"e":"adopt","sk":"1.0","netns":1,"local":"192.0.2.1:80","remote":"192.0.2.2:1","outbound":null}"#,
  #"{"t":1,"e":"adopt","sk":"1.0","netns":1,"local":"192.0.2.1:80","remote":"192.0.2.2:1","outbound":true,"pid":2,"start":3,"exec_id":4}"#,
  #"{"t":1,"e":"adopt","sk":"1.0","netns":1,"local":"192.0.2.1:80","remote":"192.0.2.2:1","outbound":false,"pid":0,"start":0,"exec_id":0}"#,
  #"{"e":"burst","sk":"1.0","pid":0,"start":0,"exec_id":0,"first":1,"last":2,"sent":18446744073709551615,"received":9007199254740993,"sends":3,"receives":4}"#,
  #"{"e":"burst","sk":"x","pid":1,"start":2,"exec_id":3,"first":1,"last":2,"sent":0,"received":0,"sends":0,"receives":0,"kernel":true}"#,
  #"{"t":1,"e":"head","sk":"1.0","direction":"sent","offset":0,"data":""}"#,
  #"{"t":1,"e":"head","sk":"1.0","direction":"received","offset":2047,"data":"FgMB/+8="}"#,
  #"{"t":1,"e":"closed","sk":"1.0","local":"192.0.2.1:80","remote":"192.0.2.2:1","established":false,"reason":"unreachable"}"#,
  #"{"t":1,"e":"closed","sk":"1.0","local":"[::1]:80","remote":"[::1]:1","established":true,"reason":"unknown"}"#,
  #"{"t":1,"e":"final","sk":"1.0","written":1,"read":2,"unsent":3,"unread":4,"marks":["ktls","mptcp","sockmap","oob","repair"]}"#,
  #"{"t":1,"e":"final","sk":"y","written":1,"read":2,"unsent":3,"unread":4,"marks":[]}"#,
  #"{"t":1,"e":"audit","sk":"1.0","written":1,"read":2,"unsent":3,"unread":4,"marks":[]}"#,
  #"{"t":1,"e":"reset","netns":1,"local":"192.0.2.1:80","remote":"192.0.2.2:1"}"#,
  #"{"t":1,"e":"name","netns":1,"name":"example.com","address":"2001:db8::1","ttl":300}"#,
  #"{"t":1,"e":"lost","records":0,"stage":"evicted"}"#,
  #"{"e":"gap","from":1,"to":2}"#,
  #"{"t":1,"e":"tick"}"#,
  #"{"t":1,"e":"clock","wall_ns":-5}"#,
]
