// SPDX-License-Identifier: Apache-2.0

import Wire

// Events to lines, without the line feed, keys in the order of the format's own table.
extension LineBuffer {
  mutating func append(_ header: StreamHeader) {
    open()
    field("halfwire_trace", UInt64(1))
    field("host", header.host)
    field("boot_id", header.bootID)
    field("kernel", header.kernel)
    field("backend", header.backend)
    field("wall_epoch_ns", header.wallEpochNanoseconds)
    field("sensor", header.sensor)
    field("config_hash", header.configHash)
    optional("timezone", header.timezone)
    optional("role", header.role)
    optional("redacted", header.isRedacted)
    close()
  }

  mutating func append(_ footer: TraceFooter) {
    open()
    field("e", "end")
    field("events", footer.events)
    field("lost", footer.lost)
    close()
  }

  mutating func append(_ event: Event) {
    switch event {
    case .burst(let event): burst(event)
    case .connect(let event): connect(event)
    case .connected(let event):
      begin("connected", event.time)
      field("sk", event.socket)
      field("local", event.local)
    case .accept(let event): accept(event)
    case .adopt(let event): adopt(event)
    case .closed(let event): closed(event)
    case .final(let event): totals("final", event)
    case .audit(let event): totals("audit", event)
    case .head(let event): head(event)
    case .reset(let event):
      begin("reset", event.time)
      field("netns", event.networkNamespace)
      endpoints(event.local, event.remote)
    case .process(let event): process(event)
    case .context(let event): context(event)
    case .baseline(let event): baseline(event)
    case .fork(let event):
      begin("fork", event.time)
      process(event.child)
      field("ppid", UInt64(event.parent.pid))
      field("pstart", event.parent.start.nanoseconds)
    case .exit(let event):
      begin("exit", event.time)
      process(event.process)
    case .name(let event): name(event)
    case .lost(let event):
      begin("lost", event.time)
      field("records", event.records)
      field("stage", event.stage.rawValue)
    case .gap(let event):
      begin("gap", nil)
      field("from", event.from.nanoseconds)
      field("to", event.to.nanoseconds)
    case .tick(let time): begin("tick", time)
    case .clock(let event):
      begin("clock", event.time)
      field("wall_ns", event.wallNanoseconds)
    }
    close()
  }

  mutating func begin(_ kind: String, _ time: KernelInstant?) {
    open()
    if let time { field("t", time.nanoseconds) }
    field("e", kind)
  }

  mutating func process(_ key: ProcessKey) {
    field("pid", UInt64(key.pid))
    field("start", key.start.nanoseconds)
  }

  mutating func image(_ key: ImageKey) {
    process(key.process)
    field("exec_id", key.execID)
  }

  private mutating func endpoints(_ local: Endpoint, _ remote: Endpoint) {
    field("local", local)
    field("remote", remote)
  }

  private mutating func burst(_ event: BurstEvent) {
    begin("burst", nil)
    field("sk", event.socket)
    image(event.image)
    field("first", event.first.nanoseconds)
    field("last", event.last.nanoseconds)
    field("sent", event.sentBytes)
    field("received", event.receivedBytes)
    field("sends", event.sends)
    field("receives", event.receives)
    if event.isKernelThread { field("kernel", true) }
  }

  private mutating func connect(_ event: ConnectEvent) {
    begin("connect", event.time)
    field("sk", event.socket)
    image(event.image)
    field("netns", event.networkNamespace)
    endpoints(event.local, event.remote)
  }

  private mutating func accept(_ event: AcceptEvent) {
    begin("accept", event.time)
    field("sk", event.socket)
    field("netns", event.networkNamespace)
    endpoints(event.local, event.remote)
    if let image = event.image { self.image(image) }
    optional("inferred", event.inferred)
  }

  private mutating func adopt(_ event: AdoptEvent) {
    begin("adopt", event.time)
    field("sk", event.socket)
    field("netns", event.networkNamespace)
    endpoints(event.local, event.remote)
    nullable("outbound", event.outbound)
    if let image = event.image { self.image(image) }
  }

  private mutating func closed(_ event: ClosedEvent) {
    begin("closed", event.time)
    field("sk", event.socket)
    endpoints(event.local, event.remote)
    field("established", event.isEstablished)
    field("reason", event.reason.rawValue)
  }

  private mutating func totals(_ name: String, _ event: FinalEvent) {
    begin(name, event.time)
    field("sk", event.socket)
    field("written", event.writtenBytes)
    field("read", event.readBytes)
    field("unsent", event.unsentBytes)
    field("unread", event.unreadBytes)
    list("marks", SocketMarks.words.filter { event.marks.contains($0.mark) }) { buffer, word in
      buffer.append(word.word)
    }
    if event.lostBursts > 0 { field("lost_bursts", UInt64(event.lostBursts)) }
  }

  private mutating func head(_ event: HeadEvent) {
    begin("head", event.time)
    field("sk", event.socket)
    field("direction", event.direction.rawValue)
    field("offset", event.offset)
    base64Field("data", event.data)
  }

  private mutating func name(_ event: NameEvent) {
    begin("name", event.time)
    field("netns", event.networkNamespace)
    field("name", event.name)
    field("address", event.address.description)
    field("ttl", event.ttlSeconds)
  }
}
