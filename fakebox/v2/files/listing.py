"""List the contents of a folder, and wait for changes in it.

A folder that is listed without `recursive` is read page by page: its folders by age, its files by
their last write, and its deleted entries. The changes since the start of the listing follow. With
`recursive`, all pages come from the change log, as in version 1's delta. A folder comes before its
contents. Source: the wire reference of version 2, list_folder.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, TypeAlias

from flask import Blueprint

from fakebox.core.errors import BadCursor, LinkNotFound, NotAFolder, NotFound
from fakebox.core.link_settings import LinkVisitor
from fakebox.core.path_rules import fold, join
from fakebox.http.urls import parse
from fakebox.v2 import responses
from fakebox.v2.paths import PathROrId, check_slashes, place
from fakebox.v2.properties import TemplateFilterBase, check_template_filter
from fakebox.v2.request import decode_cursor, encode_cursor, unknown_cursor
from fakebox.v2.route_styles import rpc
from fakebox.v2.schema import Malformed, Range, Secret, Struct, Text
from fakebox.v2.tagged_errors import lookups, tagged_error

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fakebox.core.accounts import Scope
    from fakebox.core.change_log import Change, Page
    from fakebox.core.entry import Entry
    from fakebox.core.world import World
    from fakebox.v2.request import V2Request
    from fakebox.v2.schema import JSONObject

blueprint: Blueprint = Blueprint("listing", __name__)

_FAMILY = "list_folder"
# Recorded cursors have 152 to 344 characters, and begin with AA.
_MARKER = "AAAA"
_MIN_LENGTH = 152


EntryRenderer: TypeAlias = "Callable[[Entry | None, str], JSONObject]"
CursorText: TypeAlias = Annotated[str, Text(min_length=1)]


class SharedLink(Struct):
    """The shared link whose folder is listed."""

    url: str
    password: Secret | None = None


class ListFolderArg(Struct):
    """Argument of files/list_folder and files/list_folder/get_latest_cursor."""

    path: PathROrId
    recursive: bool = False
    include_media_info: bool = False
    include_deleted: bool = False
    include_has_explicit_shared_members: bool = False
    include_mounted_folders: bool = True
    limit: Annotated[int, Range(1, 2000)] | None = None
    shared_link: SharedLink | None = None
    include_property_groups: TemplateFilterBase | None = None
    include_non_downloadable_files: bool = True
    include_restorable_info: bool = False


class ListFolderContinueArg(Struct):
    """Argument of files/list_folder/continue."""

    cursor: CursorText


class ListFolderLongpollArg(Struct):
    """Argument of files/list_folder/longpoll."""

    cursor: CursorText
    timeout: Annotated[int, Range(30, 480)] = 30


@dataclass(frozen=True, slots=True)
class FolderCursor:
    """A position in the listing or in the changes of a folder.

    Attributes:
        path: the folder.
        recursive: whether the contents of its subfolders are listed.
        include_deleted: whether the first listing contains deleted entries.
        limit: the number of entries in a page; 0 for the default.
        after: the key in the listing to continue after; `None` if the listing is complete.
        changes: the cursor of the core's change log.
        link: the token of the shared link whose folder is listed; `None` for the caller's folders.
        access_key: the right to use the link, until its settings change; see
            `SharedLinks.access_key`.
        shows_members: whether a file has the flag for its explicit members.
    """

    path: str
    recursive: bool
    include_deleted: bool
    limit: int
    after: int | None
    changes: str
    link: str | None
    access_key: str = field(default="", repr=False)
    shows_members: bool = False

    def encode(self, world: World) -> str:
        """Encode the cursor for the client."""
        return encode_cursor(world, _FAMILY, self, marker=_MARKER, min_length=_MIN_LENGTH)

    @classmethod
    def decode(cls, world: World, text: str) -> FolderCursor:
        """Decode a cursor that a client sent.

        Raises:
            Malformed: this world did not issue the cursor.
        """
        return decode_cursor(world, _FAMILY, cls, text, marker=_MARKER)

    def shows(self, path: str) -> bool:
        """Return whether an entry with this path in lower case is listed."""
        return self.recursive or path.rpartition("/")[0] == self.path.rstrip("/")


@rpc(blueprint, "files/list_folder", ListFolderArg)
def list_folder(request: V2Request, arg: ListFolderArg) -> JSONObject:
    """Return the first page of the contents of a folder."""
    return _next(request, _begin(request, arg))


@rpc(blueprint, "files/list_folder/continue", ListFolderContinueArg)
def list_folder_continue(request: V2Request, arg: ListFolderContinueArg) -> JSONObject:
    """Return the next page of the contents of a folder, or of its changes since the listing."""
    return _next(request, FolderCursor.decode(request.world, arg.cursor))


@rpc(blueprint, "files/list_folder/get_latest_cursor", ListFolderArg)
def get_latest_cursor(request: V2Request, arg: ListFolderArg) -> JSONObject:
    """Return a cursor after the latest change in a folder."""
    return {"cursor": _begin(request, arg, is_listed=True).encode(request.world)}


@rpc(
    blueprint,
    "files/list_folder/longpoll",
    ListFolderLongpollArg,
    is_one_transaction=False,
)
def longpoll(request: V2Request, arg: ListFolderLongpollArg) -> JSONObject:
    """Wait for changes until the timeout, and return whether there are changes."""
    try:
        cursor = FolderCursor.decode(request.world, arg.cursor)
    except Malformed as error:
        raise _unsupported_cursor() from error

    def counts(change: Change) -> bool:
        return cursor.shows(change.path) or change.path == responses.lower(cursor.path)

    has_changes = (
        cursor.after is not None
        or _is_revoked(request, cursor)
        or request.world.change_log.wait(cursor.changes, request.wait_limit_s(arg.timeout), counts)
    )
    payload: JSONObject = {"changes": has_changes}
    if backoff_s := request.options.longpoll_backoff_s:
        payload["backoff"] = backoff_s
    return payload


def _unsupported_cursor() -> Malformed:
    # The other routes with a cursor have another text.
    return Malformed("unsupported cursor type", "request body: cursor")


def _begin(request: V2Request, arg: ListFolderArg, *, is_listed: bool = False) -> FolderCursor:
    link, access_key = _link(request, arg)
    scope = _scope(request, link, access_key)
    check_template_filter(arg.include_property_groups)
    with lookups("path"):
        # Ids and namespaces belong to the caller. In the folder of a link, only paths are valid.
        path = place(request, arg.path, root=True) if link is None else check_slashes(arg.path)
        request.world.files.folder(scope, path or "/")
    # A recursive listing is the change log from its beginning.
    is_change_log = arg.recursive and not is_listed
    changes = "" if is_change_log else request.world.change_log.latest_cursor(scope, prefix=path)
    return FolderCursor(
        responses.lower(path or "/"),
        arg.recursive,
        # A shared link does not list deleted entries.
        arg.include_deleted and link is None,
        arg.limit or 0,
        None if arg.recursive or is_listed else 0,
        changes,
        link,
        access_key,
        arg.include_has_explicit_shared_members,
    )


def _link(request: V2Request, arg: ListFolderArg) -> tuple[str | None, str]:
    """Return the token of the link of a request, and the right to use the link."""
    if not arg.shared_link:
        return None, ""
    if arg.recursive:
        raise Malformed("Recursive list folder is not supported for shared link.")
    link = parse(arg.shared_link.url)
    with lookups("path"):
        if link is None:
            raise NotFound(arg.path)
        links = request.world.shared_links
        _, token = links.resolve(*link)
        visitor = LinkVisitor(request.account_id, arg.shared_link.password)
        return token, links.access_key(token, visitor)


def _scope(request: V2Request, link: str | None, access_key: str) -> Scope:
    if link is None:
        return request.scope
    with lookups("path"):
        scope = request.world.shared_links.scope(link, LinkVisitor(access_key=access_key))
        if scope is None:
            raise NotAFolder("/")
    return scope


def _is_revoked(request: V2Request, cursor: FolderCursor) -> bool:
    if cursor.link is None:
        return False
    visitor = LinkVisitor(access_key=cursor.access_key)
    try:
        return request.world.shared_links.scope(cursor.link, visitor) is None
    except LinkNotFound:
        return True


def _next(request: V2Request, cursor: FolderCursor) -> JSONObject:
    return (
        _changed(request, cursor)
        if cursor.after is None
        else _listed(request, cursor, cursor.after)
    )


def _listed(request: V2Request, cursor: FolderCursor, after: int) -> JSONObject:
    scope = _scope(request, cursor.link, cursor.access_key)
    with lookups("path"):
        page = request.world.files.list_page(
            scope,
            cursor.path,
            after=after,
            limit=min(cursor.limit or 2000, request.world.settings.delta_page_size),
            include_deleted=cursor.include_deleted,
        )
    following, show = replace(cursor, after=page.after), _renderer(request, cursor, scope)
    entries = [show(entry, entry.path) for entry in page.entries]
    return _page_payload(request, entries, following, page.after is not None)


def _changed(request: V2Request, cursor: FolderCursor) -> JSONObject:
    scope = _scope(request, cursor.link, cursor.access_key)
    page, show = _page(request, scope, cursor), _renderer(request, cursor, scope)
    deletions = [one for one in page.changes if one.path == cursor.path and not one.entry]
    if deletions and cursor.changes:
        raise tagged_error("path", "not_found")
    entries = [
        show(change.entry, change.shown) for change in page.changes if cursor.shows(change.path)
    ]
    return _page_payload(request, entries, replace(cursor, changes=page.cursor), page.has_more)


def _page(request: V2Request, scope: Scope, cursor: FolderCursor) -> Page:
    try:
        page = request.world.change_log.page(
            scope,
            cursor.changes or None,
            prefix=cursor.path,
            include_deleted=cursor.include_deleted,
            limit=cursor.limit or None,
        )
    except BadCursor as error:
        if cursor.link is None:
            raise unknown_cursor(cursor.encode(request.world)) from error
        # The changes are those of a path, and the folder of the link was moved.
        raise tagged_error("reset") from error
    if page.reset and cursor.changes:
        raise tagged_error("reset")
    return page


def _renderer(request: V2Request, cursor: FolderCursor, scope: Scope) -> EntryRenderer:
    """Return the function that renders an entry, or a deleted entry with only a path.

    The owner of a shared link gets the paths of the entries in the caller's folders. Other clients
    of the link get no paths.
    """
    above = _path_above(request, scope) if cursor.link else ""

    def show(entry: Entry | None, path: str) -> JSONObject:
        if entry is None:
            shown = responses.deleted(f"{above or ''}{path}")
        else:
            shown = responses.tagged(replace(entry, path=f"{above}{path}") if above else entry)
            if cursor.shows_members:
                shown |= responses.explicit_members(entry)
        if above is None:
            del shown["path_lower"], shown["path_display"]
        return shown

    return show


def _path_above(request: V2Request, scope: Scope) -> str | None:
    """Return the path of the folder of a link; `None` if it is not in the caller's folders."""
    if request.has_app_credentials or request.scope.account_id != scope.account_id:
        return None
    root, names = request.scope.root, scope.root
    if [fold(name) for name in names[: len(root)]] != [fold(name) for name in root]:
        return None
    return join(names[len(root) :]).rstrip("/")


def _page_payload(
    request: V2Request, entries: Sequence[JSONObject], cursor: FolderCursor, has_more: bool
) -> JSONObject:
    return {"entries": entries, "cursor": cursor.encode(request.world), "has_more": has_more}
