#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Real apt against the small repository of packages.example.org.
set -eu
directory="$(mktemp -d)"
chown _apt "$directory"
cd "$directory"
apt-get -q update
apt-get -q download curl wget openssl libssl3t64
rm -r "$directory"
