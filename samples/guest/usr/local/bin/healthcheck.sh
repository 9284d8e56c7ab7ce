#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Asks the API at memoryless times, 15 s apart on average.
random-waits 15 | while read -r wait; do
  sleep "$wait"
  curl -s -o /dev/null --max-time 20 -w @/opt/lab/curl.form \
    "http://api.example.net/health?after=$wait"
done
