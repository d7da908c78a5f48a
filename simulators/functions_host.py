"""The command `python -m simulators.functions_host`; `simulators.host` holds what it runs."""

import sys

from simulators.host.functions_host import main

if __name__ == "__main__":
    sys.exit(main())
