"""The endpoints that the emulator serves, for faults and for the journal."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cached_property


class UnknownEndpoint(ValueError):
    """The emulator serves no such endpoint. The message has the most similar one, in one line."""


class Endpoints:
    """The endpoints that the emulator serves, in their order.

    Args:
        names: a function that returns their names. In a name, `*` is a part that varies. The
            function is called when the names are needed for the first time.
    """

    def __init__(self, names: Callable[[], Iterable[str]]) -> None:
        self._list_names = names

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._names)

    def check(self, pattern: str | None) -> None:
        """Check that a pattern matches at least one endpoint.

        Args:
            pattern: an endpoint, in which `*` matches any text; `None` is every endpoint.

        Raises:
            UnknownEndpoint: it matches none.
        """
        if pattern is None or any(_match(name, pattern) for name in self._names):
            return
        nearest = difflib.get_close_matches(pattern, self._names, 1)
        if nearest:
            raise UnknownEndpoint(f"no endpoint matches {pattern!r}; did you mean {nearest[0]!r}?")
        raise UnknownEndpoint(
            f"no endpoint matches {pattern!r}; accepted: an endpoint of version 1 or 2 of the API,"
            " such as 'files_put' or 'files/upload', or a pattern such as 'files/*'"
        )

    @cached_property
    def _names(self) -> list[str]:
        return sorted(set(self._list_names()))


def _match(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) or ("*" in name and fnmatchcase(pattern, name))
