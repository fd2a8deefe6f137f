#!/usr/bin/env bash
# The browser that tests/test_page_quality.py looks at pages with: the distribution's Chromium, never a download of ours.
set -euo pipefail

if command -v chromium >/dev/null; then
  exit 0
elif [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null ||
    echo "Chromium could not be installed: the tests that look at pages are skipped." >&2
else
  echo "No Chromium here: install your distribution's package (apt-get install chromium, as root)." >&2
  echo "Without it the tests that look at pages are skipped." >&2
fi
