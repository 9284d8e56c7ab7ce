#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fetches the Debian cloud kernels that the tests boot, into a cache; installs nothing.
#
# Usage: scripts/kernels.sh [--require] [--refresh] [--list] [VERSION ...]     default: all rows
#
# For each kernel, CACHE/VERSION/ gets vmlinuz, modules/ and release (what uname -r will say), and
# standard output one line: VERSION RELEASE DIRECTORY. CACHE is $HALFWIRE_CACHE, else
# .build/kernels. What cannot be had is named and counted on standard error.
#
# The archive and its key come from this machine's own apt configuration; where that names no
# Debian archive, set HALFWIRE_DEBIAN_ARCHIVE (a URI) and HALFWIRE_DEBIAN_KEYRING (a file).
#
# Exit: 0 all are there; 3 some were skipped; 1 some were skipped and --require was given (or
# CI=true); 64 wrong arguments.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cache="${HALFWIRE_CACHE:-$root/.build/kernels}"

# kernel | release of Debian | archives that carry it
# bullseye is frozen: its newest kernel is in the security archive. sid has none.
table="
5.10 bullseye main,security
6.1  bookworm main,security
6.12 trixie   main,security
7.2  sid      main
"

require=false
[[ "${CI:-}" == true ]] && require=true
refresh=false
wanted=()
while (($#)); do
  case "$1" in
    --require) require=true ;;
    --refresh) refresh=true ;;
    --list) awk 'NF { print $1 }' <<<"$table"; exit 0 ;;
    [0-9]*) wanted+=("$1") ;;
    *) echo "kernels: unknown argument $1" >&2; exit 64 ;;
  esac
  shift
