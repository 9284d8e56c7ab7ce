// SPDX-License-Identifier: Apache-2.0
@main struct Halfwire { static func main() {} }
