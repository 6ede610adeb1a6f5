"""Paths of version 2: by name, by id, by revision, or from a namespace on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fakebox.core.errors import NotFound
from fakebox.http.headers import parse_digits
from fakebox.v2.ids import parse_id
from fakebox.v2.schema import Kind, Malformed, text
from fakebox.v2.tagged_errors import MalformedPath

if TYPE_CHECKING:
    from fakebox.v2.request import V2Request

_SLASHES = re.compile("/+")
_NAME = r"/(.|[\r\n])*"
_NAMESPACE = r"ns:[0-9]+(/.*)?"
_NOT_BELOW_ROOT = "The root folder is unsupported."
_NO_SLASH = 'Specify the root folder as an empty string rather than as "/".'


def _path(pattern: str) -> Kind:
    matching = text(pattern)

    def read(value: Any) -> Any:
        if value == "/":
            raise Malformed(_NO_SLASH)
        return matching(value)

    return read


_below_root = _path(rf"({_NAME}|id:.*)|(rev:[0-9a-f]{{9,}})|({_NAMESPACE})")


def read_path(value: Any) -> Any:
    """A path, id or revision that isn't the root."""
    if value == "":
        raise Malformed(_NOT_BELOW_ROOT)
    return _below_root(value)


any_path: Kind = _path(rf"({_NAME})?|id:.*|({_NAMESPACE})")
path_below_root: Kind = _path(rf"{_NAME}|id:.*|({_NAMESPACE})")
upload_path: Kind = _path(rf"({_NAME})|({_NAMESPACE})|(id:.*)")
write_path: Kind = _path(rf"({_NAME})|({_NAMESPACE})")


def locate(request: V2Request, path: str, *, root: bool = False) -> tuple[str, str | None]:
    """Where something is: its path, and the revision if one is meant.

    Args:
        request: the request.
        path: as it was sent.
        root: the root will do.

    Raises:
        Malformed: it is the root, which won't do.
        MalformedPath: it can't be a path.
        NotFound, RevisionNotFound: nothing has the id, or the revision.
    """
    if path.startswith("rev:"):
        rev = path.removeprefix("rev:")
        return request.world.file_ids.by_rev(request.scope, rev).path, rev
    if path.startswith("id:"):
        path = _of_id(request, path)
    elif path.startswith("ns:"):
        path = _of_namespace(request, path)
    if not path and not root:
        raise Malformed(_NOT_BELOW_ROOT, "path")
    if path.endswith("/"):
        raise MalformedPath(path)
    # rclone of today doubles the first slash, so the service can't mind.
    return _SLASHES.sub("/", path) or "/", None


def place(request: V2Request, path: str, *, root: bool = False) -> str:
    """As `locate`, where a revision makes no difference."""
    return locate(request, path, root=root)[0]


def target(request: V2Request, path: str) -> str:
    """Where something is to be written.

    Raises:
        Malformed, MalformedPath: as for `locate`; also what begins at nothing that is known.
    """
    try:
        return place(request, path)
    except NotFound as error:
        raise MalformedPath(path) from error


def _of_id(request: V2Request, path: str) -> str:
    word, slash, rest = path.partition("/")
    number = parse_id(word, request.account.namespace_id)
    if number is None:
        raise NotFound(path)
    return f"{request.world.file_ids.by_file_id(request.scope, number).path}{slash}{rest}"


def _of_namespace(request: V2Request, path: str) -> str:
    number, slash, rest = path.removeprefix("ns:").partition("/")
    if parse_digits(number) != request.account.namespace_id:
        raise NotFound(path)
    return f"{slash}{rest}" if rest else ""
