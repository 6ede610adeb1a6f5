"""What a route may fail with: the tagged unions of version 2, and what of the core means which.

Every one of them is answered with 409. Source: the wire reference of version 2, errors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from fakebox.core import errors as core


class MalformedPath(Exception):
    """The path can't be one: it ends in a slash."""


class Failure(Exception):
    """A route's own error.

    Attributes:
        summary: the tags from the outermost to the innermost, with slashes between them.
        error: the union's value.
    """

    def __init__(self, summary: str, error: dict[str, Any]) -> None:
        super().__init__(summary)
        self.summary = summary
        self.error = error

    def field(self, name: str) -> Any:
        """A field of the innermost union; `None` if it has none of this name."""
        inner = self.error
        while inner[".tag"] in inner:
            inner = inner[inner[".tag"]]
        return inner.get(name)

    def below(self, *tags: str) -> Failure:
        """The same as the value of an outer union."""
        failure = self
        for tag in reversed(tags):
            failure = Failure(f"{tag}/{failure.summary}", {".tag": tag, tag: failure.error})
        return failure


def failure(*tags: str, **fields: Any) -> Failure:
    """The failure of these tags, from the outermost in; the innermost one has the fields."""
    return Failure(tags[-1], {".tag": tags[-1], **fields}).below(*tags[:-1])


_ANY_PATH: dict[type[Exception], tuple[str, ...]] = {
    core.IllegalPath: ("malformed_path",),
    MalformedPath: ("malformed_path",),
}
LOOKUP: dict[type[Exception], tuple[str, ...]] = {
    **_ANY_PATH,
    core.NotFound: ("not_found",),
    core.RevisionNotFound: ("not_found",),
    core.LinkNotFound: ("not_found",),
    core.NotAFile: ("not_file",),
    core.NotAFolder: ("not_folder",),
}
WRITE: dict[type[Exception], tuple[str, ...]] = {
    **_ANY_PATH,
    core.IgnoredName: ("disallowed_name",),
    core.ParentIsAFile: ("conflict", "file_ancestor"),
    core.FolderInTheWay: ("conflict", "folder"),
    core.OverQuota: ("insufficient_space",),
    core.RootNotAllowed: ("no_write_permission",),
    core.TooManyItems: ("too_many_write_operations",),
}


@contextmanager
def lookups(*outer: str) -> Iterator[None]:
    """A block that looks a path up; its errors come below these tags."""
    with _translated(LOOKUP, outer):
        yield


@contextmanager
def writes(*outer: str) -> Iterator[None]:
    """A block that writes to a path; its errors come below these tags."""
    with _translated(WRITE, outer):
        yield


@contextmanager
def translated(table: Mapping[type[Exception], tuple[str, ...]]) -> Iterator[None]:
    """A block whose errors have these tags."""
    with _translated(table, ()):
        yield


def write_tags(error: Exception) -> tuple[str, ...] | None:
    """The tags below which a refusal to write is told of; `None` if it is another refusal."""
    return _tags(WRITE, error)


@contextmanager
def _translated(
    table: Mapping[type[Exception], tuple[str, ...]], outer: tuple[str, ...]
) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        tags = _tags(table, error)
        if tags is None:
            raise
        raise failure(*outer, *tags) from error


def _tags(
    table: Mapping[type[Exception], tuple[str, ...]], error: Exception
) -> tuple[str, ...] | None:
    for kind in type(error).__mro__:
        if kind in table:
            return table[kind]
    if table is WRITE and isinstance(error, core.Taken):
        return "conflict", "folder" if error.by_folder else "file"
    return None
