"""Which requests a test asks for, and how near another one comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fakebox.middleware.journal_entry import JournalEntry


@dataclass(frozen=True, slots=True)
class RequestMatcher:
    """What a request has to be like; what is left out may be anything.

    Attributes:
        endpoint: the documented call, as `files_put`; `*` stands for anything.
        method: `GET`, `POST` or `PUT`.
        path: the file or folder that the URL names; `*` stands for anything.
        status: the answer's.
        params: parameters of query or form.
    """

    endpoint: str | None = None
    method: str | None = None
    path: str | None = None
    status: int | None = None
    params: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """What is wanted, in the words of a call."""
        named = {"method": self.method, "path": self.path, "status": self.status, **self.params}
        shown = [f"{name}={value!r}" for name, value in named.items() if value is not None]
        return " ".join([self.endpoint or "any endpoint", *shown])

    def mismatches(self, entry: JournalEntry) -> list[str]:
        """In what a request differs from it; nothing if it is one that is wanted."""
        found = [
            _mismatch("endpoint", self.endpoint, entry.endpoint),
            _mismatch("method", self.method, entry.method),
            _mismatch("path", self.path, entry.path),
        ]
        if self.status not in (None, entry.status):
            found.append(f"status is {entry.status}, not {self.status}")
        given = entry.params
        found += [_mismatch(name, value, given.get(name)) for name, value in self.params.items()]
        return [text for text in found if text]


def how_often(count: int) -> str:
    """A count of requests as people say it."""
    return "once" if count == 1 else f"{count} times"


def _mismatch(name: str, matcher: str | None, found: str | None) -> str:
    if matcher is None or (found is not None and fnmatchcase(found, matcher)):
        return ""
    return f"{name} is {found!r}, not {matcher!r}" if found is not None else f"there is no {name}"
