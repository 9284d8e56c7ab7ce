#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds and runs every test.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/install-dependencies.sh
swift format lint --strict --recursive Package.swift Sources Tests Fuzz
swift build --build-tests
swift test --skip-build
