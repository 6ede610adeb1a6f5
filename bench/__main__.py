"""Run every benchmark and print one table: `python -m bench [--quick] [--json FILE]`."""

from bench.everything import everything
from bench.options import run_section

if __name__ == "__main__":
    raise SystemExit(run_section(everything, __doc__))
