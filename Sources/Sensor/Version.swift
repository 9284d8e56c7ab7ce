// SPDX-License-Identifier: Apache-2.0

/// What `halfwire version`, traces and findings call this program.
public let sensorVersion = "0.1.0"

/// Where metrics are served unless `--listen` says otherwise.
public let defaultListenAddress = "127.0.0.1:10079"
