#!/bin/sh
# Checks the Bicep files against checkov's security rules; nothing is fetched or sent.
# CKV_AZURE_114 does not see into a resource with a condition: tests/infra/ looks instead.
set -eu
.venv-infra/bin/checkov --framework bicep --directory infra --skip-download --quiet --compact \
  --skip-check CKV_AZURE_114