done
if ((${#wanted[@]} == 0)); then
  mapfile -t wanted < <(awk 'NF { print $1 }' <<<"$table")
fi

# The base URI of the Debian archive, from the machine's apt configuration. ORIGIN and LABEL are
# known only once a package list was fetched, so the path decides where they are not.
archive_uri() { # main | security
  local kind="$1" label=Debian suffix=debian
  if [[ "$kind" == security ]]; then
    label=Debian-Security suffix=debian-security
  fi
  # shellcheck disable=SC2016  # apt expands these, not the shell
  apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
    awk -F'|' -v label="$label" -v suffix="/$suffix/?$" \
      '($1 == "Debian" && $2 == label) || $3 ~ suffix { print $3; exit }'
}

main_uri="${HALFWIRE_DEBIAN_ARCHIVE:-}"
security_uri=""
find_archives() {
  command -v apt-get >/dev/null || return 1
  if [[ -z "$main_uri" ]]; then
    main_uri="$(archive_uri main)"
    security_uri="$(archive_uri security)"
  fi
  [[ -n "$main_uri" ]] || return 1
  # A mirror keeps the security archive beside the main one.
  [[ -n "$security_uri" ]] || security_uri="${main_uri%/}-security"
}

# The key that the machine's own Debian sources name, else the package's usual place.
keyring() {
  local named
  if [[ -n "${HALFWIRE_DEBIAN_KEYRING:-}" ]]; then
    echo "$HALFWIRE_DEBIAN_KEYRING"
    return
  fi
  named="$(grep -rhoiE 'signed-by[=:][[:space:]]*/[^] ]*debian-archive[^] ]*' \
    /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null |
    head -n 1 | grep -o '/.*' || true)"
  for file in "$named" /usr/share/keyrings/debian-archive-keyring.gpg; do
    if [[ -r "$file" ]]; then
      echo "$file"
      return
    fi
  done
}

# apt with the private configuration of $apt_dir.
private_apt() { # apt-get | apt-cache, arguments
  local program="$1"
  shift
  "$program" -q \
    -o Dir::Etc::sourcelist="$apt_dir/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
    -o Dir::State::status="$apt_dir/status" -o Dir::State::lists="$apt_dir/lists" \
    -o Dir::State::extended_states="$apt_dir/extended" -o Dir::Cache="$apt_dir/cache" \
    -o APT::Architecture=amd64 -o APT::Architectures=amd64 -o APT::Sandbox::User=root \
    -o APT::Update::Error-Mode=any -o Acquire::Languages=none -o Acquire::Retries=2 \
    -o Acquire::http::Timeout=30 "$@"
}

write_sources() { # release, archives
  local signed kind
  signed="$(keyring)"
  : >"$apt_dir/sources.list"
  for kind in ${2//,/ }; do
    case "$kind" in
      main) echo "deb ${signed:+[signed-by=$signed] }$main_uri $1 main" ;;
      security) echo "deb ${signed:+[signed-by=$signed] }$security_uri $1-security main" ;;
    esac >>"$apt_dir/sources.list"
  done
}

# Sets `reason` and returns 1 when the kernel cannot be had.
fetch() { # version, release, archives
  local version="$1" release="$2" archives="$3" target="$cache/$1" packages image names
  reason=""
  apt_dir="$cache/.apt-$version"
  rm -rf "$apt_dir" "$target.new"
  mkdir -p "$apt_dir"/{lists/partial,cache/archives/partial,debs} "$target.new"
  : >"$apt_dir/status"

  write_sources "$release" "$archives"
  if ! private_apt apt-get update >"$apt_dir/log" 2>&1; then
    # One archive may lack this release (an old one moves): each alone, before giving up.
    local found=false
    for kind in ${archives//,/ }; do
      write_sources "$release" "$kind"
      private_apt apt-get update >>"$apt_dir/log" 2>&1 && found=true && break
    done
    if ! $found; then
      reason="the archive gives no $release: $(grep -m 1 '^E:' "$apt_dir/log" || true)"
      return 1
    fi
  fi

  # The metapackage names the image; in sid the image is empty and names where the kernel is.
  names="$(private_apt apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts \
    --no-breaks --no-replaces --no-enhances linux-image-cloud-amd64 2>>"$apt_dir/log" |
    grep -oE 'linux-(image|binary|modules)-[0-9][^ :<>]*' | sort -u || true)"
  mapfile -t packages < <(grep -F -- "-$version." <<<"$names" || true)
  if ((${#packages[@]} == 0)); then
    reason="$release has no cloud kernel $version"
    return 1
  fi
  if ! (cd "$apt_dir/debs" && private_apt apt-get download "${packages[@]}") \
    >>"$apt_dir/log" 2>&1; then
    reason="download failed: $(grep -m 1 '^E:' "$apt_dir/log" || true)"
    return 1
  fi
  for package in "$apt_dir"/debs/*.deb; do
    # errexit is off inside `if fetch`: what fails here must say so itself.
    if ! dpkg -x "$package" "$apt_dir/tree" >>"$apt_dir/log" 2>&1; then
      reason="cannot unpack $(basename "$package")"
      return 1
    fi
  done
  image="$(find "$apt_dir/tree" -type f -name 'vmlinuz*' | sort -V | tail -n 1)"
  if [[ -z "$image" ]]; then
    reason="no vmlinuz in ${packages[*]}"
    return 1
  fi
  local modules
  modules="$(find "$apt_dir/tree" -type d -path '*lib/modules/*' -print -quit)"
  cp "$image" "$target.new/vmlinuz"
  [[ -z "$modules" ]] || mv "$modules" "$target.new/modules"
  # /boot/vmlinuz-RELEASE, or .../modules/RELEASE/vmlinuz
  if [[ "$(basename "$image")" == vmlinuz-* ]]; then
    basename "$image" | sed 's/^vmlinuz-//'
  else
    basename "$(dirname "$image")"
  fi >"$target.new/release"
  rm -rf "$target" "$apt_dir"
  mv "$target.new" "$target"
}

mkdir -p "$cache"
# Two runs at once would undo each other's work.
exec 9>"$cache/.lock"
flock 9

skipped=0
skip() { # version, reason
  echo "skipped: no kernel $1 ($2)" >&2
  skipped=$((skipped + 1))
}

archives_found=unknown
for version in "${wanted[@]}"; do
  row="$(awk -v version="$version" '$1 == version' <<<"$table")"
  if [[ -z "$row" ]]; then
    echo "kernels: no row for $version; rows: $("$0" --list | tr '\n' ' ')" >&2
    exit 64
  fi
  target="$cache/$version"
  if $refresh || [[ ! -s "$target/vmlinuz" || ! -s "$target/release" ]]; then
    if [[ $archives_found == unknown ]]; then
      archives_found=false
      find_archives && archives_found=true
    fi
    if ! $archives_found; then
      skip "$version" "this machine's apt configuration names no Debian archive"
      continue
    fi
    read -r _ release archives <<<"$row"
    echo "kernels: fetching $version from $release" >&2
    if ! fetch "$version" "$release" "$archives"; then
      rm -rf "$target.new"
      # An older copy still serves when a refresh fails, and says so.
      if [[ -s "$target/vmlinuz" && -s "$target/release" ]]; then
        echo "kernels: kept the cached $version ($reason)" >&2
      else
        skip "$version" "$reason"
        continue
      fi
    fi
  fi
  echo "$version $(<"$target/release") $target"
done

if ((skipped > 0)); then
  echo "kernels: $skipped of ${#wanted[@]} skipped" >&2
  $require && exit 1
  exit 3
fi
