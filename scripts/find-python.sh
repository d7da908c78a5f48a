#!/bin/sh
# Prints the path of a Python 3.13 with venv; says what to install where there is none.
set -u
here() { # $1: a command; prints the interpreter behind it (a pyenv shim is not one) if it serves
  "$1" -c 'import ensurepip, sys, venv
sys.exit(1) if sys.version_info[:2] != (3, 13) else print(sys.executable)' 2>/dev/null
}
for candidate in "${PYTHON:-}" python3.13 python3 python; do
  [ -n "$candidate" ] && here "$candidate" && exit 0
done
root=${PYENV_ROOT:-}
[ -n "$root" ] || root=$(pyenv root 2>/dev/null) || root=$HOME/.pyenv
for candidate in "$root"/versions/3.13*/bin/python3; do
  here "$candidate" && exit 0
done
echo "Python 3.13 with its venv module is needed, and was found neither as python3.13 nor as python3" >&2
echo "($(python3 --version 2>&1)). Install it (Debian: python3.13 and python3.13-venv; macOS:" >&2
echo "brew install python@3.13; pyenv: pyenv install 3.13), or name it: make install PYTHON=/path/to/python" >&2
exit 1
