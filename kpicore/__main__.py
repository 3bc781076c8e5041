"""The entry point of the command line: `kpicore` and `python -m kpicore`."""

from __future__ import annotations

import sys

from kpicore.cli import main

if __name__ == "__main__":
    sys.exit(main())
