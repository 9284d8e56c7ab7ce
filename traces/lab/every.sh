#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs COMMAND every SECONDS, TIMES times, as the agents that come as scripts do.
# Usage: every.sh SECONDS TIMES COMMAND...
seconds=$1 times=$2
shift 2
while [ "$times" -gt 0 ]; do
  "$@"
  sleep "$seconds"
  times=$((times - 1))
done
