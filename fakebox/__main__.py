"""`python -m fakebox`."""

import sys

from fakebox.cli import main

if __name__ == "__main__":
    sys.exit(main())
