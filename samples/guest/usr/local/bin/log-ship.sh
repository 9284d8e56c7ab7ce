#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Tries a collector that is not there, at memoryless times, 70 s apart on average.
random-waits 70 | while read -r wait; do
  sleep "$wait"
  curl -s -o /dev/null --max-time 20 -w @/opt/lab/curl.form -d "{\"waited\":$wait}" \
    http://logs.example.net:9200/_bulk
done
