// SPDX-License-Identifier: Apache-2.0

import Wire

// The lines with many facts.
extension LineBuffer {
  mutating func process(_ event: ProcessEvent) {
    let facts = event.facts
    begin("process", event.time)
    image(event.image)
    nullable("ppid", facts.parent?.pid)
    nullable("pstart", facts.parent?.start.nanoseconds)
    nullable("uid", facts.uid)
    nullable("comm", facts.command)
    nullable("exe", facts.executable)
    if let arguments = facts.arguments {
      list("argv", arguments) { buffer, argument in buffer.append(argument) }
    } else {
      null("argv")
    }
    optional("found", facts.wasFound)
    optional("cwd", facts.workingDirectory)
    optional("script", facts.script)
    optional("pgid", facts.processGroup)
    optional("sid", facts.session)
    optional("loginuid", facts.loginUID)
    optional("tty", facts.tty)
    optional("stdin", facts.standardInput?.word)
    optional("stdout", facts.standardOutput?.word)
    optional("cgroup", facts.cgroup)
    optional("unit", facts.unit)
    optional("container", facts.container)
    optional("image", facts.containerImage)
    optional("pod", facts.pod)
  }

  mutating func context(_ event: ContextEvent) {
    begin("context", event.time)
    image(event.image)
    file(event.facts, .executable)
    if let script = event.script { file(script, .script) }
  }

  private mutating func file(_ facts: ExecutableFacts, _ keys: FileKeys) {
    optional(keys.device.name, facts.device)
    optional(keys.inode.name, facts.inode)
    optional(keys.sha256.name, facts.sha256)
    optional(keys.owner.name, facts.owner)
    optional(keys.mode.name, facts.mode)
    optional(keys.modified.name, facts.modified)
    optional(keys.state.name, facts.state?.rawValue)
    optional(keys.isDirectoryWritable.name, facts.isDirectoryWritable)
    optional(keys.mount.name, facts.mount?.rawValue)
    optional(keys.package.name, facts.package)
    optional(keys.isPackageVerified.name, facts.isPackageVerified)
    optional(keys.imageLayer.name, facts.imageLayer?.rawValue)
  }

  mutating func baseline(_ event: BaselineEvent) {
    let facts = event.facts
    begin("baseline", event.time)
    field("subject", facts.subject)
    nullable("first_seen", facts.firstSeen)
    nullable("active_days", facts.activeDays)
    nullable("network_facing", facts.isNetworkFacing)
    nullable("parent_edge_known", facts.isParentEdgeKnown)
    nullable("sent_p99", facts.sentP99)
    if let protocols = facts.protocols {
      list("protocols", protocols) { buffer, name in buffer.append(name) }
    } else {
      null("protocols")
    }
    if let destinations = facts.destinations {
      list("destinations", destinations) { buffer, destination in
        buffer.open()
        buffer.field("address", destination.address)
        buffer.field("port", UInt64(destination.port))
        buffer.nullable("first_seen", destination.firstSeen)
        buffer.nullable("active_days", destination.activeDays)
        buffer.nullable("subjects", destination.subjects)
        buffer.close()
      }
    } else {
      null("destinations")
    }
    optional("rows", facts.rows)
  }
}

extension StandardStream {
  /// The stream as the format writes it.
  fileprivate var word: String {
    switch self {
    case .pipe(let inode): "pipe:\(inode)"
    case .tty: "tty"
    case .file: "file"
    case .socket: "socket"
    case .null: "null"
    }
  }
}
