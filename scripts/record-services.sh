#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Records ordinary software with the real sensor, each service as a trace of its own.
#
# Usage: scripts/record-services.sh [--binary PATH] [--backend NAME] [--minutes N]
#                  [--only REGEX] OUTPUT
#
#   --binary    the sensor; default .build/release/halfwire
#   --backend   default auto
#   --minutes   how long they run; default 12
#   --only      stories whose name matches this; default all
#   OUTPUT      a directory; gets NAME.trace for every story, the whole recording and the live
#               findings
#
# Debian's packages do the work, configured by traces/lab; what is missing is named and left out.
# Their periods are short, so that a clock shows. Nothing leaves the two network namespaces of the
# laboratory (scripts/lab.sh). Needs root. What a story means is said in traces/README.md.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# shellcheck source=scripts/checks.sh
source "$root/scripts/checks.sh"
# shellcheck source=scripts/lab.sh
source "$root/scripts/lab.sh"
# shellcheck source=scripts/lab-recording.sh
source "$root/scripts/lab-recording.sh"
minutes=12
read_recording_options "$@"

needs() { # story, program...
  local story="$1" program
  shift
  for program in "$@"; do
    command -v "$program" >/dev/null || [[ -x $program ]] || {
      echo "left out: $story ($program is missing)"
      return 1
    }
  done
}
postgres=/usr/lib/postgresql/15/bin
python="$(readlink -f /usr/bin/python3)"
seconds=$((minutes * 60))
times() { echo $((seconds / $1)); } # seconds

# The whole is read before it runs, so the file may change meanwhile.
record() {
  open_lab services
  open_internet $((seconds + 120))
  mkdir -p "$lab"/{mirror,collectd,ftp/incoming,backup,restic,empty,data}
  mkdir -p "$lab"/{prometheus,prometheus-there}
  mkdir -p "$lab"/{apt/lists/partial,apt/cache/archives/partial,apt/parts}
  chmod 777 "$lab/ftp/incoming"
  head -c 400000 /dev/urandom >"$lab/mirror/film"
  head -c 200000 /dev/urandom >"$lab/data/ledger"

  # What is already there when the recording begins.
  mkdir -p "$lab/mirror/debian"
  for number in {1..20000}; do
    printf 'Package: lab-%d\nVersion: 1.0\nArchitecture: all\nSize: 1\nFilename: ./%d.deb\n\n' \
      "$number" "$number"
  done >"$lab/mirror/debian/Packages"
  printf 'Origin: lab\nSuite: stable\nSHA256:\n %s %s Packages\n' \
    "$(sha256sum "$lab/mirror/debian/Packages" | cut -d ' ' -f 1)" \
    "$(stat -c %s "$lab/mirror/debian/Packages")" >"$lab/mirror/debian/Release"
  echo "deb [trusted=yes] http://deb.example.net/debian ./" >"$lab/apt/sources.list"
  chown -R _apt "$lab/apt/lists/partial"
  if needs "package mirror" nginx; then serve mirror nginx -c "$lab/nginx-mirror.conf"; fi
  if needs sshd /usr/sbin/sshd; then
    mkdir -p /run/sshd
    ssh-keygen -q -t ed25519 -N "" -f "$lab/host-key"
    ssh-keygen -q -t ed25519 -N "" -f "$lab/user-key"
    cp "$lab/user-key.pub" "$lab/authorized"
    serve sshd /usr/sbin/sshd -D -f /dev/null -h "$lab/host-key" -o UsePAM=no -o StrictModes=no \
      -o PermitRootLogin=yes -o "AuthorizedKeysFile=$lab/authorized" -o PidFile=none \
      -o Subsystem="sftp internal-sftp" -o ListenAddress=10.77.0.12 -o ListenAddress=203.0.113.50
  fi
  remote_shell=(ssh -i "$lab/user-key" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null
    -o LogLevel=ERROR)
  if needs rsyslog rsyslogd; then
    serve collector rsyslogd -n -f "$lab/rsyslog-server.conf" -i "$lab/rsyslog-server.pid"
  fi
  if needs redis redis-server; then
    serve redis redis-server --bind 10.77.0.18 --protected-mode no --save "" --dir "$lab/empty"
  fi
  as_postgres=(setpriv --reuid postgres --regid postgres --clear-groups)
  if needs postgres "$postgres/initdb" psql; then
    install -d -o postgres -m 700 "$lab/database"
    "${as_postgres[@]}" "$postgres/initdb" -A trust -D "$lab/database" >/dev/null
    echo "host all all 10.77.0.0/24 trust" >>"$lab/database/pg_hba.conf"
    serve postgres "${as_postgres[@]}" "$postgres/postgres" -D "$lab/database" -h 10.77.0.17 -k ""
  fi
  if needs vsftpd vsftpd; then serve ftp vsftpd "$lab/vsftpd.conf"; fi
  if needs rsync rsync; then serve rsync rsync --daemon --no-detach --config "$lab/rsyncd.conf"; fi
  has_websockets=false
  if "$python" -c 'import websockets' 2>/dev/null; then has_websockets=true; else
    echo "left out: websocket (python3-websockets is missing)"
  fi
  if $has_websockets; then
    serve chat "$python" "$lab/websocket.py" server "$((seconds + 60))"
  fi
  sleep 3

