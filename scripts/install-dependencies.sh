#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages that are missing. Arguments: further packages to require.
set -euo pipefail
missing=()
for package in libbpf-dev libelf-dev libzstd-dev libssl-dev libsqlite3-dev pkg-config "$@"; do
  dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
    missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -ne 0 ]; then
  echo "missing packages: ${missing[*]}; as root: apt-get install ${missing[*]}" >&2
  exit 69
fi
# A mirror that answers late, or somebody else's apt, is no reason to fail.
patient=(-o Acquire::Retries=5 -o DPkg::Lock::Timeout=300)
apt-get "${patient[@]}" update -qq
DEBIAN_FRONTEND=noninteractive apt-get "${patient[@]}" install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
