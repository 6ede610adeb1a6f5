"""Command line options that all benchmarks share."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.rows import Row, report


@dataclass(frozen=True)
class Options:
    """Length of the measurements.

    Attributes:
        quick: use fewer rounds and smaller sizes; the figures are less exact.
    """

    quick: bool = False

    @property
    def rounds(self) -> int:
        """Number of measured rounds."""
        return 3 if self.quick else 5

    @property
    def duration_s(self) -> float:
        """Duration of a round in which requests are counted, in seconds."""
        return 0.3 if self.quick else 1.0


def run_section(section: Callable[[Options], list[Row]], description: str | None) -> int:
    """Run one section as a program and print its table.

    Args:
        section: function that measures and returns rows.
        description: description for `--help`.

    Returns:
        The exit status: 1 if a limit is exceeded, otherwise 0.
    """
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds, smaller sizes")
    parser.add_argument("--json", type=Path, help="file to write the raw data to")
    args = parser.parse_args()
    return report(section(Options(args.quick)), args.json)
