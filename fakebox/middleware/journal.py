"""The record of what was asked and answered, for tests to look at.

Not the log of changes that delta reads, which is the Dropbox's own. It is bounded: a server that
runs for weeks keeps the latest only.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING, Any, overload

from fakebox.middleware.har import archive
from fakebox.middleware.journal_entry import JournalEntry
from fakebox.middleware.request_matcher import RequestMatcher, how_often

if TYPE_CHECKING:
    from fakebox.context import RequestContext

LIMIT = 1_000
_SHOWN = 20


class Journal:
    """The latest requests, oldest first; a sequence of `Record`.

    Args:
        limit: how many are kept.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self._entries: deque[JournalEntry] = deque(maxlen=limit)
        self._numbers = count(1)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._entries)

    def __iter__(self) -> Iterator[JournalEntry]:
        """Each of them."""
        return iter(tuple(self._entries))

    @overload
    def __getitem__(self, index: int) -> JournalEntry: ...
    @overload
    def __getitem__(self, index: slice) -> list[JournalEntry]: ...
    def __getitem__(self, index: int | slice) -> JournalEntry | list[JournalEntry]:
        """One of them, or some."""
        return list(self._entries)[index]

    def __repr__(self) -> str:
        return f"<Requests {len(self)}>"

    def __str__(self) -> str:
        """Each on a line."""
        return "\n".join(f"{entry.number:4} {entry!r}" for entry in self)

    def begin(self, began_s: float, request: RequestContext) -> JournalEntry:
        """Note that a request has come."""
        entry = JournalEntry(next(self._numbers), began_s, request)
        self._entries.append(entry)
        return entry

    def find(
        self,
        endpoint: str | None = None,
        *,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
        **params: str,
    ) -> list[JournalEntry]:
        """The requests that are like this; see `RequestMatcher`."""
        matcher = RequestMatcher(endpoint, method, path, status, params)
        return [entry for entry in self if not matcher.mismatches(entry)]

    def assert_made(
        self,
        endpoint: str | None = None,
        *,
        times: int | None = None,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
        **params: str,
    ) -> list[JournalEntry]:
        """Make sure that there was such a request.

        Args:
            endpoint, method, path, status, params: what it is like; see `RequestMatcher`.
            times: how many there have to be; by default at least one.

        Returns:
            The requests.

        Raises:
            AssertionError: there weren't; its text shows which request came nearest.
        """
        __tracebackhide__ = True
        matcher = RequestMatcher(endpoint, method, path, status, params)
        found = [entry for entry in self if not matcher.mismatches(entry)]
        if (times is None and not found) or times not in (None, len(found)):
            raise AssertionError(self._complaint(matcher, len(found), times))
        return found

    def har(self) -> dict[str, Any]:
        """All of them as an HTTP archive (HAR 1.2), ready for JSON; credentials are masked."""
        return archive(self)

    def clear(self) -> None:
        """Forget all of them, and count from 1 again."""
        self._entries.clear()
        self._numbers = count(1)

    def _complaint(self, matcher: RequestMatcher, found: int, times: int | None) -> str:
        expected = "at least once" if times is None else how_often(times)
        lines = [f"{matcher} was to be requested {expected}, but was {how_often(found)}"]
        misses = [(matcher.mismatches(entry), entry) for entry in self]
        misses = [(reasons, entry) for reasons, entry in misses if reasons]
        if misses:
            # Another call is further off than any difference in the same one.
            reasons, entry = min(
                misses, key=lambda miss: (miss[0][0].startswith("endpoint"), len(miss[0]))
            )
            lines.append(f"the nearest is: {entry!r}, but {', and '.join(reasons)}")
        lines.append(f"of {len(self)} requests, the latest:")
        lines += [f"  {entry!r}" for entry in self[-_SHOWN:]]
        return "\n".join(lines)
