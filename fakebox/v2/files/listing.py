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
    from fakebox.v2.request import Asked

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
def list_folder(asked: Asked, argument: dict[str, Any]) -> dict[str, Any]:
    """What is in a folder."""
    return _next(asked, _begin(asked, argument))


@rpc(blueprint, "files/list_folder/continue", struct({"cursor": _CURSOR}))
def list_folder_continue(asked: Asked, argument: dict[str, Any]) -> dict[str, Any]:
    """The rest of what is in a folder, or what has changed in it since."""
    return _next(asked, FolderCursor.decode(asked.world, argument["cursor"]))


@rpc(blueprint, "files/list_folder/get_latest_cursor", _FOLDER)
def get_latest_cursor(asked: Asked, argument: dict[str, Any]) -> dict[str, str]:
    """A cursor that has seen everything until now."""
    cursor = _begin(asked, argument)
    scope = _scope(asked, cursor.link)
    changes = asked.world.changes.latest_cursor(scope, prefix=cursor.path)
    return {"cursor": replace(cursor, after=None, changes=changes).encode(asked.world)}


@rpc(
    blueprint,
    "files/list_folder/longpoll",
    struct({"cursor": _CURSOR, "timeout": Field(integer(30, 480), 30)}),
    auth="nobody",
    is_one_transaction=False,
)
def longpoll(asked: Asked, argument: dict[str, Any]) -> dict[str, Any]:
    """Whether there is news; answered once there is, or when the time is over."""
    cursor = FolderCursor.decode(asked.world, argument["cursor"])

    def counts(change: Change) -> bool:
        return cursor.shows(change.path) or change.path == responses.lower(cursor.path)

    try:
        has_news = (
            cursor.after is not None
            or _is_revoked(asked, cursor.link)
            or asked.world.changes.wait(cursor.changes, argument["timeout"], counts)
        )
    except BadCursor as error:
        raise unknown_cursor(argument["cursor"]) from error
    answer: dict[str, Any] = {"changes": has_news}
    if backoff_s := asked.options.longpoll_backoff_s:
        answer["backoff"] = backoff_s
    return answer


def _begin(asked: Asked, argument: dict[str, Any]) -> FolderCursor:
    link = _link(asked, argument)
    scope = _scope(asked, link)
    with lookups("path"):
        # Ids and namespaces are the caller's; behind a link there are only paths within it.
        path = place(asked, argument["path"], root=True) if link is None else argument["path"]
        folder = asked.world.files.metadata(scope, path or "/")
        if folder.is_deleted:
            raise NotFound(path)
        if not folder.is_folder:
            raise NotAFolder(path)
    recursive = argument["recursive"]
    changes = asked.world.changes.latest_cursor(scope, prefix=path)
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


def _link(asked: Asked, argument: dict[str, Any]) -> str | None:
    if not argument["shared_link"]:
        return None
    if argument["recursive"]:
        raise Malformed("Recursive list folder is not supported for shared link.")
    own = parse(asked.origin, argument["shared_link"]["url"])
    with lookups("path"):
        if own is None:
            raise NotFound(argument["path"])
    return own[1]


def _scope(asked: Asked, link: str | None) -> Scope:
    if link is None:
        return asked.scope
    with lookups("path"):
        scope = asked.world.sharing.scope(link)
        if scope is None:
            raise NotAFolder("/")
    return scope


def _is_revoked(asked: Asked, link: str | None) -> bool:
    try:
        return link is not None and asked.world.sharing.scope(link) is None
    except LinkNotFound:
        return True


def _next(asked: Asked, cursor: FolderCursor) -> dict[str, Any]:
    return _changed(asked, cursor) if cursor.after is None else _listed(asked, cursor, cursor.after)


def _listed(asked: Asked, cursor: FolderCursor, after: int) -> dict[str, Any]:
    scope = _scope(asked, cursor.link)
    with lookups("path"):
        page = asked.world.files.list_page(
            scope,
            cursor.path,
            after=after,
            limit=min(cursor.limit or 2000, asked.world.settings.delta_page_size),
            include_deleted=cursor.include_deleted,
        )
    entries, following = responses.metadata_of(page.entries), replace(cursor, after=page.after)
    return _answer(asked, entries, following, page.after is not None)


def _changed(asked: Asked, cursor: FolderCursor) -> dict[str, Any]:
    page = _page(asked, cursor)
    gone = [change for change in page.changes if change.path == cursor.path and not change.entry]
    if gone and cursor.changes:
        raise failure("path", "not_found")
    told = [change for change in page.changes if cursor.shows(change.path)]
    entries = [
        responses.tagged(change.entry) if change.entry else responses.deleted(change.shown)
        for change in told
    ]
    return _answer(asked, entries, replace(cursor, changes=page.cursor), page.has_more)


def _page(asked: Asked, cursor: FolderCursor) -> Page:
    scope = _scope(asked, cursor.link)
    try:
        page = asked.world.changes.page(
            scope,
            cursor.changes or None,
            prefix=cursor.path,
            tells_past=cursor.include_deleted,
            limit=cursor.limit or None,
        )
    except BadCursor as error:
        raise unknown_cursor(cursor.encode(asked.world)) from error
    if page.reset and cursor.changes:
        raise failure("reset")
    return page


def _answer(
    asked: Asked, entries: list[dict[str, Any]], cursor: FolderCursor, has_more: bool
) -> dict[str, Any]:
    return {"entries": entries, "cursor": cursor.encode(asked.world), "has_more": has_more}
