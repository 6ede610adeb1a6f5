"""The methods of a journal, wherever the emulator runs, and conditions for its requests."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar, overload

from fakebox.core.arguments import check_count
from fakebox.middleware.request_view import text_of

if TYPE_CHECKING:
    from fakebox.middleware.endpoints import Endpoints

_SHOWN = 20


class RecordedRequest(Protocol):
    """A request and its response; see `JournalEntry` for each attribute."""

    @property
    def number(self) -> int: ...  # noqa: D102 -- see the class
    @property
    def began_s(self) -> float: ...  # noqa: D102 -- see the class
    @property
    def method(self) -> str: ...  # noqa: D102 -- see the class
    @property
    def api_version(self) -> int | None: ...  # noqa: D102 -- see the class
    @property
    def endpoint(self) -> str: ...  # noqa: D102 -- see the class
    @property
    def path(self) -> str: ...  # noqa: D102 -- see the class
    @property
    def paths(self) -> tuple[str, ...]: ...  # noqa: D102 -- see the class
    @property
    def arguments(self) -> dict[str, object]: ...  # noqa: D102 -- see the class
    @property
    def params(self) -> dict[str, str]: ...  # noqa: D102 -- see the class
    @property
    def query(self) -> dict[str, str]: ...  # noqa: D102 -- see the class
    @property
    def form(self) -> dict[str, str]: ...  # noqa: D102 -- see the class
    @property
    def described(self) -> str: ...  # noqa: D102 -- see the class
    @property
    def url(self) -> str: ...  # noqa: D102 -- see the class
    @property
    def http_version(self) -> str: ...  # noqa: D102 -- see the class
    @property
    def headers(self) -> dict[str, str]: ...  # noqa: D102 -- see the class
    @property
    def request_bytes(self) -> int: ...  # noqa: D102 -- see the class
    @property
    def request_text(self) -> str: ...  # noqa: D102 -- see the class
    @property
    def status(self) -> int | None: ...  # noqa: D102 -- see the class
    @property
    def response_headers(self) -> dict[str, str]: ...  # noqa: D102 -- see the class
    @property
    def response_bytes(self) -> int: ...  # noqa: D102 -- see the class
    @property
    def response_text(self) -> str: ...  # noqa: D102 -- see the class
    @property
    def duration_s(self) -> float | None: ...  # noqa: D102 -- see the class
    @property
    def fault(self) -> str: ...  # noqa: D102 -- see the class
    @property
    def unknown_credential(self) -> str: ...  # noqa: D102 -- see the class


EntryT_co = TypeVar("EntryT_co", bound=RecordedRequest, covariant=True)


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
        >>> from fakebox.middleware.request_log import RequestMatcher
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

    def mismatches(self, entry: RecordedRequest) -> list[str]:
        """The conditions that a request does not meet, as texts; empty if it meets all.

        Args:
            entry: the request and its response.

        Example:
            >>> from fakebox.middleware.request_log import RequestMatcher
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

    def _path_mismatch(self, entry: RecordedRequest) -> str:
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


class RequestLog(ABC, Generic[EntryT_co]):
    """The latest requests, oldest first: a sequence of entries with the names of `JournalEntry`.

    Example:
        >>> _ = client.account_info()
        >>> [request.endpoint for request in box.requests]
        ['account/info']
    """

    # The endpoints that `find` and `assert_made` accept; `None` accepts all.
    _endpoints: Endpoints | None = None

    @abstractmethod
    def _list(self) -> Sequence[EntryT_co]: ...
    @abstractmethod
    def _clear(self) -> None: ...
    @abstractmethod
    def _har(self) -> dict[str, object]: ...

    def __len__(self) -> int:
        """The number of requests."""
        return len(self._list())

    def __iter__(self) -> Iterator[EntryT_co]:
        """Iterate over the requests, oldest first."""
        return iter(self._list())

    @overload
    def __getitem__(self, index: int) -> EntryT_co: ...
    @overload
    def __getitem__(self, index: slice) -> list[EntryT_co]: ...
    def __getitem__(self, index: int | slice) -> EntryT_co | list[EntryT_co]:
        """The request at an index, or the list of requests in a slice."""
        found = self._list()[index]
        return list(found) if isinstance(found, Sequence) else found

    def __repr__(self) -> str:
        return f"<Requests {len(self)}>"

    def __str__(self) -> str:
        """One line for each request."""
        return "\n".join(f"{entry.number:4} {entry!r}" for entry in self)

    def find(
        self,
        endpoint: str | None = None,
        *,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
        **params: object,
    ) -> list[EntryT_co]:
        """The requests that meet the conditions.

        Args:
            endpoint, method, path, status, params: the conditions; see `RequestMatcher`.

        Raises:
            UnknownEndpoint: the emulator serves no such endpoint, and no request was made to it.

        Example:
            >>> _ = client.metadata("/notes.txt", list=False)
            >>> box.requests.find("metadata", path="*.txt", list="false")
            [GET metadata /notes.txt ... -> 200]
        """
        entries = self._list()
        self._check_endpoint(endpoint, entries)
        matcher = RequestMatcher(endpoint, method, path, status, params)
        return [entry for entry in entries if not matcher.mismatches(entry)]

    def assert_made(
        self,
        endpoint: str | None = None,
        *,
        times: int | None = None,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
        **params: object,
    ) -> list[EntryT_co]:
        """Assert that a request was made.

        Args:
            endpoint, method, path, status, params: the conditions; see `RequestMatcher`.
            times: the number of requests that have to meet them; `None` for at least one.

        Returns:
            The requests that meet the conditions.

        Raises:
            AssertionError: the number differs; the message shows the most similar request.
            ValueError: `times` is not a whole number of at least 0.
            UnknownEndpoint: the emulator serves no such endpoint, and no request was made to it.

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
        entries = self._list()
        self._check_endpoint(endpoint, entries)
        found = [entry for entry in entries if not matcher.mismatches(entry)]
        if (times is None and not found) or times not in (None, len(found)):
            raise AssertionError(_error_text(entries, matcher, len(found), times))
        return found

    def _check_endpoint(self, pattern: str | None, entries: Sequence[EntryT_co]) -> None:
        """Reject a misspelled endpoint, which an assertion of no requests would accept.

        A request to an endpoint that the emulator does not serve is in the journal as well.
        """
        if self._endpoints is None or pattern is None:
            return
        if not any(fnmatchcase(entry.endpoint, pattern) for entry in entries):
            self._endpoints.check(pattern)

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
        return self._har()

    def clear(self) -> None:
        """Remove all requests; the next one has the number 1.

        Example:
            >>> _ = client.account_info()
            >>> box.requests.clear()
            >>> len(box.requests)
            0
        """
        self._clear()


def _error_text(
    entries: Sequence[RecordedRequest], matcher: RequestMatcher, found: int, times: int | None
) -> str:
    expected = "at least once" if times is None else how_often(times)
    lines = [f"{matcher} was expected {expected}, but was requested {how_often(found)}"]
    misses = [(matcher.mismatches(entry), entry) for entry in entries]
    misses = [(reasons, entry) for reasons, entry in misses if reasons]
    if misses:
        # Requests to the expected endpoint are more similar than all other requests.
        reasons, entry = min(
            misses, key=lambda miss: (miss[0][0].startswith("endpoint"), len(miss[0]))
        )
        lines.append(f"the most similar request: {entry!r}, but {', and '.join(reasons)}")
    lines.append(f"the latest of {len(entries)} requests:")
    lines += [f"  {entry!r}" for entry in entries[-_SHOWN:]]
    return "\n".join(lines)
