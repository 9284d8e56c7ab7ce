// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// Takes obvious secrets out of command lines before they leave the sensor.
///
/// Words are judged one by one, inside quoted commands too: options and assignments whose name
/// speaks of a secret, authorization headers, user and password in URLs, secret query parameters.
/// What looks like no secret is left as it is, so this is no promise.
struct Redaction {
  static let mark = "[redacted]"

  private static let secretNames = [
    "password", "passwd", "passphrase", "passcode", "secret", "token", "apikey", "api-key",
    "api_key", "credential", "private-key", "private_key", "access-key", "access_key", "authkey",
    "auth-key", "auth_key", "bearer", "signature", "pwd",
  ]
  private static let secretHeaders = [
    "authorization:", "proxy-authorization:", "x-api-key:", "x-auth-token:", "private-token:",
    "cookie:", "set-cookie:",
  ]
  /// Options whose value is `user:password`.
  private static let userOptions: Set<String> = ["-u", "-U", "--user", "--proxy-user"]
  private static let passwordPrograms: Set<String> = [
    "mysql", "mysqldump", "mysqladmin", "mariadb", "mariadb-dump", "sshpass",
  ]

  private enum Expectation {
    case nothing, secret, userAndPassword, header
  }

  private var expected = Expectation.nothing
  private var program = ""

  static func redact(_ arguments: [ByteString]) -> [String] {
    var redaction = Redaction()
    return arguments.map { redaction.redact(argument: $0.description) }
  }

  /// Keeps the white space, judges the words.
  private mutating func redact(argument: String) -> String {
    var result = ""
    var word = ""
    for character in argument {
      if character.isWhitespace {
        if !word.isEmpty { result += redact(word: word) }
        word = ""
        result.append(character)
      } else {
        word.append(character)
      }
    }
    if !word.isEmpty { result += redact(word: word) }
    // A header ends with its argument.
    if expected == .header { expected = .nothing }
    return result
  }

  private mutating func redact(word: String) -> String {
    let lower = word.lowercased()
    switch expected {
    case .secret:
      expected = .nothing
      return Self.mark
    case .userAndPassword:
      expected = .nothing
      return Self.afterColon(word)
    case .header:
      return Self.mark
    case .nothing: break
    }
    defer {
      if !word.hasPrefix("-") { program = String(word.split(separator: "/").last ?? "") }
    }
    if Self.passwordPrograms.contains(program), lower.hasPrefix("-p"), !lower.hasPrefix("-p=") {
      if word == "-p", program == "sshpass" { expected = .secret }
      if word.count > 2, !word.hasPrefix("--"), word.hasPrefix("-p") { return "-p" + Self.mark }
    }
    if Self.userOptions.contains(word) {
      expected = .userAndPassword
      return word
    }
    if let header = Self.secretHeaders.first(where: { lower.contains($0) }) {
      expected = .header
      guard let range = lower.range(ofText: header) else { return Self.mark }
      return String(word.prefix(range.upperBound))
        + (word.count > range.upperBound ? Self.mark : "")
    }
    if let equals = word.firstIndex(of: "="), Self.isAssignment(word[..<equals]) {
      let name = word[..<equals]
      return Self.isSecret(name) ? "\(name)=\(Self.mark)" : Self.redact(url: word)
    }
    if word.hasPrefix("-") || lower == "bearer", Self.isSecret(word[...]) {
      expected = .secret
      return word
    }
    return Self.redact(url: word)
  }

  private static func isSecret(_ name: Substring) -> Bool {
    let lower = name.lowercased()
    return secretNames.contains { lower.contains($0) }
  }

  /// A name alone, and not the front of a URL whose query holds the sign.
  private static func isAssignment(_ name: Substring) -> Bool {
    !name.contains { "/?:".contains($0) }
  }

  private static func afterColon(_ word: String) -> String {
    guard let colon = word.firstIndex(of: ":") else { return word }
    return "\(word[...colon])\(mark)"
  }

  /// Takes out the password and the secret parameters of a URL.
  private static func redact(url word: String) -> String {
    guard let scheme = word.range(ofText: "://") else { return word }
    let start = word.index(word.startIndex, offsetBy: scheme.upperBound)
    let authorityEnd = word[start...].firstIndex { "/?#".contains($0) } ?? word.endIndex
    let authority = word[start..<authorityEnd]
    var result = String(word[..<start])
    if let at = authority.lastIndex(of: "@") {
      let user = authority[..<at]
      let name = user.firstIndex(of: ":").map { user[..<$0] }
      result += name.map { "\($0):\(mark)" } ?? String(user)
      result += authority[at...]
    } else {
      result += authority
    }
    let rest = word[authorityEnd...]
    guard let question = rest.firstIndex(of: "?") else { return result + rest }
    let parameters = rest[rest.index(after: question)...]
      .split(separator: "&", omittingEmptySubsequences: false)
      .map { parameter in
        guard let equals = parameter.firstIndex(of: "="), isSecret(parameter[..<equals]) else {
          return String(parameter)
        }
        return "\(parameter[...equals])\(mark)"
      }
    return result + rest[...question] + parameters.joined(separator: "&")
  }
}

extension String {
  /// Where `text` first occurs, as offsets in characters.
  fileprivate func range(ofText text: String) -> Range<Int>? {
    let own = Array(self)
    let wanted = Array(text)
    guard !wanted.isEmpty, own.count >= wanted.count else { return nil }
    for start in 0...(own.count - wanted.count)
    where own[start..<start + wanted.count].elementsEqual(wanted) {
      return start..<start + wanted.count
    }
    return nil
  }
}
