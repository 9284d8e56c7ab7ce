#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs every command that the documentation shows, and compares what it shows with what comes out.
#
# Usage: scripts/docs-test.sh [--binary PATH] [--minutes] [--update] [--require] [--keep]
#                             [FILE ...]
#
#   --binary    the sensor; default .build/release/halfwire
#   --minutes   also the blocks that take a minute or more
#   --update    write what comes out into the files where it differs from what they show, but where
#               "..." stands; read it before it is committed
#   --require   what needs root or this kernel cannot fails instead of being skipped; so with CI=true
#   --keep      keep the directories that the commands ran in, and say where
#   FILE        default README.md, CONTRIBUTING.md, bpf/README.md, docs/*.md, docs/*/*.md
#
# Commands stand in fenced blocks of the language "console", after a prompt: "$ " for anyone, "# "
# for root. A line that ends in a backslash goes on. Lines without a prompt are what the command
# above prints, on both outputs together; "..." stands for anything, durations are not compared.
# After the language may stand, separated by blanks:
#
#   exit=N           the block's last command ends with N; all others must end with 0
#   varies           what is shown is not compared
#   with-sensor      needs root: `halfwire run` runs beside it
#   minute           only with --minutes
#   not-run=REASON   never run here; named and counted
#
# The commands of one file run in order, in a copy of the repository with the sensor on the PATH.
# A command in any other block is an error. Links between files, and the scripts that are named, are
# checked too.
# Exit: 0 nothing failed (skips are named and counted); 1 something failed; 64 wrong arguments.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
binary="$root/.build/release/halfwire"
minutes=false update=false require=false keep=false
[[ "${CI:-}" == true ]] && require=true
files=()
while (($#)); do
  case "$1" in
    --binary) binary="$(readlink -f "${2:?}")"; shift ;;
    --minutes) minutes=true ;;
    --update) update=true ;;
    --require) require=true ;;
    --keep) keep=true ;;
    -*) sed -n 's/^# \{0,1\}//; 3,30p' "${BASH_SOURCE[0]}" >&2; exit 64 ;;
    *) files+=("$1") ;;
  esac
  shift
