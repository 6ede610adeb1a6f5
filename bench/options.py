"""What every benchmark is asked: how thorough to be, and where to keep the raw data."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.rows import Row, report


@dataclass(frozen=True)
class Options:
    """How thorough to be.

    Attributes:
        quick: for a look rather than for the record.
    """

    quick: bool = False

    @property
    def rounds(self) -> int:
        """How often each peer has its turn."""
        return 3 if self.quick else 5

    @property
    def duration_s(self) -> float:
        """How long a turn is where calls are counted."""
        return 0.3 if self.quick else 1.0


def alone(section: Callable[[Options], list[Row]], about: str | None) -> int:
    """Run one section as a program, and print its table.

    Args:
        section: what measures.
        about: its description.
    """
    parser = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds, smaller sizes")
    parser.add_argument("--json", type=Path, help="where to keep the raw data")
    asked = parser.parse_args()
    return report(section(Options(asked.quick)), asked.json)
