"""``python -m pyfedlite`` is the command ``pyfedlite``."""

import sys

from pyfedlite.cli import main

if __name__ == "__main__":
    sys.exit(main())