done
cd "$root"
if ((${#files[@]} == 0)); then
  shopt -s nullglob
  files=(README.md CONTRIBUTING.md bpf/README.md docs/*.md docs/*/*.md)
  shopt -u nullglob
fi
if [[ ! -x "$binary" ]]; then
  echo "docs-test: no sensor at $binary; build it or say --binary PATH" >&2
  exit 64
fi

work="$(mktemp -d "${TMPDIR:-/tmp}/halfwire-docs.XXXXXX")"
sensor="" sensor_status=0
# shellcheck disable=SC2317  # called by the trap
cleanup() {
  stop_sensor
  if $keep; then
    echo "kept: $work"
  else
    rm -rf "$work"
  fi
}
# Ends the sensor beside a block, if there is one; its exit status is left in sensor_status.
stop_sensor() {
  [[ -n "$sensor" ]] || return 0
  sensor_status=0
  kill -INT "$sensor" 2>/dev/null || true
  wait "$sensor" || sensor_status=$?
  sensor=""
}
trap cleanup EXIT
mkdir "$work/bin"
ln -s "$binary" "$work/bin/halfwire"
export PATH="$work/bin:$PATH"

passed=0 failed=0 compared=0 shown_only=0
skipped=() not_run=()
fail() { # place, text
  echo "FAILED  $1: $2"
  failed=$((failed + 1))
}
skip_need() { # place, reason
  if $require; then
    fail "$1" "skipped, and skips are not allowed: $2"
  else
    skipped+=("$1: $2")
  fi
}

copy_repository() { # directory
  mkdir -p "$1"
  if git -C "$root" rev-parse --git-dir >/dev/null 2>&1; then
    # A file that was deleted and not yet committed is in the list, and no reason to fail.
    git -C "$root" ls-files -z --cached --others --exclude-standard |
      tar -C "$root" --ignore-failed-read --null -T - -cf - 2>/dev/null | tar -C "$1" -xf -
  else
    tar -C "$root" --exclude=./.build -cf - . | tar -C "$1" -xf -
  fi
  mkdir -p "$root/.build"
  ln -s "$root/.build" "$1/.build"
}

# What differs from run to run by nature.
normalised() { sed -E 's/ in [0-9]+(\.[0-9]+)? s / in N s /'; }

# A shell pattern for the shown text: everything literal but "...".
pattern_of() { normalised | sed -e 's/[][\\*?+@!(){}|^$]/\\&/g' -e 's/\.\.\./*/g'; }

start_sensor() { # directory
  (cd "$1" && exec "$work/bin/halfwire" run) >"$work/sensor.out" 2>"$work/sensor.err" &
  sensor=$!
  # A minute, as for any sensor of these tests: its first snapshot is out up to a second after it
  # watches, and on a busy machine later.
  for _ in {1..600}; do
    grep -q '^watching' "$work/sensor.err" &&
      curl -fs --max-time 2 http://127.0.0.1:10079/metrics 2>/dev/null |
      grep '^halfwire_connections_total' >/dev/null && return 0
    kill -0 "$sensor" 2>/dev/null || break
    sleep 0.1
  done
  stop_sensor
  return 1
}

# One command; `output` is what it prints.
run_command() { # place, directory, prompt, command, expected exit, shown, its lines, compare
  local place="$1" directory="$2" prompt="$3" command="$4" wanted="$5" shown="$6" compare="$8"
  local status=0 limit=120 pattern
  if [[ $prompt == "#" && $(id -u) != 0 ]]; then
    skip_need "$place" "needs root: ${command%%$'\n'*}"
    return
  fi
  $minutes && limit=1800
  output="$(cd "$directory" && timeout -k 5 "$limit" bash -c "$command" </dev/null 2>&1)" ||
    status=$?
  if ((status == 69 && wanted != 69)) && [[ $prompt == "#" ]]; then
    skip_need "$place" "this kernel cannot: ${output##*$'\n'}"
    return
  fi
  if ((status != wanted)); then
    fail "$place" "exit $status instead of $wanted: $command"
    echo "${output//$'\n'/$'\n'        }" | sed '1s/^/        /' | tail -n 12
    return
  fi
  if [[ -n "$shown" ]]; then
    if $compare; then
      pattern="$(pattern_of <<<"$shown")"
      # shellcheck disable=SC2053  # a pattern on purpose
      if [[ "$(normalised <<<"$output")" != $pattern ]]; then
        if $update && [[ "$shown" != *...* ]]; then
          echo "updated $place: ${command%%$'\n'*}"
          printf '%s\n' "$output" >"$work/output-${#updates[@]}"
          updates+=("$7 $work/output-${#updates[@]}")
          passed=$((passed + 1))
          return
        fi
        fail "$place" "prints something else than shown: $command"
        diff <(echo "$shown") <(echo "$output") | sed 's/^/        /' | head -n 40 || true
        return
      fi
      compared=$((compared + 1))
    else
      shown_only=$((shown_only + 1))
    fi
  fi
  passed=$((passed + 1))
  echo "ok      $place: ${command%%$'\n'*}"
}

# One block: its attributes, then its lines on standard input, the first being line $3 + 1.
run_block() { # file, directory, line, attributes
  local file="$1" directory="$2" number="$3" line prompt="" command="" shown="" where=0 from=0
  local wanted=0 compare=true with_sensor=false reason="" is_minute=false
  local -a prompts=() commands=() outputs=() places=() ranges=()
  local attribute
  for attribute in $4; do
    case "$attribute" in
      exit=*) wanted="${attribute#exit=}" ;;
      varies) compare=false ;;
      with-sensor) with_sensor=true ;;
      minute) is_minute=true ;;
      not-run=?*) reason="${attribute#not-run=}" ;;
      *) fail "$file:$number" "unknown word after console: $attribute" ;;
    esac
  done
  while IFS= read -r line; do
    number=$((number + 1))
    if [[ "$command" == *\\ ]]; then
      command+=$'\n'"$line"
      from=$((number + 1))
    elif [[ "$line" == [\$#]" "* ]]; then
      if ((where)); then
        prompts+=("$prompt") commands+=("$command") outputs+=("$shown") places+=("$file:$where")
        ranges+=("$from $((number - 1))")
      fi
      prompt="${line:0:1}" command="${line:2}" shown="" where=$number from=$((number + 1))
    else
      shown+="${shown:+$'\n'}$line"
    fi
  done
  if ((!where)); then
    fail "$file:$3" "a console block without a command"
    return
  fi
  prompts+=("$prompt") commands+=("$command") outputs+=("$shown") places+=("$file:$where")
  ranges+=("$from $number")

  local index last=$((${#commands[@]} - 1))
  if [[ -n "$reason" ]]; then
    for index in "${!commands[@]}"; do
      not_run+=("${places[index]}: ${commands[index]%%$'\n'*} (${reason//-/ })")
    done
    return
  fi
  if $is_minute && ! $minutes; then
    for index in "${!commands[@]}"; do
      skipped+=("${places[index]}: takes a minute or more: ${commands[index]%%$'\n'*}")
    done
    return
  fi
  if $with_sensor; then
    if [[ $(id -u) != 0 ]]; then
      skip_need "$file:$3" "needs root for a sensor beside it"
      return
    fi
    if ! start_sensor "$directory"; then
      if ((sensor_status == 69)); then
        skip_need "$file:$3" "this kernel cannot: $(tail -n 1 "$work/sensor.err")"
      else
        fail "$file:$3" "no sensor beside it: $(tail -n 1 "$work/sensor.err")"
      fi
      return
    fi
  fi
  for index in "${!commands[@]}"; do
    run_command "${places[index]}" "$directory" "${prompts[index]}" "${commands[index]}" \
      "$( ((index == last)) && echo "$wanted" || echo 0)" "${outputs[index]}" \
      "${ranges[index]}" "$compare"
  done
  if $with_sensor; then
    stop_sensor
    ((sensor_status == 0)) ||
      fail "$file:$3" "the sensor beside it ended with $sensor_status: $(tail -n 1 "$work/sensor.err")"
  fi
}

# What looks like a command in a block that is not run.
stray='^([$#] )?(halfwire|scripts/|swift|sudo|apt-get|git|curl|ls|ss)[ a-z]|^[$] '

test_commands() { # file
  local file="$1" directory="" line number=0 language="" attributes="" start=0 inside=false
  local -a block=()
  while IFS= read -r line || [[ -n "$line" ]]; do
    number=$((number + 1))
    if [[ "$line" == '```'* ]]; then
      if ! $inside; then
        inside=true start=$number block=()
        read -r language attributes <<<"${line#\`\`\`}" || true
        continue
      fi
      inside=false
      case "$language" in
        console)
          if [[ -z "$directory" ]]; then
            directory="$work/${file//\//-}"
            copy_repository "$directory"
          fi
          run_block "$file" "$directory" "$start" "$attributes" < <(printf '%s\n' "${block[@]}")
          ;;
        sh | bash | shell | zsh)
          fail "$file:$start" "a $language block: commands belong into console blocks"
          ;;
      esac
    elif $inside; then
      block+=("$line")
      if [[ "$language" != console && "$line" =~ $stray ]]; then
        fail "$file:$number" "a command outside of a console block: $line"
      fi
    elif [[ "$line" == "    "* && "${line#    }" =~ $stray ]]; then
      fail "$file:$number" "a command outside of a console block: $line"
    fi
  done <"$root/$file"
  ! $inside || fail "$file:$start" "a block that does not end"
}

# The anchors that GitHub makes of a file's headings.
anchors() {
  awk '/^```/ { inside = !inside; next } !inside && /^#+ / { sub(/^#+ /, ""); print }' "$1" |
    tr '[:upper:]' '[:lower:]' | sed -e 's/[^a-z0-9 _-]//g' -e 's/ /-/g'
}

# Puts the outputs of `updates` ("first last file-with-output") into a file, the last one first.
apply_updates() { # file
  local index first last output
  for ((index = ${#updates[@]} - 1; index >= 0; index--)); do
    read -r first last output <<<"${updates[index]}"
    { head -n "$((first - 1))" "$1" && cat "$output" && tail -n "+$((last + 1))" "$1"; } \
      >"$work/updated"
    cat "$work/updated" >"$1"
  done
}

test_links() { # file
  local file="$1" link target anchor
  while IFS= read -r link; do
    [[ "$link" != *://* && "$link" != mailto:* ]] || continue
    target="${link%%#*}" anchor=""
    [[ "$link" != *'#'* ]] || anchor="${link#*#}"
    if [[ -n "$target" ]]; then
      target="$(dirname "$file")/$target"
    else
      target="$file"
    fi
    links=$((links + 1))
    if [[ ! -e "$target" ]]; then
      fail "$file" "a link to what is not there: $link"
    elif [[ -n "$anchor" ]] && ! grep -qxF -- "$anchor" < <(anchors "$target"); then
      fail "$file" "a link to a heading that is not there: $link"
    fi
  done < <(awk '/^```/ { inside = !inside; next } !inside' "$file" |
    grep -oE '\]\([^) ]+\)' | sed -e 's/^](//' -e 's/)$//')
  while IFS= read -r target; do
    links=$((links + 1))
    [[ -x "$target" ]] || fail "$file" "names a script that is not there: $target"
  done < <(grep -oE '\bscripts/[a-z-]+\.sh' "$file" | sort -u)
}

links=0
for file in "${files[@]}"; do
  if [[ ! -r "$root/$file" ]]; then
    fail "$file" "cannot be read"
    continue
  fi
  updates=()
  test_commands "$file"
  apply_updates "$root/$file"
  test_links "$file"
done

echo
for entry in "${not_run[@]}"; do echo "not run $entry"; done
for entry in "${skipped[@]}"; do echo "skipped $entry"; done
echo "docs-test: ${#files[@]} files, $links links and scripts, $passed commands ran well ($compared compared" \
  "with what is shown, $shown_only shown as an example)"
echo "$passed passed, $failed failed, ${#skipped[@]} skipped, ${#not_run[@]} not run by their tag"
((failed == 0))
