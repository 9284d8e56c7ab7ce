#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks the command line as an operator meets it: each failure gives one line, the documented exit
# code and the fix; output is reproducible; the sensor starts, serves and stops cleanly.
#
# Usage: scripts/cli-test.sh [--binary PATH] [--require]
#
#   --binary    the sensor; default .build/release/halfwire
#   --require   what is skipped fails; so it is with CI=true
#
# What needs root is named and counted as skipped without it.
# Exit: 0 nothing failed, 1 something did, 64 wrong arguments.
set -euo pipefail

# shellcheck source=scripts/checks.sh
source "$(dirname "${BASH_SOURCE[0]}")/checks.sh"
read_options "--binary --require" "$@"
unset NO_COLOR

# Other users must be able to run it, wherever the checkout is.
install -m 755 "$binary" "$work/halfwire"
chmod 755 "$work"
binary="$work/halfwire"
halfwire="$binary"

# Runs COMMAND and checks its exit status (a pattern: "0|141") and that standard error has each
# PATTERN. A failure (65 and above) must be one line of ours, with nothing on standard output.
# Leaves the streams in $work/out and $work/err.
expect() { # name, status, pattern..., --, command...
  local name="$1" wanted="$2" status=0 why=() patterns=() pattern
  shift 2
  while [[ $1 != -- ]]; do
    patterns+=("$1")
    shift
  done
  shift
  timeout -k 5 90 "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
  [[ $status =~ ^($wanted)$ ]] || why+=("exit status $status, not $wanted")
  for pattern in ${patterns[@]+"${patterns[@]}"}; do
    grep -qE -- "$pattern" "$work/err" || why+=("standard error does not say: $pattern")
  done
  if ((status >= 65 && status < 100)); then
    # What was said before it failed ("recording to ...") is no part of the message.
    [[ $(grep -cvE '^(adopted|recording|watching|replayed) ' "$work/err") == 1 ]] ||
      why+=("not one line on standard error")
    grep -q '^halfwire: ' "$work/err" || why+=("the line does not begin with halfwire:")
    [[ ! -s "$work/out" ]] || why+=("something on standard output: $(head -n 1 "$work/out")")
  fi
  if grep -qiE 'fatal error|stack dump|backtrace' "$work/err"; then why+=("it crashed"); fi
  if ((${#why[@]} == 0)); then
    ok "$name"
  else
    bad "$name" "${why[@]}" "$(head -c 2000 "$work/err")"
  fi
}
same() { # name, file, file
  if cmp -s "$2" "$3"; then ok "$1"; else bad "$1" "$(diff "$2" "$3" | head -n 6)"; fi
}

echo "== traces"
# A beacon to a documentation address, visits every minute, as the trace format describes it.
python3 - "$work/beacon.jsonl" <<'PYTHON'
import json, sys
second = 1_000_000_000
lines = [{"halfwire_trace": 1, "host": "test", "boot_id": "0" * 8, "kernel": "6.12.0",
          "backend": "functions", "wall_epoch_ns": 1_763_700_000 * second, "sensor": "test",
          "config_hash": ""},
         {"t": 900, "e": "process", "pid": 41, "start": 900, "exec_id": 1, "ppid": 1, "pstart": 5,
          "uid": 0, "comm": "kupdater", "exe": "/tmp/kupdater", "argv": ["kupdater"]}]
# Hours of quiet first, so that the native form has more than one block (256 KiB).
QUIET = 15_000
lines += [{"t": tick * second, "e": "tick"} for tick in range(1, QUIET)]
who = {"pid": 41, "start": 900, "exec_id": 1}
for visit in range(60):
    # A jitter of a few per cent that repeats from run to run.
    t = (QUIET + 60 * visit) * second + (visit * 7919 % 41) * second // 20
    sk, local, remote = f"{70 + visit}.0", f"192.0.2.10:{50000 + visit}", "203.0.113.9:443"
    lines += [
        {"t": t, "e": "connect", "sk": sk, **who, "netns": 1, "local": "192.0.2.10:0",
         "remote": remote},
        {"t": t + 10_000_000, "e": "connected", "sk": sk, "local": local},
        {"e": "burst", "sk": sk, **who, "first": t + 11_000_000, "last": t + 30_000_000,
         "sent": 517, "received": 4096, "sends": 1, "receives": 2},
        {"t": t + 40_000_000, "e": "closed", "sk": sk, "local": local, "remote": remote,
         "established": True, "reason": "fin"},
        {"t": t + 41_000_000, "e": "final", "sk": sk, "written": 517, "read": 4096, "unsent": 0,
         "unread": 0, "marks": []}]
lines.append({"e": "end", "events": len(lines) - 1, "lost": 0})
with open(sys.argv[1], "w", encoding="utf-8") as file:
    for line in lines:
        file.write(json.dumps(line, separators=(",", ":")) + "\n")
PYTHON
jsonl="$work/beacon.jsonl" native="$work/beacon.trace"
expect "a JSON Lines trace converts to the native form" 0 -- \
  "$halfwire" trace convert "$jsonl" "$native"
expect "and back" 0 -- "$halfwire" trace convert "$native" "$work/back.jsonl"
same "without a change" "$jsonl" "$work/back.jsonl"
expect "trace info" 0 -- "$halfwire" trace info "$native"
expect "replay prints the beacon" 0 '^replayed 15,300 events, ' -- "$halfwire" replay "$native"
cp "$work/out" "$work/first"
if grep -qE '^high +beacon +AN0597 +kupdater\[41\] +203.0.113.9:443 ' "$work/out"; then
  ok "the table names severity, analytic, process and destination"
else
  bad "the table names severity, analytic, process and destination" "$(cat "$work/out")"
fi
expect "replay again" 0 -- "$halfwire" replay "$native"
same "the same trace gives the same bytes" "$work/first" "$work/out"
expect "replay of the JSON Lines twin" 0 -- "$halfwire" replay "$jsonl"
same "the twin gives the same bytes" "$work/first" "$work/out"
expect "replay as JSON" 0 -- "$halfwire" replay --format json "$native"
cp "$work/out" "$work/first.json"
expect "replay of the twin as JSON" 0 -- "$halfwire" replay --format json "$jsonl"
same "the twin gives the same JSON" "$work/first.json" "$work/out"
if python3 - "$work/first.json" >"$work/why" 2>&1 <<'PYTHON'
import json, sys
top = """schema id dedup_key status analytic slug sibling strategy technique attack_version severity severity_reasons
score confidence mode first_seen last_seen message host boot_id role sensor backend config_hash
process opener destination protocol evidence connections tests attribution lost_events
suppression_nearly"""
process = """pid start exe exe_state sha256 package package_verified owner mode mtime provenance
script cwd argv comm uid user loginuid tty unit container image pod initiator ancestors age
children_after_visits listening"""
destination = "address port name name_source scope addresses first_seen_here other_subjects key"
evidence = """visits failed_visits period_seconds jitter_ratio log_evidence periodic_now
size_spread_ratio sent_bytes received_bytes"""
with open(sys.argv[1], encoding="utf-8") as file:
    lines = file.read().splitlines()
assert len(lines) == 1, f"{len(lines)} lines for one finding"
finding = json.loads(lines[0])
def has(value, names, where):
    missing = [name for name in names.split() if name not in value]
    assert not missing, f"{where} lacks {missing}"
has(finding, top, "the finding")
has(finding["process"], process, "process")
has(finding["destination"], destination, "destination")
has(finding["protocol"], "seen alpn ja4", "protocol")
has(finding["evidence"], evidence, "evidence")
assert finding["connections"] and finding["tests"], "no connections or no tests"
for test in finding["tests"]:
    has(test, "name value threshold outcome", "a test")
assert finding["schema"] == "halfwire.finding/1" and finding["analytic"] == "AN0597"
assert finding["process"]["pid"] == 41 and finding["process"]["exe"] == "/tmp/kupdater"
assert (finding["destination"]["address"], finding["destination"]["port"]) == ("203.0.113.9", 443)
# What the trace says: 60 visits of 517 and 4,096 bytes.
evidence = finding["evidence"]
assert evidence["visits"] == 60, evidence["visits"]
assert (evidence["sent_bytes"], evidence["received_bytes"]) == (60 * 517, 60 * 4096), evidence
assert abs(evidence["period_seconds"] - 60) < 1, evidence["period_seconds"]
PYTHON
then
  ok "each finding is one JSON object with the documented keys and the trace's own numbers"
else
  bad "each finding is one JSON object with the documented keys" "$(tail -n 1 "$work/why")"
fi
expect "--only another analytic" 0 -- "$halfwire" replay --only one-way --format json "$native"
if [[ -s "$work/out" ]]; then bad "shows nothing of this one"; else ok "shows nothing of this one"; fi
expect "--fail-on medium with a high finding" 1 -- "$halfwire" replay --fail-on medium "$native"
expect "--fail-on low with a high finding" 1 -- "$halfwire" replay --fail-on low "$native"
expect "--fail-on high with a high finding" 1 -- "$halfwire" replay --fail-on high "$native"
# The same beacon from a user's home is medium.
sed 's#/tmp/kupdater#/home/u/kupdater#' "$jsonl" >"$work/home.jsonl"
expect "--fail-on high with a medium finding" 0 -- \
  "$halfwire" replay --fail-on high "$work/home.jsonl"
expect "--fail-on medium with a medium finding" 1 -- \
  "$halfwire" replay --fail-on medium "$work/home.jsonl"
for form in "$native" "$jsonl"; do
  # shellcheck disable=SC2016  # expanded by the inner shell
  expect "- reads ${form##*.} from standard input" 0 -- \
    sh -c '"$1" replay - <"$2"' sh "$halfwire" "$form"
  same "and gives the same bytes" "$work/first" "$work/out"
done

echo "== the sample"
sample="$root/samples/first-look"
expect "the sample replays" 0 -- "$halfwire" replay "$sample.trace"
cp "$work/out" "$work/sample"
expect "the sample's JSON Lines twin replays" 0 -- "$halfwire" replay "$sample.jsonl"
same "both give the same bytes" "$work/sample" "$work/out"
found="$(awk '/ AN[0-9]+ /{sub(/\[[0-9]+\]/, "", $4); print $2, $4, $5}' "$work/sample" | sort)"
if [[ $found == $'beacon kupdater 203.0.113.9:443\none-way syncd 198.51.100.7:8443' ]]; then
  ok "it has the beacon and the one-way sender, and nothing else"
else
  bad "it has the beacon and the one-way sender, and nothing else" "$found"
fi
expect "the sample as JSON" 0 -- "$halfwire" replay --format json "$sample.trace"
cp "$work/out" "$work/sample.json"
expect "the twin as JSON" 0 -- "$halfwire" replay --format json "$sample.jsonl"
same "both give the same JSON" "$work/sample.json" "$work/out"

echo "== damaged traces"
# In the middle, so that something stands before and after it.
sed '15030s/.*/{"e":"burst",/' "$jsonl" >"$work/bad.jsonl"
expect "a malformed line" 65 'bad\.jsonl' 'line 15030, ' '--lenient' -- \
  "$halfwire" replay "$work/bad.jsonl"
expect "--lenient skips it and says so" 0 'warning: .*1 ' -- \
  "$halfwire" replay --lenient "$work/bad.jsonl"
python3 - "$native" "$work" <<'PYTHON'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
open(sys.argv[2] + "/cut.trace", "wb").write(data[:-9])
data[len(data) // 2] ^= 0x40
open(sys.argv[2] + "/bad.trace", "wb").write(data)
PYTHON
expect "a malformed native block" 65 'bad\.trace' 'byte offset [0-9]+' '--lenient' -- \
  "$halfwire" replay "$work/bad.trace"
expect "--lenient passes over the block" 0 'warning: ' -- \
  "$halfwire" replay --lenient "$work/bad.trace"
expect "a truncated native trace" 0 'warning: ' -- "$halfwire" replay "$work/cut.trace"
head -n -1 "$jsonl" >"$work/cut.jsonl"
expect "a trace without its footer" 0 'warning: .*footer' -- "$halfwire" replay "$work/cut.jsonl"
same "is used as it is" "$work/first" "$work/out"
head -c -120 "$jsonl" >"$work/half.jsonl"
expect "a trace that ends within a line" "0|65" -- "$halfwire" replay "$work/half.jsonl"
# The first byte is no trace's.
{ printf '\001' && head -c 4096 /dev/urandom; } >"$work/noise"
expect "noise" 65 'noise' -- "$halfwire" replay "$work/noise"
: >"$work/empty"
expect "an empty file" 65 'empty' -- "$halfwire" replay "$work/empty"
expect "a trace that is missing" 66 'gone\.trace' -- "$halfwire" replay "$work/gone.trace"
expect "trace info on one that is missing" 66 'gone' -- "$halfwire" trace info "$work/gone.trace"
expect "a directory for a trace" 74 -- "$halfwire" replay "$work"
expect "an unwritable target of trace convert" 74 'no/such' -- \
  "$halfwire" trace convert "$native" "$work/no/such.jsonl"

echo "== configuration"
configured() { # name, status, text, pattern...
  local name="$1" status="$2"
  printf '%s\n' "$3" >"$work/c.toml"
  shift 3
  expect "$name" "$status" "$@" -- "$halfwire" replay --config "$work/c.toml" "$native"
}
configured "a good configuration" 0 '[analytics.AN0597]
PayloadLengthVariance = 0.05'
configured "include_loopback" 0 '[analytics]
include_loopback = true'
configured "a syntax error" 78 '[analytics]
include_loopback = = true' 'c\.toml:2:[0-9]+: '
configured "an unknown section" 78 '[analytic]
x = 1' 'c\.toml:1:2: unknown key analytic\b' 'did you mean analytics\?'
configured "an unknown key" 78 '[analytics]
include_lo = true' 'analytics\.include_lo\b' 'valid: .*include_loopback'
configured "an unknown analytic" 78 '[analytics.AN9999]
x = 1' 'AN9999' 'valid: .*AN0597.*AN1599'
configured "an unknown tunable" 78 '[analytics.AN0597]
PayloadLength = 0.1' 'PayloadLength\b' 'valid: .*PayloadLengthVariance'
configured "a value out of range" 78 '[analytics.AN0597]
PayloadLengthVariance = 7.5' 'PayloadLengthVariance' '7\.5' 'from [0-9.]+ to [0-9.]+'
configured "a fraction for a whole number" 78 '[analytics.AN0597]
RepeatFrequencyThreshold = 4.5' 'RepeatFrequencyThreshold' 'whole'
configured "text for a number" 78 '[analytics.AN0597]
PayloadLengthVariance = "small"' 'PayloadLengthVariance' 'number'
configured "a number for true or false" 78 '[analytics]
include_loopback = 1' 'include_loopback' 'true or false'
configured "a value for a section" 78 'analytics = 3' 'analytics' '\[analytics\]'
configured "nan" 78 '[analytics.AN0597]
PayloadLengthVariance = nan' 'PayloadLengthVariance'
printf '[analytics.AN0597]\nPayloadLengthVariance = 0.1 # x\0\nbogus = 1\n' >"$work/c.toml"
expect "a zero byte, behind which nothing would be read" 78 'c\.toml:2:32: ' -- \
  "$halfwire" replay --config "$work/c.toml" "$native"
printf '[analytics]\ninclude_loopback = true # \xff\xfe\n' >"$work/c.toml"
expect "a configuration that is not UTF-8" 78 'c\.toml' -- \
  "$halfwire" replay --config "$work/c.toml" "$native"
expect "a configuration that is missing" 66 'none\.toml' -- \
  "$halfwire" replay --config "$work/none.toml" "$native"
expect "a directory for a configuration" 74 -- "$halfwire" replay --config "$work" "$native"
expect "run says the same of a bad configuration" 66 'none\.toml' -- \
  "$halfwire" run --config "$work/none.toml"
echo 'role = "ci"' >"$work/open.toml"
chmod 666 "$work/open.toml"
expect "run takes no configuration that others can write" 78 'chmod go-w' -- \
  "$halfwire" run --config "$work/open.toml"
expect "config default" 0 -- "$halfwire" config default
cp "$work/out" "$work/default.toml"
expect "config check takes it" 0 -- "$halfwire" config check "$work/default.toml"
expect "config show" 0 -- "$halfwire" config show --config "$work/default.toml"
cp "$work/out" "$work/shown.toml"
if grep -qE "^analytics\.AN0597\.PayloadLengthVariance = .*default\.toml:[0-9]+:25$" "$work/shown.toml"
then
  ok "it says where a value comes from"
else
  bad "it says where a value comes from" "$(head -n 3 "$work/shown.toml")"
fi
expect "config check takes what config show prints" 0 -- \
  "$halfwire" config check "$work/shown.toml"
printf 'rolle = "ci"\n' >"$work/c.toml"
expect "config check names the key that was meant" 78 'c\.toml:1:1: .*did you mean role\?' -- \
  "$halfwire" config check "$work/c.toml"

echo "== explain"
id="$(grep -oE '"id":"f-[0-9a-z]+"' "$work/first.json" | head -n 1 | cut -d'"' -f4)"
expect "a finding of a trace" 0 -- "$halfwire" explain "$id" --from "$native"
cp "$work/out" "$work/explained"
expect "the same of a findings file" 0 -- "$halfwire" explain "$id" --from "$work/first.json"
sed 's#beacon\.trace#first.json#' "$work/explained" >"$work/explained.json"
same "in the same words" "$work/explained.json" "$work/out"
if grep -q '^WHAT THIS DOES NOT PROVE$' "$work/out" && ! grep -qE '.{81}' <(sed '/^NEXT$/,$d' "$work/out")
then
  ok "at most 80 columns, and what it does not prove"
else
  bad "at most 80 columns, and what it does not prove" "$(grep -E '.{81}' "$work/out")"
fi
expect "an analytic" 0 -- "$halfwire" explain beacon
expect "an id that is not there" 64 "$id" -- "$halfwire" explain f-000000 --from "$native"
expect "an id without a file" 64 '--from' -- "$halfwire" explain "$id"

echo "== suppressions"
expect "the beacon from a home as JSON" 0 -- "$halfwire" replay --format json "$work/home.jsonl"
cp "$work/out" "$work/home.json"
id="$(grep -oE '"id":"f-[0-9a-z]+"' "$work/home.json" | head -n 1 | cut -d'"' -f4)"
state="$work/state"
adding=("$halfwire" allow add --state "$state" --owner ops --reason "it is ours")
expect "it is not known what starts it" 64 '--initiator none' -- \
  "${adding[@]}" "$id" --from "$work/home.jsonl"
adding+=(--initiator none)
expect "no digest is known: not by a path alone" 64 'sha256' -- "${adding[@]}" "$id" --from "$work/home.jsonl"
expect "an end that is said twice" 64 'say one of them' -- \
  "${adding[@]}" "$id" --from "$work/home.jsonl" --days 3 --expires 2099-01-01
expect "an end that cannot be written" 64 'at the latest 2262' -- "${adding[@]}" "$id" \
  --from "$work/home.jsonl" --sha256 "$(printf '%064d' 7)" --expires 9999-12-31
expect "a part that no finding has" 64 'no finding has the path' -- "${adding[@]}" \
  --origin pkg:curl --path /usr/bin/../bin/curl --destination 203.0.113.9 --every-version
expect "code in a temporary directory" 64 'P3' -- "${adding[@]}" \
  "$(grep -oE '"id":"f-[0-9a-z]+"' "$work/first.json" | head -n 1 | cut -d'"' -f4)" --from "$native"
digest="$(printf '%064d' 7)"
expect "with the digest" 0 'added s-' -- "${adding[@]}" "$id" --from "$work/home.jsonl" --sha256 "$digest"
rule="$(cat "$work/out")"
if [[ $(stat -c %a "$state/suppressions.toml") == 600 ]]; then
  ok "its file is the owner's alone"
else
  bad "its file is the owner's alone" "$(ls -l "$state")"
fi
expect "allow list" 0 -- "$halfwire" allow list --state "$state"
if grep -qE "^$rule  active until .*, 0 hits$" "$work/out"; then
  ok "it is listed"
else
  bad "it is listed" "$(cat "$work/out")"
fi
expect "a finding without the digest is only nearly taken" 0 -- \
  "$halfwire" allow test --state "$state" --from "$work/home.json"
if grep -q "^nearly  $id by $rule, " "$work/out"; then
  ok "and the rule is named"
else
  bad "and the rule is named" "$(cat "$work/out")"
fi
# The same with the file's facts in the stream.
sed "/\"e\":\"process\"/a {\"t\":901,\"e\":\"context\",\"pid\":41,\"start\":900,\"exec_id\":1,\"exe_owner\":1000,\"exe_sha256\":\"$digest\"}" \
  "$work/home.jsonl" | sed 's/"events":[0-9]*/"events":15301/' >"$work/known.jsonl"
expect "the finding without suppressions" 0 -- "$halfwire" replay --format json "$work/known.jsonl"
id="$(grep -oE '"id":"f-[0-9a-z]+"' "$work/out" | head -n 1 | cut -d'"' -f4)"
expect "a rule for what is known" 0 'added s-' -- "${adding[@]}" "$id" --from "$work/known.jsonl"
expect "replay with suppressions" 0 -- \
  "$halfwire" replay --allow "$state" --fail-on low "$work/known.jsonl"
if grep -q '^no findings' "$work/out"; then
  ok "holds the finding back"
else
  bad "holds the finding back" "$(cat "$work/out")"
fi
sed "s/$digest/$(printf '%064d' 8)/" "$work/known.jsonl" >"$work/altered.jsonl"
expect "another content is told" 1 -- \
  "$halfwire" replay --allow "$state" --fail-on low "$work/altered.jsonl"
# The same program in a package, as far as the stream tells, without a digest and with a starter.
sed "s/\"exe_owner\":1000,\"exe_sha256\":\"$digest\"/\"exe_owner\":0,\"package\":\"kupd\",\"package_verified\":true/" \
  "$work/known.jsonl" >"$work/packaged.jsonl"
expect "a packaged program" 0 -- "$halfwire" replay --all --format json "$work/packaged.jsonl"
id="$(grep -oE '"id":"f-[0-9a-z]+"' "$work/out" | head -n 1 | cut -d'"' -f4)"
expect "without a digest every version must be asked for" 64 '--every-version' -- "${adding[@]}" \
  "$id" --from "$work/packaged.jsonl"
expect "and is said" 0 'started by nothing that is known' \
  'no digest of .* is known: every version of it is covered' -- "${adding[@]}" \
  "$id" --from "$work/packaged.jsonl" --every-version
expect "one version and all of them" 64 'say one of them' -- "${adding[@]}" \
  "$id" --from "$work/known.jsonl" --every-version --sha256 "$digest"
adding=("${adding[@]:0:9}")
expect "parts without a starter" 64 '--any-initiator' -- "${adding[@]}" --origin pkg:curl --path /usr/bin/curl \
  --destination 203.0.113.9 --every-version
expect "whatever starts it" 0 'started by anything' -- "${adding[@]}" --origin pkg:curl --path /usr/bin/curl \
  --destination 203.0.113.9 --every-version --any-initiator
# The trace of a cron job's curl, and that of an implant's: both are Debian's curl under cron.
job="$root/traces/benign/cron-curl.trace" implant="$root/traces/malicious/cron-curl-dropper.trace"
expect "a cron job's curl" 0 -- "$halfwire" replay --format json "$job"
id="$(grep -oE '"id":"f-[0-9a-z]+"' "$work/out" | head -n 1 | cut -d'"' -f4)"
expect "a rule for it, whatever the version, to the network of both" 0 'running job:' -- \
  "${adding[@]}" "$id" --from "$job" --every-version --destination 203.0.113.0/24
expect "the job is held back" 0 -- "$halfwire" replay --allow "$state" --fail-on low "$job"
expect "the implant's job is not" 1 -- \
  "$halfwire" replay --allow "$state" --fail-on medium "$implant"
expect "allow remove" 0 "removed $rule" -- "$halfwire" allow remove "$rule" --state "$state"
expect "what is not there cannot be removed" 64 -- \
  "$halfwire" allow remove "$rule" --state "$state"
printf '[[allow]]\norigin = "agent"\n' >"$work/rule.toml"
expect "a rule that cannot be used" 78 'rule\.toml:2:10: ' -- \
  "$halfwire" replay --allow "$work/rule.toml" "$native"
printf '[[allow]]\norigin = "pkg:curl"\npath = "/usr/bin/curl"\ndestination = "203.0.113.9"\nowner = "o"\nreason = "r"\nexpires = 2099-01-01\n' \
  >"$work/rule.toml"
expect "a rule that does not say which content it takes" 78 'rule\.toml:3:8: .*every_version = true' -- \
  "$halfwire" replay --allow "$work/rule.toml" "$native"
echo 'every_version = true' >>"$work/rule.toml"
expect "or what may start it" 78 'rule\.toml:3:8: .*any_initiator = true' -- \
  "$halfwire" replay --allow "$work/rule.toml" "$native"
echo 'any_initiator = true' >>"$work/rule.toml"
expect "a rule that says both" 0 -- "$halfwire" replay --allow "$work/rule.toml" "$native"
mkfifo -m 600 "$work/rule.pipe"
expect "a pipe for a file of rules" 78 'no regular file' -- \
  "$halfwire" replay --allow "$work/rule.pipe" "$native"
chmod 666 "$work/rule.toml"
expect "a file that others can write" 78 'chmod go-w' -- \
  "$halfwire" replay --allow "$work/rule.toml" "$native"

echo "== Zeek"
python3 - "$work/conn.log" "$work/conn.json" <<'PYTHON'
import json, sys
names = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto duration orig_bytes resp_bytes conn_state"
rows = [(1_763_700_000 + 60 * visit, f"C{visit}", "192.0.2.10", 50_000 + visit, "203.0.113.9", 443,
         "tcp", 0.25, 517, 4096, "SF") for visit in range(60)]
with open(sys.argv[1], "w", encoding="utf-8") as file:
    file.write("#separator \\x09\n#unset_field\t-\n#path\tconn\n")
    file.write("\t".join(["#fields", *names.split()]) + "\n")
    file.writelines("\t".join(map(str, row)) + "\n" for row in rows)
with open(sys.argv[2], "w", encoding="utf-8") as file:
    file.writelines(json.dumps(dict(zip(names.split(), row))) + "\n" for row in rows)
PYTHON
expect "a conn.log" 0 -- "$halfwire" replay --format json "$work/conn.log"
cp "$work/out" "$work/zeek"
expect "the same as JSON" 0 -- "$halfwire" replay --format json "$work/conn.json"
same "gives the same findings" "$work/zeek" "$work/out"
if [[ $(grep -c '"severity":"low"' "$work/zeek") == 1 && $(wc -l <"$work/zeek") == 1 ]]; then
  ok "the beacon is found, low without a process"
else
  bad "the beacon is found, low without a process" "$(head -c 500 "$work/zeek")"
fi
expect "trace convert" 0 -- "$halfwire" trace convert "$work/conn.log" "$work/zeek.trace"
expect "replay of what it wrote" 0 -- "$halfwire" replay --format json "$work/zeek.trace"
same "gives the same findings" "$work/zeek" "$work/out"
sed '10s/\t50005\t/\t5000500\t/' "$work/conn.log" >"$work/bad.log"
expect "a malformed row" 65 'bad\.log: line 10, byte [0-9]+: id\.orig_p' -- \
  "$halfwire" replay "$work/bad.log"
expect "--lenient passes over it" 0 'warning: passed over 1 ' -- \
  "$halfwire" replay --lenient "$work/bad.log"

echo "== usage"
expect "an unknown option" 64 'nonsense' -- "$halfwire" replay --nonsense "$native"
expect "an unknown command, and the one that was meant" 64 \
  '^halfwire: unknown command replya; did you mean replay\? valid: run, ' -- "$halfwire" replya
expect "an analytic that was meant" 64 'did you mean beacon\?' -- "$halfwire" explain beacn
expect "an analytic by its sibling's identifier" 0 -- "$halfwire" explain AN1600
expect "--only an identifier" 0 -- "$halfwire" replay --only AN0597 "$native"
expect "--only nothing that there is" 64 'nonconforming' -- "$halfwire" replay --only storm "$native"
expect "a state directory that was mistyped" 66 'nowhere' -- \
  "$halfwire" allow list --state "$work/nowhere"
expect "simulate towards a public address" 64 'public address' -- \
  "$halfwire" simulate beacon --to 192.0.0.9:80
expect "a format that does not exist" 64 'table' -- "$halfwire" replay --format yaml "$native"
expect "a severity that does not exist" 64 'high' -- "$halfwire" replay --fail-on worst "$native"
expect "replay without a file" 64 -- "$halfwire" replay
expect "a duration without a unit" 64 -- "$halfwire" record -o "$work/x.trace" --duration 10
expect "simulate something else" 64 'beacon' 'one-way' -- "$halfwire" simulate storm
expect "an address that is none" 64 'localhost' '127\.0\.0\.1:10079' -- \
  "$halfwire" run --listen localhost:1
expect "an address that others reach" 64 '0\.0\.0\.0:1' -- "$halfwire" run --listen 0.0.0.0:10079
expect "help" 0 -- "$halfwire" --help
expect "version" 0 -- "$halfwire" version
expect "version --json" 0 -- "$halfwire" version --json
if python3 -m json.tool "$work/out" >/dev/null 2>&1; then
  ok "version --json is JSON"
else
  bad "version --json is JSON"
fi

echo "== terminals and pipes"
on_terminal() { # environment and command; a terminal of its own
  python3 - "$@" <<'PYTHON'
import os, pty, sys
status = pty.spawn(sys.argv[1:])
sys.exit(os.waitstatus_to_exitcode(status))
PYTHON
}
on_terminal env TERM=xterm "$halfwire" replay "$native" >"$work/tty" 2>&1 </dev/null || true
on_terminal env TERM=xterm NO_COLOR=1 "$halfwire" replay "$native" >"$work/plain" 2>&1 </dev/null ||
  true
# A terminal of 60 columns shows every word of a finding.
# shellcheck disable=SC2016  # expanded by the inner shell
on_terminal env NO_COLOR=1 bash -c 'stty cols 60; exec "$1" replay "$2" 2>/dev/null' bash \
  "$halfwire" "$native" >"$work/narrow" 2>&1 </dev/null || true
if grep -q 'kupdater\[41\] to 203\.0\.113\.9:443' "$work/narrow" &&
  ! tr -d '\r' <"$work/narrow" | grep -qE '.{61}'
then
  ok "a narrow terminal"
else
  bad "a narrow terminal" "$(cat "$work/narrow")"
fi
if grep -q $'\033\\[' "$work/tty"; then ok "colour on a terminal"; else bad "colour on a terminal"; fi
if grep -q beacon "$work/plain" && ! grep -q $'\033' "$work/plain"; then
  ok "no colour with NO_COLOR"
else
  bad "no colour with NO_COLOR"
fi
if grep -q $'\033' "$work/first"; then bad "no colour into a file"; else ok "no colour into a file"; fi
# A reader that goes away: the conventional silent end by SIGPIPE, or an I/O error, never a crash.
# shellcheck disable=SC2016  # expanded by the inner shell
expect "a reader that goes away" "0|74|141" -- \
  bash -c 'set -o pipefail; "$1" trace convert "$2" - | head -n 1 >/dev/null' bash \
  "$halfwire" "$native"
# shellcheck disable=SC2016
expect "a reader that goes away from replay" "0|74|141" -- \
  bash -c 'set -o pipefail; "$1" replay --format json "$2" | true' bash "$halfwire" "$native"
# shellcheck disable=SC2016
expect "a full disk" "74" -- sh -c '"$1" trace convert "$2" - >/dev/full' sh "$halfwire" "$native"
# shellcheck disable=SC2016
expect "a full disk under replay" "74" -- sh -c '"$1" replay "$2" >/dev/full' sh "$halfwire" "$native"

echo "== requirements"
port="$(free_port)"
python3 -c 'import socket, sys, time
s = socket.socket(); s.bind(("127.0.0.1", int(sys.argv[1]))); s.listen()
print("up", flush=True); time.sleep(300)' "$port" >"$work/holder" &
holder=$!
running+=("$holder")
wait_until 10 grep -q up "$work/holder" || true
expect "a port that is taken" 74 "127\.0\.0\.1:$port" 'ss -ltnp|another port' -- \
  "$halfwire" run --listen "127.0.0.1:$port"
kill "$holder" 2>/dev/null || true
wait "$holder" 2>/dev/null || true
forget "$holder"
expect "a textfile directory that is missing" 74 'no/dir' 'mkdir -p' -- \
  "$halfwire" run --listen none --textfile "$work/no/dir"
expect "a file for findings that cannot be made" 74 'no/findings' '--findings' -- \
  "$halfwire" run --listen none --findings "$work/no/findings"

if [[ $(id -u) != 0 ]]; then
  expect "not root" 77 'CAP_BPF and CAP_PERFMON' 'root|setcap' -- \
    "$halfwire" record -o "$work/x.trace"
  skip "everything that attaches" "needs root"
  finish
fi
for tool in setpriv unshare; do
  command -v "$tool" >/dev/null && continue
  bad "$tool is missing: apt-get install util-linux"
  finish
done

as_nobody=(setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps=-all
  --ambient-caps=-all --bounding-set=-all)
for command in "run --listen none" "record -o $work/x.trace"; do
  # shellcheck disable=SC2086  # split on purpose
  expect "${command%% *} as nobody" 77 'CAP_BPF and CAP_PERFMON' 'setcap cap_bpf,cap_perfmon' -- \
    "${as_nobody[@]}" "$halfwire" $command
done
# Without the capabilities an attempt to attach would end with 77: the state comes first.
expect "a state directory that cannot be made, before anything is attached" 74 \
  'name another with --state' -- \
  "${as_nobody[@]}" "$halfwire" run --listen none --state "/proc/nobody/state"
install -m 644 "$native" "$work/nobody.trace"
expect "replay as nobody" 0 -- "${as_nobody[@]}" "$halfwire" replay "$work/nobody.trace"
expect "doctor as nobody" 1 -- "${as_nobody[@]}" "$halfwire" doctor
if grep -qE '^FAIL +capabilities' "$work/out" && grep -q 'setcap cap_bpf,cap_perfmon' "$work/out"
then ok "doctor tells the capabilities and the fix"; else
  bad "doctor tells the capabilities and the fix" "$(cat "$work/out")"
fi
expect "root without the capabilities" 77 'CAP_BPF and CAP_PERFMON' -- \
  setpriv --inh-caps=-bpf,-perfmon,-sys_admin --bounding-set=-bpf,-perfmon,-sys_admin \
  "$halfwire" run --listen none
expect "root without one capability" 77 'missing CAP_BPF:' -- \
  setpriv --inh-caps=-bpf,-sys_admin --bounding-set=-bpf,-sys_admin "$halfwire" run --listen none

can_attach auto || { skip "everything that attaches" "$why_not"; finish; }
mkdir "$work/nothing" "$work/read-only"
# shellcheck disable=SC2016  # expanded by the inner shell
expect "a kernel without BTF" 69 '/sys/kernel/btf/vmlinux' 'CONFIG_DEBUG_INFO_BTF' -- \
  unshare -m sh -c 'mount --bind "$1" /sys/kernel/btf && exec "$2" run --listen none' \
  sh "$work/nothing" "$halfwire"
# shellcheck disable=SC2016
expect "a textfile directory that is read-only" 74 'read-only' -- \
  unshare -m sh -c 'mount -t tmpfs -o ro none "$1" && exec "$2" run --listen none --textfile "$1"' \
  sh "$work/read-only" "$halfwire"
expect "a recording that cannot be made" 74 'no/x\.trace' -- \
  "$halfwire" record -o "$work/no/x.trace"
expect "a recording of run that cannot be made" 74 'no/x\.trace' -- \
  "$halfwire" run --listen none --record "$work/no/x.trace"

echo "== the sensor"
umask 0
if start_sensor record record -o "$work/live.trace"; then
  curl -s -o /dev/null --max-time 2 "http://127.0.0.1:$port/" || true
  stop_sensor INT
  if [[ $sensor_status == 0 ]]; then ok "SIGINT ends record with 0"; else
    bad "SIGINT ends record with 0" "status $sensor_status" "$(cat "$work/record.err")"
  fi
  mode="$(stat -c %a "$work/live.trace")"
  if [[ $mode == 600 ]]; then ok "a recording has mode 600, whatever the umask"; else
    bad "a recording has mode 600, whatever the umask" "mode $mode"
  fi
  expect "the recording has its footer" 0 -- "$halfwire" trace info "$work/live.trace"
  if grep -qE '^footer +present' "$work/out" && ! grep -q warning "$work/err" "$work/record.err"
  then ok "and no warning"; else bad "and no warning" "$(cat "$work/out" "$work/err")"; fi
else
  bad "record starts" "$(cat "$work/record.err")"
fi
umask 022
# shellcheck disable=SC2016
expect "a reader that goes away from record" "0|74" -- \
  bash -c 'set -o pipefail; "$1" record --jsonl --duration 20s -o - | head -n 1 >/dev/null' bash \
  "$halfwire"

# CAP_BPF and CAP_PERFMON alone are enough.
two_caps=-all,+bpf,+perfmon
install -d -o nobody "$work/nobody"
if setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps=$two_caps \
  --bounding-set=$two_caps --ambient-caps=$two_caps true 2>/dev/null; then
  expect "nobody with CAP_BPF and CAP_PERFMON alone records" 0 '^recorded [0-9]+ events' -- \
    setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps=$two_caps \
    --bounding-set=$two_caps --ambient-caps=$two_caps \
    "$halfwire" record --duration 1s -o "$work/nobody/x.trace"
else
  skip "nobody with CAP_BPF and CAP_PERFMON alone records" "this setpriv cannot set them"
fi

# Asks /readyz from before the server is up until it says 200, and prints each new answer.
watch_readiness() { # port
  python3 - "$1" <<'PYTHON'
import http.client, sys, time
seen, deadline = [], time.monotonic() + 60
print("asking", flush=True)
while time.monotonic() < deadline and (not seen or seen[-1] != 200):
    try:
        link = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=2)
        link.request("GET", "/readyz")
        status = link.getresponse().status
        link.close()
    except OSError:
        time.sleep(0.001)
        continue
    if not seen or seen[-1] != status:
        seen.append(status)
print(*seen)
PYTHON
}
port="$(free_port)"
mkdir "$work/textfile"
watch_readiness "$port" >"$work/readiness" &
watcher=$!
running+=("$watcher")
wait_until 30 test -s "$work/readiness" || true
if start_sensor run run --listen "127.0.0.1:$port" --textfile "$work/textfile" \
  --findings "$work/findings" --state "$work/state"; then
  wait "$watcher" || true
  forget "$watcher"
  readiness="$(tail -n +2 "$work/readiness")"
  case "$readiness" in
    "503 200") ok "/readyz says 503 until attached, then 200" ;;
    200) skip "/readyz says 503 until attached" "attached before it could be asked" ;;
    *) bad "/readyz says 503 until attached, then 200" "answers: $readiness" ;;
  esac
  for path in / /healthz /readyz /metrics; do
    status="$(curl -s -o "$work/body" -w '%{http_code}' --max-time 5 "http://127.0.0.1:$port$path" ||
      true)"
    if [[ $status == 200 && -s "$work/body" ]]; then ok "GET $path"; else
      bad "GET $path" "status $status"
    fi
  done
  expect "a second sensor on the same port" 74 "127\.0\.0\.1:$port" -- \
    "$halfwire" run --listen "127.0.0.1:$port"
  wait_until 10 grep -q '^halfwire_probe_attached' "$work/textfile/halfwire.prom" || true
  if command -v promtool >/dev/null; then
    if promtool check metrics <"$work/textfile/halfwire.prom" >"$work/lint" 2>&1 &&
      [[ ! -s "$work/lint" && -s "$work/textfile/halfwire.prom" ]]; then
      ok "the textfile is clean under promtool"
    else
      bad "the textfile is clean under promtool" "$(cat "$work/lint")"
    fi
  else
    skip "the textfile is clean under promtool" "promtool is missing"
  fi
  stop_sensor INT
  if [[ $sensor_status == 0 ]]; then ok "SIGINT ends run with 0"; else
    bad "SIGINT ends run with 0" "status $sensor_status" "$(cat "$work/run.err")"
  fi
  if grep -q warning "$work/run.err"; then bad "run warns of nothing" "$(cat "$work/run.err")"; else
    ok "run warns of nothing"
  fi
else
  bad "run starts" "$(cat "$work/run.err")"
fi
if start_sensor unix run --listen "unix:$work/metrics.sock" --findings -; then
  if curl -s --fail --max-time 5 --unix-socket "$work/metrics.sock" http://localhost/metrics |
    grep -c '^halfwire_build_info' >/dev/null; then ok "metrics on a Unix socket"; else
    bad "metrics on a Unix socket"
  fi
  stop_sensor TERM
  if [[ $sensor_status == 0 ]]; then ok "SIGTERM ends run with 0"; else
    bad "SIGTERM ends run with 0" "status $sensor_status" "$(cat "$work/unix.err")"
  fi
  if [[ ! -s "$work/unix.out" ]]; then ok "--findings - keeps standard output for findings"; else
    bad "--findings - keeps standard output for findings" "$(head -n 3 "$work/unix.out")"
  fi
else
  bad "run on a Unix socket starts" "$(cat "$work/unix.err")"
fi
finish
