"""The journal: the latest requests and their responses, for tests.

It is bounded, so a server that runs for weeks does not run out of memory.
"""

from __future__ import annotations

from collections import deque
from itertools import count
from typing import TYPE_CHECKING

from fakebox.middleware.har import archive
from fakebox.middleware.journal_entry import JournalEntry
from fakebox.middleware.request_log import RequestLog

if TYPE_CHECKING:
    from fakebox.context import RequestContext
    from fakebox.middleware.endpoints import Endpoints

# The number of requests to keep; older ones are dropped.
_LIMIT = 1_000


class Journal(RequestLog[JournalEntry]):
    """The latest requests, oldest first: a sequence of `JournalEntry`.

    Args:
        endpoints: the endpoints that `find` and `assert_made` accept; `None` accepts all.

    Example:
        >>> _ = client.account_info()
        >>> [request.endpoint for request in box.requests]
        ['account/info']
    """

    def __init__(self, endpoints: Endpoints | None = None) -> None:
        self._endpoints = endpoints
        self._entries: deque[JournalEntry] = deque(maxlen=_LIMIT)
        self._numbers = count(1)

    def __len__(self) -> int:
        """The number of requests."""
        return len(self._entries)

    def begin(self, began_s: float, request: RequestContext) -> JournalEntry:
        """Add a request.

        Args:
            began_s: the time of the emulated clock, in seconds since 1970.
            request: the request.
        """
        entry = JournalEntry(next(self._numbers), began_s, request)
        self._entries.append(entry)
        return entry

    def _list(self) -> tuple[JournalEntry, ...]:
        return tuple(self._entries)

    def _clear(self) -> None:
        self._entries.clear()
        self._numbers = count(1)

    def _har(self) -> dict[str, object]:
        return archive(self)
