#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A real backup: one archive by scp, and one by curl to a store that answers.
set -eu
archive="$(mktemp -d)/web-3.tar"
tar -C / -cf "$archive" etc var/lib/dpkg/info
scp -q "$archive" archive@backup.example.org:
curl -s -o /dev/null -T "$archive" -w @/opt/lab/curl.form http://api.example.net/backups/
rm -r "$(dirname "$archive")"
