"""files/list_folder and what follows it. Source: the wire reference of version 2, list_folder.

A folder alone is listed page by page: folders by age, then files by their last write, then deleted
entries. Then come its changes since the listing began. With `recursive` all of it comes from the
change log, as version 1's delta does; a folder comes before what is in it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import Blueprint

from fakebox.core.errors import BadCursor, LinkNotFound, NotAFolder, NotFound
from fakebox.http.link_urls import parse
from fakebox.v2 import responses
from fakebox.v2.cursors import FolderCursor, unknown_cursor
from fakebox.v2.paths import any_path, place
from fakebox.v2.route_styles import rpc
from fakebox.v2.schema import Field, Malformed, anything, boolean, integer, optional, struct, text
from fakebox.v2.tagged_errors import failure, lookups

if TYPE_CHECKING:
    from fakebox.core.accounts import Scope
    from fakebox.core.change_log import Change, Page
    from fakebox.v2.request import V2Request

blueprint: Blueprint = Blueprint("listing", __name__)

_CURSOR = text(min_length=1)
_FOLDER = struct(
    {
        "path": any_path,
        "recursive": Field(boolean, False),
        "include_media_info": Field(boolean, False),
        "include_deleted": Field(boolean, False),
        "include_has_explicit_shared_members": Field(boolean, False),
        "include_mounted_folders": Field(boolean, True),
        "limit": optional(integer(1, 2000)),
        "shared_link": optional(struct({"url": text(), "password": optional(text())})),
        "include_property_groups": optional(anything),
        "include_non_downloadable_files": Field(boolean, True),
        "include_restorable_info": Field(boolean, False),
    }
)


@rpc(blueprint, "files/list_folder", _FOLDER)
def list_folder(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """What is in a folder."""
    return _next(request, _begin(request, argument))


@rpc(blueprint, "files/list_folder/continue", struct({"cursor": _CURSOR}))
def list_folder_continue(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """The rest of what is in a folder, or what has changed in it since."""
    return _next(request, FolderCursor.decode(request.world, argument["cursor"]))


@rpc(blueprint, "files/list_folder/get_latest_cursor", _FOLDER)
def get_latest_cursor(request: V2Request, argument: dict[str, Any]) -> dict[str, str]:
    """A cursor that has seen everything until now."""
    cursor = _begin(request, argument)
    scope = _scope(request, cursor.link)
    changes = request.world.change_log.latest_cursor(scope, prefix=cursor.path)
    return {"cursor": replace(cursor, after=None, changes=changes).encode(request.world)}


@rpc(
    blueprint,
    "files/list_folder/longpoll",
    struct({"cursor": _CURSOR, "timeout": Field(integer(30, 480), 30)}),
    auth="nobody",
    is_one_transaction=False,
)
def longpoll(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """Whether there is news; answered once there is, or when the time is over."""
    cursor = FolderCursor.decode(request.world, argument["cursor"])

    def counts(change: Change) -> bool:
        return cursor.shows(change.path) or change.path == responses.lower(cursor.path)

    try:
        has_news = (
            cursor.after is not None
            or _is_revoked(request, cursor.link)
            or request.world.change_log.wait(
                cursor.changes, request.patience_s(argument["timeout"]), counts
            )
        )
    except BadCursor as error:
        raise unknown_cursor(argument["cursor"]) from error
    payload: dict[str, Any] = {"changes": has_news}
    if backoff_s := request.options.longpoll_backoff_s:
        payload["backoff"] = backoff_s
    return payload


def _begin(request: V2Request, argument: dict[str, Any]) -> FolderCursor:
    link = _link(request, argument)
    scope = _scope(request, link)
    with lookups("path"):
        # Ids and namespaces are the caller's; behind a link there are only paths within it.
        path = place(request, argument["path"], root=True) if link is None else argument["path"]
        folder = request.world.files.metadata(scope, path or "/")
        if folder.is_deleted:
            raise NotFound(path)
        if not folder.is_folder:
            raise NotAFolder(path)
    recursive = argument["recursive"]
    changes = request.world.change_log.latest_cursor(scope, prefix=path)
    return FolderCursor(
        responses.lower(path or "/"),
        recursive,
        # Links show nothing of what was in their folder.
        argument["include_deleted"] and link is None,
        argument["limit"] or 0,
        None if recursive else 0,
        "" if recursive else changes,
        link,
    )


def _link(request: V2Request, argument: dict[str, Any]) -> str | None:
    if not argument["shared_link"]:
        return None
    if argument["recursive"]:
        raise Malformed("Recursive list folder is not supported for shared link.")
    own = parse(request.origin, argument["shared_link"]["url"])
    with lookups("path"):
        if own is None:
            raise NotFound(argument["path"])
    return own[1]


def _scope(request: V2Request, link: str | None) -> Scope:
    if link is None:
        return request.scope
    with lookups("path"):
        scope = request.world.sharing.scope(link)
        if scope is None:
            raise NotAFolder("/")
    return scope


def _is_revoked(request: V2Request, link: str | None) -> bool:
    try:
        return link is not None and request.world.sharing.scope(link) is None
    except LinkNotFound:
        return True


def _next(request: V2Request, cursor: FolderCursor) -> dict[str, Any]:
    return (
        _changed(request, cursor)
        if cursor.after is None
        else _listed(request, cursor, cursor.after)
    )


def _listed(request: V2Request, cursor: FolderCursor, after: int) -> dict[str, Any]:
    scope = _scope(request, cursor.link)
    with lookups("path"):
        page = request.world.files.list_page(
            scope,
            cursor.path,
            after=after,
            limit=min(cursor.limit or 2000, request.world.settings.delta_page_size),
            include_deleted=cursor.include_deleted,
        )
    entries, following = responses.metadata_of(page.entries), replace(cursor, after=page.after)
    return _page_payload(request, entries, following, page.after is not None)


def _changed(request: V2Request, cursor: FolderCursor) -> dict[str, Any]:
    page = _page(request, cursor)
    gone = [change for change in page.changes if change.path == cursor.path and not change.entry]
    if gone and cursor.changes:
        raise failure("path", "not_found")
    payload = [change for change in page.changes if cursor.shows(change.path)]
    entries = [
        responses.tagged(change.entry) if change.entry else responses.deleted(change.shown)
        for change in payload
    ]
    return _page_payload(request, entries, replace(cursor, changes=page.cursor), page.has_more)


def _page(request: V2Request, cursor: FolderCursor) -> Page:
    scope = _scope(request, cursor.link)
    try:
        page = request.world.change_log.page(
            scope,
            cursor.changes or None,
            prefix=cursor.path,
            include_deleted=cursor.include_deleted,
            limit=cursor.limit or None,
        )
    except BadCursor as error:
        raise unknown_cursor(cursor.encode(request.world)) from error
    if page.reset and cursor.changes:
        raise failure("reset")
    return page


def _page_payload(
    request: V2Request, entries: list[dict[str, Any]], cursor: FolderCursor, has_more: bool
) -> dict[str, Any]:
    return {"entries": entries, "cursor": cursor.encode(request.world), "has_more": has_more}
