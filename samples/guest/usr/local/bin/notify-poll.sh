#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A long poll: asks again as soon as the server has answered.
while :; do
  curl -s -o /dev/null --max-time 120 -w @/opt/lab/curl.form \
    http://events.example.net:8080/next || sleep 5
done
