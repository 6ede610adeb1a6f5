"""Make the package `conformance`, which is not installed, importable from the checkout."""

import sys
from pathlib import Path

# Last, so that an installed wheel comes before the packages of the checkout.
sys.path.append(str(Path(__file__).parents[2]))
