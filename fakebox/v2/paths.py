"""Paths of version 2: a path, a file id, a revision, or a path within a namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

from fakebox.core.errors import NotFound
from fakebox.http.headers import parse_digits
from fakebox.v2.responses import parse_file_id
from fakebox.v2.schema import Malformed, Text
from fakebox.v2.tagged_errors import MalformedPath

if TYPE_CHECKING:
    from fakebox.v2.request import V2Request

_PATH = r"/(.|[\r\n])*"
_NAMESPACE = r"ns:[0-9]+(/.*)?"
_ROOT = "The root folder is unsupported."
_SLASH = {"/": 'Specify the root folder as an empty string rather than as "/".'}

# The names are those of the specification. `R` allows the root folder, which is an empty string.
Rev: TypeAlias = Annotated[str, Text("[0-9a-f]+", min_length=9)]
ReadPath: TypeAlias = Annotated[
    str,
    Text(
        rf"({_PATH}|id:.*)|(rev:[0-9a-f]{{9,}})|({_NAMESPACE})",
        rejected={"": _ROOT, **_SLASH},
    ),
]
PathROrId: TypeAlias = Annotated[str, Text(rf"({_PATH})?|id:.*|({_NAMESPACE})", rejected=_SLASH)]
PathOrId: TypeAlias = Annotated[str, Text(rf"{_PATH}|id:.*|({_NAMESPACE})", rejected=_SLASH)]
WritePath: TypeAlias = Annotated[str, Text(rf"({_PATH})|({_NAMESPACE})", rejected=_SLASH)]
WritePathOrId: TypeAlias = Annotated[
    str, Text(rf"({_PATH})|({_NAMESPACE})|(id:.*)", rejected=_SLASH)
]


def locate(request: V2Request, path: str, *, root: bool = False) -> tuple[str, str | None]:
    """Return the path of a file or folder, and the revision if the argument is a revision.

    Args:
        request: the request.
        path: the path, id or revision as it was sent.
        root: whether the root folder is allowed.

    Returns:
        The path within the caller's root, and the revision or `None`.

    Raises:
        Malformed: the path is the root folder, and `root` is false.
        MalformedPath: the path is not valid; see `check_slashes`.
        NotFound, RevisionNotFound: there is no such id or revision.
    """
    if path.startswith("rev:"):
        rev = path.removeprefix("rev:")
        return request.world.file_ids.by_rev(request.scope, rev).path, rev
    if path.startswith("id:"):
        path = _of_id(request, path)
    elif path.startswith("ns:"):
        path = _of_namespace(request, path)
    elif path.startswith("//"):
        # Current releases of rclone double the first slash, and the service accepts it.
        path = path[1:]
    if not path and not root:
        raise Malformed(_ROOT, "path")
    return check_slashes(path) or "/", None


def check_slashes(path: str) -> str:
    """Check the slashes of a path, and return it.

    Raises:
        MalformedPath: the path ends in a slash, or has two slashes in a row.
    """
    if path.endswith("/") or "//" in path:
        raise MalformedPath(path)
    return path


def place(request: V2Request, path: str, *, root: bool = False) -> str:
    """Return the path of a file or folder like `locate`, without the revision."""
    return locate(request, path, root=root)[0]


def target(request: V2Request, path: str) -> str:
    """Find the path to write to.

    Raises:
        Malformed: as for `locate`.
        MalformedPath: as for `locate`, or the path begins with an unknown id or namespace.
    """
    try:
        return place(request, path)
    except NotFound as error:
        raise MalformedPath(path) from error


def _of_id(request: V2Request, path: str) -> str:
    text, slash, rest = path.partition("/")
    number = parse_file_id(text, request.account.namespace_id)
    if number is None:
        raise NotFound(path)
    return f"{request.world.file_ids.by_file_id(request.scope, number).path}{slash}{rest}"


def _of_namespace(request: V2Request, path: str) -> str:
    number, slash, rest = path.removeprefix("ns:").partition("/")
    if parse_digits(number) != request.account.namespace_id:
        raise NotFound(path)
    return f"{slash}{rest}" if rest else ""