  start_recording
  if needs cron-curl cron; then
    cron_story cron-curl "* * * * * root \
curl -fsS -m 10 -o /dev/null http://status.example.net/ping"
    cron_story apt-update "* * * * * root apt-get update -qq \
  -o Dir::Etc::SourceList=$lab/apt/sources.list -o Dir::Etc::SourceParts=$lab/apt/parts \
  -o Dir::State::Lists=$lab/apt/lists -o Dir::Cache=$lab/apt/cache -o Acquire::ForceIPv4=true"
    cron_story rsync-backup "* * * * * root head -c 300000 /dev/urandom >$lab/data/log; \
  rsync -a $lab/data/ rsync://10.77.0.19/backup/"
    cron_story backup-https "*/3 * * * * root $lab/backup-https.sh $certificate"
    cron_story carbon-nc "* * * * * root (echo load 0.1; echo mem 5) | \
  socat -u STDIN TCP:10.77.0.21:2003"
  fi
  begin_unit connectivity connectivity.service "$lab/every.sh" 5 "$(times 6)" \
    curl -fsS -m 5 -o /dev/null http://connectivity.example.net/check
  begin_unit metadata guest-agent.service "$lab/every.sh" 5 "$(times 6)" \
    curl -fsS -m 5 -o /dev/null http://169.254.169.254/latest/meta-data
  begin_unit long-poll chat-agent.service "$lab/every.sh" 0 "$(times 9)" \
    curl -fsS -m 60 -o /dev/null http://chat.example.net/poll
  begin_unit streaming player.service curl -fsS -m "$((seconds / 3))" -o /dev/null \
    http://media.example.net/stream
  # An administrator's own programs, once where they belong and once elsewhere.
  chat=/usr/local/sbin/hwlab-chat forward=/usr/local/sbin/hwlab-forward
  # shellcheck disable=SC2317  # called by the trap
  remove_programs() { rm -f "$chat" "$forward"; }
  trap 'remove_programs; close_lab' EXIT
  install -m 755 "$lab/websocket.py" "$chat"
  install -m 755 "$lab/forward.py" "$forward"
  if $has_websockets; then
    begin_unit websocket chat.service "$python" "$chat" client "$((seconds / 2))"
    begin_unit websocket-opt chat.service "$python" "$lab/websocket.py" client "$((seconds / 2))"
  fi
  begin_unit fluent-forward app.service "$python" "$forward" 10.77.0.23 24224 "$(times 10)"
  if needs nginx nginx; then
    begin_unit nginx nginx.service nginx -c "$lab/nginx-front.conf"
    serve visitors "$lab/visitors.sh" http://192.0.2.10/ "$(times 6)"
  fi
  if needs haproxy haproxy; then
    begin_unit haproxy haproxy.service haproxy -db -f "$lab/haproxy.cfg"
  fi
  if needs prometheus prometheus prometheus-node-exporter; then
    begin_unit prometheus prometheus.service prometheus --config.file "$lab/prometheus.yml" \
      --storage.tsdb.path "$lab/prometheus" --web.listen-address 127.0.0.1:9090
    begin_there prometheus prometheus-node-exporter --web.listen-address 10.77.0.16:9100
    begin_unit node-exporter node-exporter.service prometheus-node-exporter \
      --web.listen-address 10.77.0.2:9100
    serve scraper prometheus --config.file "$lab/prometheus-there.yml" \
      --storage.tsdb.path "$lab/prometheus-there" --web.listen-address 127.0.0.1:9091
  fi
  if needs postgres psql "$postgres/postgres"; then
    echo 'select now() \watch 5' >"$lab/heartbeat.sql"
    begin_unit postgres-heartbeat app.service psql -h 10.77.0.17 -U postgres -q -o /dev/null \
      -f "$lab/heartbeat.sql"
    if needs pgbouncer pgbouncer; then
      printf '"postgres" ""\n' >"$lab/users"
      begin_unit postgres-pool pgbouncer.service "${as_postgres[@]}" pgbouncer "$lab/pgbouncer.ini"
      begin_unit postgres-pool pgbouncer.service "$lab/every.sh" 4 "$(times 5)" psql -h 127.0.0.1 \
        -p 6432 -U postgres -q -o /dev/null -c 'select 1' postgres
    fi
  fi
  if needs redis redis-server redis-cli; then
    begin_unit redis-replica redis-server.service redis-server --bind 127.0.0.1 --save "" \
      --dir "$lab/empty" --replicaof 10.77.0.18 6379
    begin_unit redis-ping app.service redis-cli -h 10.77.0.18 -r "$(times 6)" -i 5 ping
  fi
  if needs ssh /usr/sbin/sshd; then
    begin ssh-keep-alive "${remote_shell[@]}" -N -o ServerAliveInterval=5 root@203.0.113.50
  fi
  if needs restic restic /usr/sbin/sshd; then
    export_password=(env RESTIC_PASSWORD=lab)
    repository=(-q -r "sftp:root@203.0.113.50:$lab/restic" --no-cache
      -o "sftp.command=${remote_shell[*]} root@203.0.113.50 -s sftp")
    begin_unit restic backup.service "${export_password[@]}" /bin/sh -c '
      restic "$@" init
      for run in 1 2 3; do restic "$@" backup /usr/share/doc/bash; sleep 60; done' \
      sh "${repository[@]}"
  fi
  if needs rsyslog rsyslogd; then
    for flavour in tcp tls down gelf; do
      begin_unit "rsyslog-$flavour" rsyslog.service rsyslogd -n -f "$lab/rsyslog-$flavour.conf" \
        -i "$lab/rsyslog-$flavour.pid"
    done
  fi
  if needs collectd collectd; then
    begin_unit collectd collectd.service collectd -f -C "$lab/collectd.conf"
  fi
  if needs ftp vsftpd lftp; then
    begin_unit ftp-passive ftp.service "$lab/every.sh" 20 "$(times 25)" curl -fsS -m 20 \
      -T "$lab/data/ledger" ftp://10.77.0.20/incoming/
    begin_unit ftp-active ftp.service "$lab/every.sh" 20 "$(times 25)" lftp -c \
      "set ftp:passive-mode off; open 10.77.0.20; put -O incoming $lab/data/ledger"
  fi
  sleep "$seconds"
  end_recording
  cut_stories
}
record
exit 0
