#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Uploads an archive over HTTPS, as a nightly job would. Usage: backup-https.sh CERTIFICATE
head -c 3000000 /dev/urandom | curl -fsS --cacert "$1" --connect-to ::backup.example.net:443 \
  -o /dev/null -T - "https://lab.example.net/archive"
