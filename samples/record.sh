#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Remakes the sample trace: boots a Debian guest in QEMU, lets real programs talk, records them.
#
# Usage: samples/record.sh [--seconds N] [--binary PATH] [--output DIRECTORY] [--keep]
#
#   --seconds   how long to record; default 960
#   --binary    the sensor; default: .build/release/halfwire, built here if missing
#   --output    where the three files go; default: samples/
#   --keep      keep the guest's logs and say where
#
# Needs root (debootstrap), a Debian archive (see scripts/kernels.sh for how it is found) and,
# beside the sensor's own build tools: debootstrap, qemu-system-x86, busybox-static, gcc, python3,
# openssh-client. No KVM, and no network during the recording: the guest has no network card. What
# is built lies in .build/samples; remove it to begin anew.
# Exit: 0 recorded and verified; 1 not; 64 wrong arguments; 69 something needed is missing.
set -euo pipefail

samples="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(dirname "$samples")"
build="$root/.build/samples"
release=trixie
seconds=960
binary=""
output="$samples"
keep=false
while (($#)); do
  case "$1" in
    --seconds) seconds="${2:?}"; shift ;;
    --binary) binary="${2:?}"; shift ;;
    --output) output="${2:?}"; shift ;;
    --keep) keep=true ;;
    *) sed -n 's/^# \{0,1\}//; 3,17p' "${BASH_SOURCE[0]}" >&2; exit 64 ;;
  esac
  shift
done

missing() {
  echo "record: $*" >&2
  exit 69
}
[[ $(id -u) == 0 ]] || missing "debootstrap needs root"
for tool in debootstrap qemu-system-x86_64 busybox gcc python3 ssh-keygen; do
  command -v "$tool" >/dev/null || missing "no $tool; see the packages at the head of this script"
done
if [[ -z "$binary" ]]; then
  binary="$root/.build/release/halfwire"
  [[ -x "$binary" ]] || (cd "$root" && swift build -c release --product halfwire --static-swift-stdlib)
fi
[[ -x "$binary" ]] || missing "no sensor at $binary"

mkdir -p "$build" "$output"
read -r _ kernel_release kernel < <("$root/scripts/kernels.sh" --require 6.12)

# The guest's file system, once; nothing of this machine but what is written here goes into it.
packages=systemd-sysv,libpam-systemd,dbus,kmod,iproute2,procps,curl,wget,openssh-server
packages+=,openssh-client,python3,nginx,ca-certificates,openssl

archive_uri() {
  # shellcheck disable=SC2016  # apt expands these, not the shell
  apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
    awk -F'|' '($1 == "Debian" && $2 == "Debian") || $3 ~ "/debian/?$" { print $3; exit }'
}

