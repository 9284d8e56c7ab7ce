// SPDX-License-Identifier: Apache-2.0

internal import Flows
internal import Wire

/// State that outlives a run as plain numbers.
///
/// One function names each field once, for both ways, so that saving and restoring cannot differ.
protocol Carried {
  mutating func carry(_ carrier: inout NumberCarrier)
}

/// Carries numbers out of a state, or back into a fresh one.
///
/// What comes from outside is checked: a number out of its range breaks the carrier, and what was
/// restored with it is thrown away. Moments are carried in Unix time, for boot time ends with the
/// boot.
struct NumberCarrier {
  /// No count gets further in three centuries; no sum of two overflows.
  static let largestCount = UInt64(1) << 48

  let isRestoring: Bool
  private(set) var numbers: [UInt64]
  private var position = 0
  private(set) var isBroken = false
  /// Unix nanoseconds of boot time 0.
  private let epochNanoseconds: Int64

  /// Saves.
  init(epochNanoseconds: Int64) {
    isRestoring = false
    numbers = []
    self.epochNanoseconds = epochNanoseconds
  }

  /// Restores.
  init(_ numbers: some Collection<UInt64>, epochNanoseconds: Int64) {
    isRestoring = true
    self.numbers = Array(numbers)
    self.epochNanoseconds = epochNanoseconds
  }

  /// All numbers found their place, and none was missing or wrong.
  var isWhole: Bool { !isBroken && (!isRestoring || position == numbers.count) }

  mutating func fail() { isBroken = true }

  /// Any 64 bits.
  mutating func carry(_ value: inout UInt64) {
    guard isRestoring else {
      numbers.append(value)
      return
    }
    guard !isBroken, position < numbers.count else {
      isBroken = true
      return
    }
    value = numbers[position]
    position += 1
  }

  /// Any number but NaN.
  mutating func carry(_ value: inout Double) {
    var bits = value.bitPattern
    carry(&bits)
    guard isRestoring, !isBroken else { return }
    value = Double(bitPattern: bits)
    if value.isNaN { isBroken = true }
  }

  mutating func carry(_ value: inout Float) {
    var wide = Double(value)
    carry(&wide)
    if isRestoring, !isBroken { value = Float(wide) }
  }

  mutating func carry(_ value: inout Bool) {
    var number: UInt8 = value ? 1 : 0
    carry(&number, in: 0...1)
    if isRestoring { value = number == 1 }
  }

  /// A number within a range; what lies outside breaks the carrier.
  mutating func carry<Number: FixedWidthInteger>(
    _ value: inout Number, in range: ClosedRange<Number>
  ) {
    var bits = UInt64(bitPattern: Int64(truncatingIfNeeded: value))
    carry(&bits)
    guard isRestoring, !isBroken else { return }
    guard let number = Number(exactly: bits), range.contains(number) else {
      isBroken = true
      return
    }
    value = number
  }

  /// A count from 0 on.
  mutating func carry(count value: inout Int) { carry(&value, in: 0...Int(Self.largestCount)) }

  mutating func carry(count value: inout UInt64) { carry(&value, in: 0...Self.largestCount) }

  mutating func carry(count value: inout UInt32) { carry(&value, in: 0...UInt32(Int32.max)) }

  /// A moment; one before this boot becomes the boot.
  mutating func carry(_ value: inout KernelInstant) {
    var age = 0.0
    carry(&value, before: &age)
  }

  /// A moment, and for one before this boot how many seconds before.
  mutating func carry(_ value: inout KernelInstant, before seconds: inout Double) {
    let boot = Int64(clamping: value.nanoseconds) - Int64(max(min(seconds, 1e9), 0) * 1e9)
    let wall = epochNanoseconds.addingReportingOverflow(boot)
    var bits = UInt64(bitPattern: wall.overflow ? .max : wall.partialValue)
    carry(&bits)
    guard isRestoring, !isBroken else { return }
    let (now, overflow) = Int64(bitPattern: bits).subtractingReportingOverflow(epochNanoseconds)
    guard !overflow else {
      isBroken = true
      return
    }
    value = KernelInstant(nanoseconds: UInt64(clamping: now))
    seconds = now < 0 ? Double(now.magnitude) / 1e9 : 0
  }

  mutating func carry(_ value: inout KernelInstant?, before seconds: inout Double) {
    var age = seconds
    carry(&value, or: .zero) { instant, carrier in carrier.carry(&instant, before: &age) }
    seconds = value == nil ? 0 : age
  }

  mutating func carry(_ value: inout some Carried) { value.carry(&self) }

  /// What may be missing; `empty` is what is filled when it is not.
  mutating func carry<Value>(
    _ value: inout Value?, or empty: Value, _ body: (inout Value, inout NumberCarrier) -> Void
  ) {
    var isThere = value != nil
    carry(&isThere)
    guard isThere, !isBroken else {
      if isRestoring { value = nil }
      return
    }
    var content = value ?? empty
    body(&content, &self)
    if isRestoring { value = content }
  }

  mutating func carry<let count: Int>(_ values: inout InlineArray<count, Double>) {
    for index in values.indices { carry(&values[index]) }
  }

  mutating func carry<let count: Int>(_ values: inout InlineArray<count, Float>) {
    for index in values.indices { carry(&values[index]) }
  }

  mutating func carry<let count: Int>(_ values: inout InlineArray<count, UInt64>) {
    for index in values.indices { carry(&values[index]) }
  }

  // MARK: Types of the stream

  mutating func carry(_ value: inout Endpoint) {
    var (high, low) = (value.address.high, value.address.low)
    var isIPv4 = value.address.isIPv4
    var scope = value.address.scopeID
    var port = value.port
    carry(&high)
    carry(&low)
    carry(&isIPv4)
    carry(&scope, in: 0...UInt32.max)
    carry(&port, in: 0...UInt16.max)
    guard isRestoring, !isBroken else { return }
    let address =
      isIPv4
      ? IPAddress(ipv4: UInt32(truncatingIfNeeded: low))
      : IPAddress(high: high, low: low, scopeID: scope)
    value = Endpoint(address: address, port: port)
  }

  mutating func carry(_ value: inout ImageKey) {
    var (pid, start, execID) = (value.pid, value.start, value.execID)
    carry(&pid, in: 0...UInt32.max)
    carry(&start)
    carry(&execID)
    if isRestoring { value = ImageKey(pid: pid, start: start, execID: execID) }
  }

  mutating func carry(_ value: inout ImageKey?) {
    carry(&value, or: .unattributed) { image, carrier in carrier.carry(&image) }
  }

  mutating func carry(_ value: inout KernelInstant?) {
    carry(&value, or: .zero) { instant, carrier in carrier.carry(&instant) }
  }

  mutating func carry(_ value: inout LastActor?) {
    let none = LastActor(image: .unattributed, opener: nil, origin: .connect)
    carry(&value, or: none) { actor, carrier in
      carrier.carry(&actor.image)
      carrier.carry(&actor.opener)
      carrier.carry(&actor.origin)
    }
  }

  mutating func carry(_ value: inout Socket.Origin) {
    carry(&value, of: [.connect, .accept, .adopt, .burst])
  }

  /// One of a list, by its place.
  mutating func carry<Choice: Equatable>(_ value: inout Choice, of all: [Choice]) {
    var index = all.firstIndex(of: value) ?? 0
    carry(&index, in: 0...(all.count - 1))
    if isRestoring, !isBroken { value = all[index] }
  }
}
