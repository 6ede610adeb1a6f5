"""The output of the tour: chapters, checked calls, and the progress of transfers."""

from __future__ import annotations

import sys
from typing import TextIO

_BAR_CHARACTERS = 30
_MEBIBYTE = 1024 * 1024


class CheckFailed(Exception):
    """A result is not as documented."""


class Report:
    """Prints the tour, and checks the results.

    Args:
        out: the stream to print to.
        chapters: the number of chapters.

    Attributes:
        checked: the number of results that were as expected.
    """

    def __init__(self, out: TextIO = sys.stdout, chapters: int = 1) -> None:
        self.checked: int = 0
        self._out = out
        self._chapters = chapters
        self._chapter = 0

    def chapter(self, title: str, about: str) -> None:
        """Print the title of a chapter, and a sentence about it."""
        self._chapter += 1
        self._print(f"\n[{self._chapter}/{self._chapters}] {title}\n      {about}")

    def step(self, call: str, outcome: object, *, expected: object = True, shown: str = "") -> None:
        """Check the result of a call, and print both.

        Args:
            call: the call, as Python.
            outcome: the result.
            expected: the expected result; `True` accepts every true value.
            shown: the text to print instead of the result.

        Raises:
            CheckFailed: the result is not the expected one.
        """
        held = bool(outcome) if expected is True else outcome == expected
        if not held:
            raise CheckFailed(f"{call}: {outcome!r}, expected {expected!r}")
        self.checked += 1
        self._print(f"  ok  {call:<42} {_brief(shown or outcome)}")

    def progress(self, label: str, done_bytes: int, total_bytes: int) -> None:
        """Show a progress bar, if the output is a terminal."""
        if not self._out.isatty():
            return
        filled = _BAR_CHARACTERS * done_bytes // max(1, total_bytes)
        bar = "#" * filled + "." * (_BAR_CHARACTERS - filled)
        self._out.write(f"\r      {label:<12} [{bar}] {done_bytes // _MEBIBYTE:>4} MiB")
        if done_bytes == total_bytes:
            self._out.write("\r" + " " * 70 + "\r")
        self._out.flush()

    def _print(self, line: str) -> None:
        self._out.write(line + "\n")
        self._out.flush()


def _brief(outcome: object) -> str:
    text = "yes" if outcome is True else str(outcome)
    return text if len(text) <= 60 else text[:57] + "..."
