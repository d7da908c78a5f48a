#!/bin/sh
# Before the first deployment: makes the secrets that are nobody's to hand out, into the azd environment.
set -eu
values=$(azd env get-values)
make() { # $1: name of the setting
  if ! printf '%s\n' "$values" | grep -q "^$1=\"..*\""; then
    azd env set "$1" "$(openssl rand -base64 32)"
    echo "$1 made and kept in the azd environment"
  fi
}
make TOKEN_ENCRYPTION_KEYS
make SESSION_SECRET
