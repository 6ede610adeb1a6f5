"""Where the tour is shown: what is done, what was checked, how far a transfer is."""

from __future__ import annotations

import sys
from typing import TextIO

_BAR_CHARACTERS = 30
_MEBIBYTE = 1024 * 1024


class CheckFailed(Exception):
    """An answer isn't what the documentation promises."""


class Stage:
    """Shows the tour, step by step.

    Args:
        out: where to.
        chapters: how many there will be.

    Attributes:
        checked: how many answers were as expected.
    """

    def __init__(self, out: TextIO = sys.stdout, chapters: int = 1) -> None:
        self.checked: int = 0
        self._out = out
        self._chapters = chapters
        self._chapter = 0

    def chapter(self, title: str, about: str) -> None:
        """Begin a chapter, with a sentence about what it shows."""
        self._chapter += 1
        self._say(f"\n[{self._chapter}/{self._chapters}] {title}\n      {about}")

    def step(self, call: str, outcome: object, *, expected: object = True, shown: str = "") -> None:
        """Show a call with its outcome, and see that it is the expected one.

        Args:
            call: what was done, as a reader would write it.
            outcome: what came of it.
            expected: what should have; `True` takes anything that isn't empty.
            shown: how to show the outcome, where it doesn't speak for itself.

        Raises:
            CheckFailed: it isn't.
        """
        held = bool(outcome) if expected is True else outcome == expected
        if not held:
            raise CheckFailed(f"{call}: {outcome!r}, expected {expected!r}")
        self.checked += 1
        self._say(f"  ok  {call:<42} {_brief(shown or outcome)}")

    def progress(self, label: str, done_bytes: int, total_bytes: int) -> None:
        """Show how far a transfer is; a terminal sees a bar that moves."""
        if not self._out.isatty():
            return
        filled = _BAR_CHARACTERS * done_bytes // max(1, total_bytes)
        bar = "#" * filled + "." * (_BAR_CHARACTERS - filled)
        self._out.write(f"\r      {label:<12} [{bar}] {done_bytes // _MEBIBYTE:>4} MiB")
        if done_bytes == total_bytes:
            self._out.write("\r" + " " * 70 + "\r")
        self._out.flush()

    def _say(self, line: str) -> None:
        self._out.write(line + "\n")
        self._out.flush()


def _brief(outcome: object) -> str:
    text = "yes" if outcome is True else str(outcome)
    return text if len(text) <= 60 else text[:57] + "..."
