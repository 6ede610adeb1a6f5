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
from fakebox.middleware.journal_entry import Record
from fakebox.middleware.request_matcher import Wanted, how_often

if TYPE_CHECKING:
    from fakebox.context import RequestContext

LIMIT = 1_000
_SHOWN = 20


class Requests:
    """The latest requests, oldest first; a sequence of `Record`.

    Args:
        limit: how many are kept.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self._records: deque[Record] = deque(maxlen=limit)
        self._numbers = count(1)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._records)

    def __iter__(self) -> Iterator[Record]:
        """Each of them."""
        return iter(tuple(self._records))

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> list[Record]: ...
    def __getitem__(self, index: int | slice) -> Record | list[Record]:
        """One of them, or some."""
        return list(self._records)[index]

    def __repr__(self) -> str:
        return f"<Requests {len(self)}>"

    def __str__(self) -> str:
        """Each on a line."""
        return "\n".join(f"{record.number:4} {record!r}" for record in self)

    def begin(self, began_s: float, request: RequestContext) -> Record:
        """Note that a request has come."""
        record = Record(next(self._numbers), began_s, request)
        self._records.append(record)
        return record

    def find(
        self,
        endpoint: str | None = None,
        *,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
        **params: str,
    ) -> list[Record]:
        """The requests that are like this; see `Wanted`."""
        wanted = Wanted(endpoint, method, path, status, params)
        return [record for record in self if not wanted.mismatches(record)]

    def assert_made(
        self,
        endpoint: str | None = None,
        *,
        times: int | None = None,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
        **params: str,
    ) -> list[Record]:
        """Make sure that there was such a request.

        Args:
            endpoint, method, path, status, params: what it is like; see `Wanted`.
            times: how many there have to be; by default at least one.

        Returns:
            The requests.

        Raises:
            AssertionError: there weren't; its text shows which request came nearest.
        """
        __tracebackhide__ = True
        wanted = Wanted(endpoint, method, path, status, params)
        found = [record for record in self if not wanted.mismatches(record)]
        if (times is None and not found) or times not in (None, len(found)):
            raise AssertionError(self._complaint(wanted, len(found), times))
        return found

    def har(self) -> dict[str, Any]:
        """All of them as an HTTP archive (HAR 1.2), ready for JSON; credentials are masked."""
        return archive(self)

    def clear(self) -> None:
        """Forget all of them, and count from 1 again."""
        self._records.clear()
        self._numbers = count(1)

    def _complaint(self, wanted: Wanted, found: int, times: int | None) -> str:
        expected = "at least once" if times is None else how_often(times)
        lines = [f"{wanted} was to be requested {expected}, but was {how_often(found)}"]
        misses = [(wanted.mismatches(record), record) for record in self]
        misses = [(reasons, record) for reasons, record in misses if reasons]
        if misses:
            # Another call is further off than any difference in the same one.
            reasons, record = min(
                misses, key=lambda miss: (miss[0][0].startswith("endpoint"), len(miss[0]))
            )
            lines.append(f"the nearest is: {record!r}, but {', and '.join(reasons)}")
        lines.append(f"of {len(self)} requests, the latest:")
        lines += [f"  {record!r}" for record in self[-_SHOWN:]]
        return "\n".join(lines)
