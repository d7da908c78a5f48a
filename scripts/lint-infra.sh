#!/bin/sh
# Checks the Bicep files against checkov's security rules; nothing is fetched or sent.
set -eu
.venv-infra/bin/checkov --framework bicep --directory infra --skip-download --quiet --compact
