# SPDX-License-Identifier: Apache-2.0
# Builds the file systems that the test kernels boot into; sourced by vm-test.sh.
#
# Uses of vm-test.sh: root, work, binary, sensor, modules, kernel_directory.
# shellcheck shell=bash disable=SC2154  # vm-test.sh assigns them
set -euo pipefail

pack() { # directory, file
  (cd "$1" && find . | busybox cpio -o -H newc 2>/dev/null) | gzip -1 >"$2"
}

# The part that all boots share.
build_base() {
  local tree="$work/tree" library
  mkdir -p "$tree"/{bin,lab/modules,dev,proc,sys,tmp,run,etc,usr}
  cp "$(command -v busybox)" "$tree/bin/busybox"
  cp "$root/scripts/vm-init.sh" "$tree/init"
  cp "$root/scripts/record-workload.sh" "$tree/lab/"
  chmod 755 "$tree/init"
  echo 'root:x:0:0:root:/tmp:/bin/sh' >"$tree/etc/passwd"
  "$root/scripts/build-workload.sh" "$tree/lab/workload" >/dev/null
  if $sensor; then
    cp "$binary" "$tree/lab/halfwire"
    # "libx.so.1 => /path (0x...)" and the loader's own "/path (0x...)"; none for a static binary.
    { ldd "$binary" 2>/dev/null || true; } | grep -oE '/[^ ]+ \(0x' | sed 's/ (0x$//' |
      while read -r library; do
        install -D "$library" "$tree$library"
      done
  fi
  pack "$tree" "$work/base.cpio.gz"
}

module_bytes() { # file
  case "$1" in
    *.xz) xz -dc "$1" ;;
    *.zst) zstd -dcq "$1" ;;
    *) cat "$1" ;;
  esac
}

# Copies a module into DIRECTORY after everything it needs, numbered in the order of loading. The
# packages carry no modules.dep, which depmod writes when they are installed; so what a module needs
# is taken from the module itself.
add_module() { # kernel, name, directory
  local kernel="$1" name="${2//-/_}" directory="$3" tree file need order
  name="${name%\?}"
  compgen -G "$directory/[0-9][0-9]-$name.ko" >/dev/null && return 0
  tree="${kernel_directory[$kernel]}/modules"
  # A file may be spelt with a dash where the module has an underscore.
  file="$(find "$tree" -name "${name//_/[-_]}.ko*" -print -quit)"
  if [[ -z "$file" ]]; then
    [[ $2 == *\? ]] || grep -qsE "/${name//_/[-_]}\.ko$" "$tree/modules.builtin" ||
      echo "vm-test: kernel $kernel has no module $name: what needs it cannot be tried there" >&2
    return 0
  fi
  module_bytes "$file" >"$directory/$name.new"
  for need in $(tr '\0' '\n' <"$directory/$name.new" | LC_ALL=C sed -n 's/^depends=//p' | tr , ' '); do
    add_module "$kernel" "$need" "$directory"
  done
  order="$(find "$directory" -name '*.ko' | wc -l)"
  mv "$directory/$name.new" "$(printf '%s/%02d-%s.ko' "$directory" "$order" "$name")"
}

# A kernel's modules come as a second archive; the kernel lays it over the first.
initramfs() { # kernel, file
  local kernel="$1" file="$2" name overlay="$2.tree"
  mkdir -p "$overlay/lab/modules"
  for name in "${modules[@]}"; do
    add_module "$kernel" "$name" "$overlay/lab/modules"
  done
  pack "$overlay" "$file.modules"
  cat "$work/base.cpio.gz" "$file.modules" >"$file"
  rm -rf "$overlay" "$file.modules"
}
