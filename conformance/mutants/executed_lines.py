"""Measure which cases or tests execute a line, so that those run first against a mutant of it."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from coverage import CoverageData

if TYPE_CHECKING:
    from pathlib import Path

# pytest-cov adds the phase to the id of a test. Modules are imported in the phase before it.
_RUN = "|run"


class ExecutedLines:
    """The lines that each test executes.

    Args:
        data_file: the data of a run with `pytest --cov --cov-context=test`.
    """

    def __init__(self, data_file: Path) -> None:
        self._data = CoverageData(basename=str(data_file))
        self._data.read()

    def tests_of(self, path: str, line: int) -> list[str]:
        """Return the ids of the tests that execute a line.

        Args:
            path: the file, from the root of the project.
            line: the number of the line.

        Returns:
            The sorted ids. Without a test that executes the line, for example because it is
            executed when the module is imported, the tests that execute any line of the file.
        """
        contexts = self._contexts(path)
        lines = sorted(contexts)
        # A statement with several lines may be measured by its first line only.
        nearest = bisect_right(lines, line)
        found = _ids(contexts[lines[nearest - 1]]) if nearest else set()
        return sorted(found or {each for names in contexts.values() for each in _ids(names)})

    def _contexts(self, path: str) -> dict[int, list[str]]:
        for file in self._data.measured_files():
            if file.replace("\\", "/").endswith(f"/{path}"):
                return self._data.contexts_by_lineno(file)
        return {}


def _ids(contexts: list[str]) -> set[str]:
    return {each.removesuffix(_RUN) for each in contexts if each.endswith(_RUN)}
