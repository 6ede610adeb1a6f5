"""Headers that select the root of the paths of a request, or the member of a team.

They are checked before the argument. A member can also be selected by a parameter of the URL.
Source: the wire reference of version 2, headers that select.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from fakebox.core.errors import InvalidRoot, NamespaceNotAllowed
from fakebox.http.headers import parse_digits
from fakebox.v2.schema import Malformed, Reader, Tagged, Text, reader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed.wsgi import WSGIEnvironment

    from fakebox.core.accounts import Account, Scope

NamespaceId: TypeAlias = Annotated[str, Text("[-_0-9a-zA-Z:]+")]
PathRoot: TypeAlias = (
    Literal["home"]
    | Tagged[Literal["root"], NamespaceId]
    | Tagged[Literal["namespace_id"], NamespaceId]
)

PATH_ROOT = "HTTP_DROPBOX_API_PATH_ROOT"
SELECT_USER = "HTTP_DROPBOX_API_SELECT_USER"
SELECT_ADMIN = "HTTP_DROPBOX_API_SELECT_ADMIN"
_PLACE = 'HTTP header "Dropbox-API-Path-Root"'
# The header and the URL parameter, in the order of their checks. The name is a part of the error.
_MEMBERS = ((SELECT_USER, "select_user"), (SELECT_ADMIN, "select_admin"))
_MEMBER_ID = re.compile("dbmid:[-_0-9a-zA-Z]+")
_read_path_root: Reader[PathRoot] = reader(PathRoot)  # type: ignore[arg-type]


class MemberNotSelectable(Exception):
    """The token of an account cannot select a member of a team.

    Attributes:
        tag: the tag of the error: `invalid_select_user` or `invalid_select_admin`.
    """

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.tag = tag


def check_member(environ: WSGIEnvironment, query: Mapping[str, str]) -> None:
    """Check that a request with the token of an account selects no member of a team.

    Args:
        environ: the WSGI environment of the request.
        query: the parameters of the URL.

    Raises:
        Malformed: the value is not the id of a member.
        MemberNotSelectable: the value is the id of a member.
    """
    for header, name in _MEMBERS:
        selected = environ.get(header, query.get(name))
        if selected is None:
            continue
        if not _MEMBER_ID.fullmatch(selected):
            raise Malformed(f"Invalid {name.replace('_', ' ')} id format")
        raise MemberNotSelectable(f"invalid_{name}")


def select_root(environ: WSGIEnvironment, account: Account, scope: Scope) -> Scope:
    """Return the files that the paths of a request with a path root are in.

    Args:
        environ: the WSGI environment of the request.
        account: the account of the token.
        scope: the files that the token gives access to.

    Raises:
        Malformed: the header is not a path root, or the token is for an app folder.
        InvalidRoot: the namespace is not the root of the account.
        NamespaceNotAllowed: the account has no access to the namespace.
    """
    root = _path_root(environ)
    if scope.root:
        raise Malformed("Path root is not supported for sandbox app")
    if not isinstance(root, Tagged):
        return scope
    # An account has one namespace, which is both its root and its home.
    if parse_digits(root.value) != account.root_namespace_id:
        raise (
            InvalidRoot(account.root_namespace_id, account.home_namespace_id)
            if root.tag == "root"
            else NamespaceNotAllowed(root.value)
        )
    return scope


def _path_root(environ: WSGIEnvironment) -> PathRoot:
    raw = str(environ[PATH_ROOT]).encode("latin-1")
    try:
        return _read_path_root(json.loads(raw.decode()))
    except Malformed as error:
        raise Malformed(f"{_PLACE}: {error.text}") from error
    except (ValueError, RecursionError) as error:
        raise Malformed(f"{_PLACE}: could not decode input as JSON") from error
