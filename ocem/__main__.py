"""Start the command line: ``python -m ocem``."""

import sys

from ocem.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
