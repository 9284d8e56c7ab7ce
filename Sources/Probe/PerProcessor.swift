// SPDX-License-Identifier: Apache-2.0

internal import CLibbpf
internal import Glibc

/// Reads the one element of a per-CPU array.
enum PerProcessor {
  /// Lends each possible processor's value, of `sizeBytes`.
  static func read(
    _ map: Int32, sizeBytes: Int, _ body: (RawSpan) -> Void
  ) throws(ProbeError) {
    let processors = max(Int(libbpf_num_possible_cpus()), 1)
    let stride = (sizeBytes + 7) / 8 * 8
    var values = [UInt8](repeating: 0, count: processors * stride)
    var key: UInt32 = 0
    // SAFETY: a per-CPU look-up writes one padded value for every possible processor.
    let status = unsafe values.withUnsafeMutableBytes {
      unsafe bpf_map_lookup_elem(map, &key, $0.baseAddress)
    }
    guard status == 0 else { throw .system(operation: "read the counters", code: errno) }
    for processor in 0..<processors {
      let start = processor * stride
      let one = values[start..<start + sizeBytes]
      // SAFETY: plain bytes, which the array owns beyond the call.
      unsafe body(one.span.bytes)
    }
  }
}
