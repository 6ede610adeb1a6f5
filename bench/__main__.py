"""Every benchmark, as one table: `python -m bench [--quick] [--json FILE]`."""

from bench.everything import everything
from bench.options import alone

if __name__ == "__main__":
    raise SystemExit(alone(everything, __doc__))