# A flat repository of a few of the packages that the guest was made of.
write_repository() { # tree
  local repository="$1/srv/packages" name deb size sum
  mkdir -p "$repository"
  for name in curl wget openssl libssl3t64; do
    cp "$1"/var/cache/apt/archives/"$name"_*.deb "$repository/"
  done
  for deb in "$repository"/*.deb; do
    dpkg-deb --field "$deb"
    echo "Filename: ./$(basename "$deb")"
    echo "Size: $(stat -c %s "$deb")"
    echo "SHA256: $(sha256sum "$deb" | cut -d ' ' -f 1)"
    echo
  done >"$repository/Packages"
  size="$(stat -c %s "$repository/Packages")"
  sum="$(sha256sum "$repository/Packages" | cut -d ' ' -f 1)"
  printf 'Origin: Example\nLabel: Example\nDate: %s\nSHA256:\n %s %s Packages\n' \
    "$(LC_ALL=C date -u '+%a, %d %b %Y %T UTC')" "$sum" "$size" >"$repository/Release"
}

build_tree() {
  local tree="$build/tree" uri="${HALFWIRE_DEBIAN_ARCHIVE:-}" user name machine_id
  local keyring="${HALFWIRE_DEBIAN_KEYRING:-/usr/share/keyrings/debian-archive-keyring.gpg}"
  [[ -n "$uri" ]] || uri="$(archive_uri)"
  [[ -n "$uri" ]] || missing "no Debian archive; set HALFWIRE_DEBIAN_ARCHIVE"
  rm -rf "$tree"
  echo "record: debootstrap $release"
  debootstrap --variant=minbase --keyring="$keyring" --include="$packages" \
    "$release" "$tree" "$uri" >"$build/debootstrap.log" 2>&1 ||
    missing "debootstrap failed, see $build/debootstrap.log"

  write_repository "$tree"
  rm -rf "$tree"/var/cache/apt/* "$tree"/var/lib/apt/lists/* "$tree"/debootstrap \
    "$tree"/etc/ssh/ssh_host_*
  find "$tree/var/log" -type f -delete
  echo web-3 >"$tree/etc/hostname"
  : >"$tree/etc/resolv.conf"
  machine_id="$(tr -d - </proc/sys/kernel/random/uuid)"
  echo "$machine_id" >"$tree/etc/machine-id"
  echo 'deb [trusted=yes] http://packages.example.org ./' >"$tree/etc/apt/sources.list"
  cat >"$tree/etc/hosts" <<END
127.0.0.1 localhost
192.0.2.10 web-3 www.example.com
203.0.113.20 api.example.net events.example.net logs.example.net
203.0.113.30 packages.example.org
198.51.100.20 backup.example.org
END

  # Keys of the lab alone: they never leave .build.
  ssh-keygen -q -t ed25519 -N '' -C web-3 -f "$tree/etc/ssh/ssh_host_ed25519_key"
  install -d -m 700 "$tree/root/.ssh"
  ssh-keygen -q -t ed25519 -N '' -C root@web-3 -f "$tree/root/.ssh/id_ed25519"
  echo "* $(cut -d ' ' -f 1,2 "$tree/etc/ssh/ssh_host_ed25519_key.pub")" \
    >"$tree/etc/ssh/ssh_known_hosts"
  for user in deploy archive; do
    chroot "$tree" useradd --create-home --shell /bin/bash --password '*' "$user"
    install -d -m 700 "$tree/home/$user/.ssh"
    cp "$tree/root/.ssh/id_ed25519.pub" "$tree/home/$user/.ssh/authorized_keys"
    chroot "$tree" chown -R "$user:$user" "/home/$user"
  done
  for name in style.css:7000 news.html:16000 logo.png:48000; do
    head -c "${name#*:}" /dev/urandom | base64 >"$tree/var/www/html/${name%:*}"
  done
  for name in apt-daily.timer apt-daily-upgrade.timer getty@tty1.service; do
    ln -sf /dev/null "$tree/etc/systemd/system/$name"
  done
}

pack() { # directory, file
  (cd "$1" && find . -xdev | busybox cpio -o -H newc 2>/dev/null) >"$2"
}
if [[ ! -s "$build/tree.cpio" ]]; then
  build_tree
  pack "$build/tree" "$build/tree.cpio.new"
  mv "$build/tree.cpio.new" "$build/tree.cpio"
fi

# What belongs to this run: laid over the first archive by the kernel.
work="$(mktemp -d "$build/run.XXXXXX")"
cleanup() {
  [[ -z "${qemu:-}" ]] || kill "$qemu" 2>/dev/null || true
  if $keep; then
    echo "kept: $work"
  else
    rm -rf "$work"
  fi
}
trap cleanup EXIT
overlay="$work/overlay"
umask 022
mkdir -p "$overlay"
cp -r "$samples/guest/." "$overlay/"
mkdir -p "$overlay"/etc/systemd/system/multi-user.target.wants "$overlay"/var/lib/systemd/linger "$overlay"/opt/lab/modules \
  "$overlay"/usr/local/lib/halfwire
: >"$overlay/var/lib/systemd/linger/deploy"
ln -s ../lab.service "$overlay/etc/systemd/system/multi-user.target.wants/"
gcc -std=gnu11 -O2 -Wall -Wextra -Werror -static -s -ffile-prefix-map="$root=." \
  -o "$overlay/opt/lab/agent" "$samples/agent.c"
cp "$binary" "$overlay/usr/local/bin/halfwire"
# The C library is the guest's own; "libx.so.1 => /path (0x...)".
{ ldd "$binary" 2>/dev/null || true; } |
  awk '$3 ~ "^/" && $1 !~ "^lib(c|m)\\." { print $3 }' |
  while read -r library; do
    cp -L "$library" "$overlay/usr/local/lib/halfwire/"
  done
for name in veth sch_netem; do
  path="$(find "$kernel/modules" -name "$name.ko*" -print -quit)"
  case "$path" in
    *.xz) xz -dc "$path" >"$overlay/opt/lab/modules/$name.ko" ;;
    *.ko) cp "$path" "$overlay/opt/lab/modules/" ;;
    *) missing "the kernel has no module $name" ;;
  esac
done
pack "$overlay" "$work/overlay.cpio"
cat "$build/tree.cpio" "$work/overlay.cpio" >"$work/initramfs"

echo "record: booting $kernel_release for $seconds s of recording"
timeout -k 5 "$((seconds + 600))" qemu-system-x86_64 -accel tcg -cpu max -smp 2 -m 2048 \
  -nodefaults -no-user-config -display none -no-reboot \
  -serial "file:$work/console" -serial "file:$work/data" \
  -kernel "$kernel/vmlinuz" -initrd "$work/initramfs" \
  -append "console=ttyS0 quiet panic=-1 rdinit=/sbin/init systemd.unit=multi-user.target \
systemd.show_status=false systemd.getty_auto=no systemd.firstboot=no lab_seconds=$seconds" \
  </dev/null >"$work/qemu.log" 2>&1 &
qemu=$!
wait "$qemu" || true
qemu=""
rm -f "$work"/initramfs "$work"/*.cpio
grep -a '^lab:' "$work/console" || true

mkdir -p "$work/lab"
sed -n '/^BEGIN lab/,/^END lab/p' "$work/data" | sed '1d;$d' | base64 -d 2>/dev/null |
  tar -C "$work/lab" -xz || { tail -n 20 "$work/console" >&2; keep=true; exit 1; }
LD_LIBRARY_PATH='' "$binary" trace convert "$work/lab/first-look.trace" "$work/first-look.jsonl"
if ! python3 "$samples/truth.py" "$work/first-look.jsonl" "$work/lab" \
  >"$work/first-look.truth.json"; then
  keep=true
  exit 1
fi
install -m 644 "$work/lab/first-look.trace" "$work/first-look.jsonl" \
  "$work/first-look.truth.json" "$output/"
ls -l "$output"/first-look.*
