"""The calls metadata, search, revisions, restore and delta.

Source: the wire reference, under the name of each call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response

from fakebox.core.entry import Entry, Listing
from fakebox.media.file_types import file_type_of
from fakebox.media.images import DamagedImage, describe
from fakebox.v1 import responses
from fakebox.v1.request import Invalid, V1Request, route

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakebox.core.accounts import Scope
    from fakebox.core.change_log import Change

blueprint: Blueprint = Blueprint("metadata", __name__)

_METHODS = ["GET", "POST"]
_LISTING_LIMIT = 25_000
_DEFAULT_LISTING_LIMIT = 10_000
_SEARCH_LIMIT = 1_000
_QUERY_CHARACTERS = 3
_REVISIONS_LIMIT = 1_000
_DEFAULT_REVISIONS_LIMIT = 10
_SHORTEST_WAIT_S, _LONGEST_WAIT_S = 30, 480


@route(blueprint, "/metadata/<root><everything:path>", _METHODS)
def metadata(request: V1Request, root: str, path: str) -> Response:
    """Return the metadata of a file or folder, by default with the entries of the folder."""
    scope, params = request.scope(root), request.params
    limit = params.integer("file_limit", _DEFAULT_LISTING_LIMIT, 1, _LISTING_LIMIT)
    include_deleted = params.boolean("include_deleted", False)
    files, rev, is_list = request.world.files, params.text("rev"), params.boolean("list", True)
    shown: Entry | Listing
    if rev is not None and not files.metadata(scope, path).is_folder:
        shown = files.metadata(scope, path, rev)
    elif is_list:
        shown = files.list(scope, path, include_deleted=include_deleted, limit=limit)
    else:
        shown = files.metadata(scope, path)
    if isinstance(shown, Listing) and shown.hash == params.text("hash"):
        return Response(status=304)
    fields = responses.metadata(shown, scope, request.locale, _media_info(request, scope))
    return responses.json_response(fields)


@route(blueprint, "/search/<root><everything:path>", _METHODS)
def search(request: V1Request, root: str, path: str) -> Response:
    """Return the files and folders whose names contain all words of a query."""
    scope, params = request.scope(root), request.params
    query = params.required("query")
    if len(query.strip()) < _QUERY_CHARACTERS:
        raise Invalid("query", f"Enter a value {_QUERY_CHARACTERS} characters long or more")
    found = request.world.search.find(
        scope,
        path,
        query,
        limit=params.integer("file_limit", _SEARCH_LIMIT, 1, _SEARCH_LIMIT),
        include_deleted=params.boolean("include_deleted", False),
        ignore_accents=True,
    )
    return responses.json_response(
        [responses.metadata(entry, scope, request.locale) for entry in found]
    )


@route(blueprint, "/revisions/<root><everything:path>", _METHODS)
def revisions(request: V1Request, root: str, path: str) -> Response:
    """Return the revisions of a file, newest first."""
    scope = request.scope(root)
    limit = request.params.integer("rev_limit", _DEFAULT_REVISIONS_LIMIT, 1, _REVISIONS_LIMIT)
    entries = request.world.revisions.list(scope, path, limit)
    return responses.json_response(
        [responses.metadata(entry, scope, request.locale) for entry in entries]
    )


@route(blueprint, "/restore/<root><everything:path>", _METHODS)
def restore(request: V1Request, root: str, path: str) -> Response:
    """Restore a file to an earlier revision."""
    scope, rev = request.scope(root), request.params.required("rev")
    entry = request.world.revisions.restore(scope, path, rev)
    return responses.json_response(responses.metadata(entry, scope, request.locale))


# --- delta ---------------------------------------------------------------------------------


@route(blueprint, "/delta", _METHODS)
def delta(request: V1Request) -> Response:
    """Return the changes since a cursor."""
    scope = request.default_scope()
    page = request.world.change_log.page(
        scope,
        request.params.text("cursor"),
        prefix=_prefix(request),
        with_media=_includes_media_info(request),
    )
    media_info = _media_info(request, scope)

    def entry(change: Change) -> list[object]:
        if change.entry is None:
            return [change.path, None]
        fields = responses.metadata(change.entry, scope, request.locale, media_info)
        return [change.path, fields]

    return responses.json_response(
        {
            "entries": [entry(change) for change in page.changes],
            "reset": page.reset,
            "cursor": page.cursor,
            "has_more": page.has_more,
        }
    )


@route(blueprint, "/delta/latest_cursor", _METHODS)
def latest_cursor(request: V1Request) -> Response:
    """Return a cursor for the changes from now on."""
    cursor = request.world.change_log.latest_cursor(
        request.default_scope(),
        prefix=_prefix(request),
        with_media=_includes_media_info(request),
    )
    return responses.json_response({"cursor": cursor})


# It waits for changes.
@route(blueprint, "/longpoll_delta", ["GET"], is_one_transaction=False)
def longpoll_delta(request: V1Request) -> Response:
    """Wait until there are changes for a cursor, or until the timeout."""
    cursor = request.params.required("cursor")
    wait_s = request.params.integer("timeout", _SHORTEST_WAIT_S, _SHORTEST_WAIT_S, _LONGEST_WAIT_S)
    changes = request.world.change_log.wait(cursor, request.wait_limit_s(wait_s))
    payload: dict[str, object] = {"changes": changes}
    if backoff_s := request.options.longpoll_backoff_s:
        payload["backoff"] = backoff_s
    return responses.json_response(payload)


def _prefix(request: V1Request) -> str:
    return request.params.text("path_prefix") or ""


# --- media info ----------------------------------------------------------------------------


def _includes_media_info(request: V1Request) -> bool:
    return request.params.boolean("include_media_info", False)


def _media_info(request: V1Request, scope: Scope) -> Callable[[Entry], dict[str, object]] | None:
    """Return the function for the media info of an entry; `None` if it was not requested."""
    if not _includes_media_info(request):
        return None

    def media_info(entry: Entry) -> dict[str, object]:
        kind = file_type_of(entry.name).mime_type
        if entry.is_folder or entry.is_deleted:
            return {}
        if kind.startswith("image/"):
            return {"photo_info": _photo_info(request, scope, entry)}
        # Videos are not read. The service returned `pending` for recently uploaded videos.
        return {"video_info": "pending"} if kind.startswith("video/") else {}

    return media_info


def _photo_info(request: V1Request, scope: Scope, entry: Entry) -> dict[str, object] | None:
    """The time and the place of a photo; None if the file is not a picture."""
    _, file = request.world.files.open(scope, entry.path, entry.rev)
    with file:
        try:
            photo = describe(file)
        except DamagedImage:
            return None
    taken = None if photo.time_taken_s is None else responses.date(photo.time_taken_s)
    return {"time_taken": taken, "lat_long": list(photo.lat_long) if photo.lat_long else None}
