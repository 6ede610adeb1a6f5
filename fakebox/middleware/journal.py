"""The journal: the latest requests and their responses, for tests.

It is bounded, so a server that runs for weeks does not run out of memory.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import count
from typing import TYPE_CHECKING, overload

from fakebox.core.arguments import check_count
from fakebox.middleware.har import archive
from fakebox.middleware.journal_entry import JournalEntry
from fakebox.middleware.request_view import text_of

if TYPE_CHECKING:
    from fakebox.context import RequestContext

LIMIT = 1_000
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class RequestMatcher:
    """Conditions that a request has to meet; `None` matches every request.

    Attributes:
        endpoint: the documented endpoint, such as `files_put`; `*` matches any text.
        method: `GET`, `POST` or `PUT`.
        path: a file or folder of the request; `*` matches any text.
        status: the status of the response.
        params: arguments of the request, by name. In a string, `*` matches any text, and the
            argument is compared as text, or as JSON if it is not a string. Any other value has to
            be equal.

    Example:
        >>> from fakebox.middleware.journal import RequestMatcher
        >>> print(RequestMatcher("files_put", path="/Photos/*"))
        files_put path='/Photos/*'
    """

    endpoint: str | None = None
    method: str | None = None
    path: str | None = None
    status: int | None = None
    params: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        """The conditions in one line."""
        named = {"method": self.method, "path": self.path, "status": self.status, **self.params}
        shown = [f"{name}={value!r}" for name, value in named.items() if value is not None]
        return " ".join([self.endpoint or "any endpoint", *shown])

    def mismatches(self, entry: JournalEntry) -> list[str]:
        """The conditions that a request does not meet, as texts; empty if it meets all.

        Args:
            entry: the request and its response.

        Example:
            >>> from fakebox.middleware.journal import RequestMatcher
            >>> _ = client.metadata("/notes.txt")
            >>> RequestMatcher(path="/other.txt").mismatches(box.requests[-1])
            ["path is '/notes.txt', not '/other.txt'"]
        """
        found = [
            _mismatch("endpoint", self.endpoint, entry.endpoint),
            _mismatch("method", self.method, entry.method),
            self._path_mismatch(entry),
        ]
        if self.status not in (None, entry.status):
            found.append(f"status is {entry.status}, not {self.status}")
        if self.params:
            sent = entry.arguments
            found += [_argument_mismatch(*param, sent) for param in self.params.items()]
        return [text for text in found if text]

    def _path_mismatch(self, entry: JournalEntry) -> str:
        mismatches = [_mismatch("path", self.path, path) for path in entry.paths or ("",)]
        return "" if "" in mismatches else mismatches[0]


def how_often(count: int) -> str:
    """Format a count: `once`, or `3 times`."""
    return "once" if count == 1 else f"{count} times"


def _argument_mismatch(name: str, expected: object, sent: Mapping[str, object]) -> str:
    if name not in sent:
        return f"there is no {name}"
    if isinstance(expected, str):
        return _mismatch(name, expected, text_of(sent[name]))
    return "" if sent[name] == expected else f"{name} is {sent[name]!r}, not {expected!r}"


def _mismatch(name: str, pattern: str | None, found: str) -> str:
    if pattern is None or fnmatchcase(found, pattern):
        return ""
    return f"{name} is {found!r}, not {pattern!r}"


class Journal:
    """The latest requests, oldest first: a sequence of `JournalEntry`.

    Args:
        limit: the number of requests to keep; older ones are dropped.

    Example:
        >>> _ = client.account_info()
        >>> [request.endpoint for request in box.requests]
        ['account/info']
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self._entries: deque[JournalEntry] = deque(maxlen=limit)
        self._numbers = count(1)

    def __len__(self) -> int:
        """The number of requests."""
        return len(self._entries)

    def __iter__(self) -> Iterator[JournalEntry]:
        """Iterate over the requests, oldest first."""
        return iter(tuple(self._entries))

    @overload
    def __getitem__(self, index: int) -> JournalEntry: ...
    @overload
    def __getitem__(self, index: slice) -> list[JournalEntry]: ...
    def __getitem__(self, index: int | slice) -> JournalEntry | list[JournalEntry]:
        """The request at an index, or the list of requests in a slice."""
        return list(self._entries)[index]

    def __repr__(self) -> str:
        return f"<Requests {len(self)}>"

    def __str__(self) -> str:
        """One line for each request."""
        return "\n".join(f"{entry.number:4} {entry!r}" for entry in self)

    def begin(self, began_s: float, request: RequestContext) -> JournalEntry:
        """Add a request.

        Args:
            began_s: the time of the emulated clock, in seconds since 1970.
            request: the request.
        """
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
        **params: object,
    ) -> list[JournalEntry]:
        """The requests that meet the conditions.

        Args:
            endpoint, method, path, status, params: the conditions; see `RequestMatcher`.

        Example:
            >>> _ = client.metadata("/notes.txt", list=False)
            >>> box.requests.find("metadata", path="*.txt", list="false")
            [GET metadata /notes.txt ... -> 200]
        """
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
        **params: object,
    ) -> list[JournalEntry]:
        """Assert that a request was made.

        Args:
            endpoint, method, path, status, params: the conditions; see `RequestMatcher`.
            times: the number of requests that have to meet them; `None` for at least one.

        Returns:
            The requests that meet the conditions.

        Raises:
            AssertionError: the number differs; the message shows the most similar request.
            ValueError: `times` is not a whole number of at least 0.

        Example:
            >>> _ = client.put_file("/a.txt", b"hello")
            >>> (request,) = box.requests.assert_made("files_put", path="/a.txt", times=1)
            >>> request.status, request.request_bytes
            (200, 5)
        """
        __tracebackhide__ = True
        if times is not None:
            check_count("times", times)
        matcher = RequestMatcher(endpoint, method, path, status, params)
        found = [entry for entry in self if not matcher.mismatches(entry)]
        if (times is None and not found) or times not in (None, len(found)):
            raise AssertionError(self._error_text(matcher, len(found), times))
        return found

    def har(self) -> dict[str, object]:
        """The requests as an HTTP archive (HAR 1.2); credentials are masked.

        Returns:
            A dictionary for `json.dump`.

        Example:
            >>> import json
            >>> _ = client.account_info()
            >>> with open("requests.har", "w") as file:
            ...     json.dump(box.requests.har(), file)
            >>> box.requests.har()["log"]["version"]
            '1.2'
        """
        return archive(self)

    def clear(self) -> None:
        """Remove all requests; the next one has the number 1.

        Example:
            >>> _ = client.account_info()
            >>> box.requests.clear()
            >>> len(box.requests)
            0
        """
        self._entries.clear()
        self._numbers = count(1)

    def _error_text(self, matcher: RequestMatcher, found: int, times: int | None) -> str:
        expected = "at least once" if times is None else how_often(times)
        lines = [f"{matcher} was expected {expected}, but was requested {how_often(found)}"]
        misses = [(matcher.mismatches(entry), entry) for entry in self]
        misses = [(reasons, entry) for reasons, entry in misses if reasons]
        if misses:
            # Requests to the expected endpoint are more similar than all other requests.
            reasons, entry = min(
                misses, key=lambda miss: (miss[0][0].startswith("endpoint"), len(miss[0]))
            )
            lines.append(f"the most similar request: {entry!r}, but {', and '.join(reasons)}")
        lines.append(f"the latest of {len(self)} requests:")
        lines += [f"  {entry!r}" for entry in self[-_SHOWN:]]
        return "\n".join(lines)
