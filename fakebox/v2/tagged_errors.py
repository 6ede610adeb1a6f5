"""Errors of routes as tagged unions of version 2, and their translation from errors of the core.

Their status is 409. Source: the wire reference of version 2, errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, TypeAlias

from fakebox.core import errors as core

if TYPE_CHECKING:
    from types import TracebackType

    from fakebox.v2.schema import JSONObject, JSONValue

Tags: TypeAlias = tuple[str, ...]
# The tags of each error of the core.
ErrorTable: TypeAlias = Mapping[type[Exception], Tags]


class MalformedPath(Exception):
    """The path ends in a slash, or has two slashes in a row."""


class TaggedError(Exception):
    """An error of a route.

    Attributes:
        summary: the tags from the outermost to the innermost, separated by slashes.
        error: the value of the union.
    """

    def __init__(self, summary: str, error: JSONObject) -> None:
        super().__init__(summary)
        self.summary = summary
        self.error = error

    def field(self, name: str) -> JSONValue:
        """Return a field of the innermost union; `None` if it has no such field."""
        inner: Mapping[str, JSONValue] = self.error
        while isinstance(below := inner.get(str(inner[".tag"])), Mapping):
            inner = below
        return inner.get(name)

    def below(self, *tags: str) -> TaggedError:
        """Wrap the error in more unions; the tag of the outermost union is first."""
        error = self
        for tag in reversed(tags):
            error = TaggedError(f"{tag}/{error.summary}", {".tag": tag, tag: error.error})
        return error


def tagged_error(*tags: str, **fields: JSONValue) -> TaggedError:
    """Return an error.

    Args:
        *tags: the tags of the unions, the outermost first.
        **fields: the fields of the innermost union.
    """
    return TaggedError(tags[-1], {".tag": tags[-1], **fields}).below(*tags[:-1])


_ANY_PATH: ErrorTable = {
    core.IllegalPath: ("malformed_path",),
    MalformedPath: ("malformed_path",),
}
LOOKUP: ErrorTable = {
    **_ANY_PATH,
    core.NotFound: ("not_found",),
    core.RevisionNotFound: ("not_found",),
    core.LinkNotFound: ("not_found",),
    core.NotAFile: ("not_file",),
    core.NotAFolder: ("not_folder",),
}
WRITE: ErrorTable = {
    **_ANY_PATH,
    core.IgnoredName: ("disallowed_name",),
    core.ParentIsAFile: ("conflict", "file_ancestor"),
    core.FolderInTheWay: ("conflict", "folder"),
    core.OverQuota: ("insufficient_space",),
    core.RootNotAllowed: ("no_write_permission",),
    core.TooManyItems: ("too_many_write_operations",),
}


def lookups(*outer: str) -> AbstractContextManager[None]:
    """Translate the errors of a block that looks up a path.

    Args:
        *outer: the tags of the unions that contain the error, the outermost first.
    """
    return _Translated(LOOKUP, outer)


def writes(*outer: str) -> AbstractContextManager[None]:
    """Translate the errors of a block that writes to a path.

    Args:
        *outer: the tags of the unions that contain the error, the outermost first.
    """
    return _Translated(WRITE, outer)


def translated(table: ErrorTable) -> AbstractContextManager[None]:
    """Translate the errors of a block by a table."""
    return _Translated(table, ())


def write_tags(error: Exception) -> Tags | None:
    """Return the tags of an error that a write raises; `None` for other errors."""
    return _tags(WRITE, error)


# A context manager from a generator would be shorter, and take a hundredth of a request.
class _Translated:
    def __init__(self, table: ErrorTable, outer: Tags) -> None:
        self._table = table
        self._outer = outer

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, Exception) and (tags := _tags(self._table, error)):
            raise tagged_error(*self._outer, *tags) from error


def _tags(table: ErrorTable, error: Exception) -> Tags | None:
    for kind in type(error).__mro__:
        if kind in table:
            return table[kind]
    if table is WRITE and isinstance(error, core.Taken):
        return "conflict", "folder" if error.by_folder else "file"
    return None
