#!/bin/sh
# Installs Debian's Chromium for the tests of the pages, where it is missing and we may.
set -u
if [ -n "${CHROMIUM:-}" ] || command -v chromium >/dev/null 2>&1; then
  exit 0
fi
become=""
if [ "$(id -u)" -ne 0 ]; then
  sudo -n true 2>/dev/null && become="sudo -n"
  [ -n "$become" ] || { echo "Chromium is missing and only root may install it: sudo apt-get install chromium, or set CHROMIUM to a browser of the Chromium family." >&2; exit 1; }
fi
command -v apt-get >/dev/null 2>&1 || { echo "Chromium is missing: install it, or set CHROMIUM to a browser of the Chromium family." >&2; exit 1; }
echo "Installing Chromium for the tests of the pages"
export DEBIAN_FRONTEND=noninteractive
$become apt-get update -qq && $become apt-get install -y -qq --no-install-recommends chromium >/dev/null
