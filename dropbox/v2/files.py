"""Calls about files and folders, sent to version 2."""

from __future__ import annotations

import base64
import json

from dropbox.json_response import JsonObject, repeated_cursor_error
from dropbox.urls import format_path
from dropbox.v2.errors import RouteError, v1_error
from dropbox.v2.metadata import as_deleted, convert_date, listing_hash, root_metadata
from dropbox.v2.v1_request import V1Request

_MAX_LISTED = 25_000
_MAX_SEARCH_RESULTS = 1000
_MAX_REVISIONS = 1000
_MAX_V2_REVISIONS = 100
_MIN_QUERY_LENGTH = 3
# Version 2 has no cursor for a folder that does not exist. The cursor of the SDK for such a folder
# begins with this word. It contains the path of the folder, and a cursor of the root folder, which
# long polls use.
_INITIAL_CURSOR = "begin"


def metadata(request: V1Request) -> JsonObject:
    """Return the metadata of a file or folder, with the folder's contents if requested."""
    limit = _limit(request, "file_limit", _MAX_LISTED)
    found = _entry(request)
    is_listed = request.params.get("list", "true").lower() != "false"
    if not found["is_dir"] or not is_listed or found.get("is_deleted"):
        return found
    contents = [request.v1_metadata(entry) for entry in _children(request)]
    if len(contents) > limit:
        raise v1_error(406, f"Folder contains more entries than file_limit ({limit})")
    digest = listing_hash(found, contents)
    if request.params.get("hash") == digest:
        raise v1_error(304, None)
    return {**found, "hash": digest, "contents": contents}


def revisions(request: V1Request) -> list[JsonObject]:
    """Return the revisions of a file, newest first.

    Version 2 returns at most 100 revisions. If a file was deleted several times, it returns only
    the last deletion.
    """
    limit = _limit(request, "rev_limit", _MAX_REVISIONS)
    argument = {"path": request.path, "limit": min(limit, _MAX_V2_REVISIONS)}
    result = request.client.call("files/list_revisions", argument)
    found = [request.v1_metadata(entry) for entry in result["entries"]]
    if result["is_deleted"] and found:
        deletion = as_deleted(found[0])
        if deleted_at := result.get("server_deleted"):
            deletion["modified"] = convert_date(deleted_at)
        found.insert(0, deletion)
    return found[:limit]


def restore(request: V1Request) -> JsonObject:
    """Restore a file to a revision."""
    argument = {"path": request.path, "rev": request.rev}
    return request.v1_metadata(request.client.call("files/restore", argument))


def search(request: V1Request) -> list[JsonObject]:
    """Return the entries whose names match a query; deleted files come last."""
    limit = _limit(request, "file_limit", _MAX_SEARCH_RESULTS)
    if len(request.params.get("query", "")) < _MIN_QUERY_LENGTH:
        message = f"Query must be at least {_MIN_QUERY_LENGTH} characters"
        raise v1_error(400, {"query": message})
    found = _search(request, "active", limit)
    if request.flag("include_deleted"):
        found += _search(request, "deleted", limit)
    return found[:limit]


def delta(request: V1Request) -> JsonObject:
    """Return a page of changes since a cursor; the path prefix is part of the cursor."""
    cursor = request.params.get("cursor") or _INITIAL_CURSOR
    prefix = format_path(request.params.get("path_prefix", "")) or ""
    if cursor.partition(":")[0] == _INITIAL_CURSOR:
        own_prefix, _ = _parse_initial(cursor)
        return _first_page(request, own_prefix or prefix)
    try:
        page = request.client.call("files/list_folder/continue", {"cursor": cursor})
    except RouteError as error:
        if error.has_tag("reset") or error.has_tag("not_found"):
            return _first_page(request, prefix)
        raise
    return _v1_page(request, page, reset=False)


def longpoll_delta(request: V1Request) -> JsonObject:
    """Wait for changes, and return whether there are any."""
    cursor = request.params.get("cursor", "")
    if cursor.partition(":")[0] == _INITIAL_CURSOR:
        _, cursor = _parse_initial(cursor)
        cursor = cursor or _latest_cursor(request)
    argument: JsonObject = {"cursor": cursor}
    if "timeout" in request.params:
        argument["timeout"] = request.integer("timeout", 0)
    try:
        return request.client.call_notify("files/list_folder/longpoll", argument, request.options)
    except RouteError as error:
        if not error.has_tag("reset"):
            raise
        # The next call of `delta` reports the reset.
        return {"changes": True}


def copy(request: V1Request) -> JsonObject:
    """Copy a file or folder, from its path or from a copy reference."""
    if "from_copy_ref" in request.params:
        argument = {
            "copy_reference": request.params["from_copy_ref"],
            "path": request.params["to_path"],
        }
        result = request.client.call("files/copy_reference/save", argument)
        return request.v1_metadata(result["metadata"])
    return _copy_or_move(request, "files/copy_v2")


def move(request: V1Request) -> JsonObject:
    """Move a file or folder."""
    return _copy_or_move(request, "files/move_v2")


def create_folder(request: V1Request) -> JsonObject:
    """Create a folder."""
    result = request.client.call("files/create_folder_v2", {"path": request.params["path"]})
    return request.v1_metadata(result["metadata"])


def delete(request: V1Request) -> JsonObject:
    """Delete a file or folder."""
    result = request.client.call("files/delete_v2", {"path": request.params["path"]})
    return as_deleted(request.v1_metadata(result["metadata"]))


def _limit(request: V1Request, name: str, maximum: int) -> int:
    # Programs for version 1 expect its documented limits. Version 2 has different limits or none.
    limit = request.integer(name, maximum)
    if not 1 <= limit <= maximum:
        raise v1_error(400, {name: f"Value must be between 1 and {maximum}"})
    return limit


def _entry(request: V1Request) -> JsonObject:
    if not request.path:
        return root_metadata(request.root)
    argument = {
        "path": f"rev:{request.rev}" if request.rev else request.path,
        "include_deleted": True,
        "include_media_info": request.flag("include_media_info"),
    }
    return request.v1_metadata_at_rev(request.client.call("files/get_metadata", argument))


def _children(request: V1Request) -> list[JsonObject]:
    argument = {"path": request.path, "include_deleted": request.flag("include_deleted")}
    page = request.client.call("files/list_folder", argument)
    entries: list[JsonObject] = page["entries"]
    cursors = set()
    while page["has_more"]:
        if page["cursor"] in cursors:
            raise repeated_cursor_error(page["cursor"])
        cursors.add(page["cursor"])
        page = request.client.call("files/list_folder/continue", {"cursor": page["cursor"]})
        entries += page["entries"]
    return entries


def _search(request: V1Request, status: str, limit: int) -> list[JsonObject]:
    options = {
        "path": request.path,
        "max_results": max(1, limit),
        "file_status": status,
        "filename_only": True,
    }
    argument = {"query": request.params.get("query", ""), "options": options}
    page = request.client.call("files/search_v2", argument)
    found: dict[str, JsonObject] = {}
    cursors = set()
    while True:
        for match in page["matches"]:
            entry = match["metadata"]["metadata"]
            metadata = request.v1_metadata(entry)
            # The pages may contain duplicates.
            found.setdefault(entry.get("path_lower") or metadata["path"].lower(), metadata)
        if not page["has_more"] or len(found) >= limit:
            return list(found.values())
        if page["cursor"] in cursors:
            raise repeated_cursor_error(page["cursor"])
        cursors.add(page["cursor"])
        page = request.client.call("files/search/continue_v2", {"cursor": page["cursor"]})


def _first_page(request: V1Request, prefix: str) -> JsonObject:
    try:
        return _list_recursively(request, prefix)
    except RouteError as error:
        if not error.has_tag("not_found"):
            raise
    # The cursor is older than the second listing, so no change is lost between the two.
    cursor = _make_initial(prefix, _latest_cursor(request))
    try:
        return _list_recursively(request, prefix)
    except RouteError as error:
        if not error.has_tag("not_found"):
            raise
        return {"entries": [], "reset": True, "cursor": cursor, "has_more": False}


def _list_recursively(request: V1Request, prefix: str) -> JsonObject:
    argument = {
        "path": prefix,
        "recursive": True,
        "include_media_info": request.flag("include_media_info"),
    }
    return _v1_page(request, request.client.call("files/list_folder", argument), reset=True)


def _latest_cursor(request: V1Request) -> str:
    argument = {"path": "", "recursive": True}
    cursor: str = request.client.call("files/list_folder/get_latest_cursor", argument)["cursor"]
    return cursor


def _make_initial(prefix: str, cursor: str) -> str:
    encoded = base64.urlsafe_b64encode(json.dumps([prefix, cursor]).encode())
    return f"{_INITIAL_CURSOR}:{encoded.decode()}"


def _parse_initial(cursor: str) -> tuple[str, str]:
    encoded = cursor.partition(":")[2]
    if not encoded:
        return "", ""
    try:
        prefix, latest = json.loads(base64.urlsafe_b64decode(encoded))
    except (ValueError, TypeError):
        raise v1_error(400, {"cursor": "Invalid cursor"}) from None
    return str(prefix), str(latest)


def _v1_page(request: V1Request, page: JsonObject, *, reset: bool) -> JsonObject:
    entries = [
        [entry["path_lower"], None if entry[".tag"] == "deleted" else request.v1_metadata(entry)]
        for entry in page["entries"]
    ]
    return {
        "entries": entries,
        "reset": reset,
        "cursor": page["cursor"],
        "has_more": page["has_more"],
    }


def _copy_or_move(request: V1Request, route: str) -> JsonObject:
    paths = {name: request.params[name] for name in ("from_path", "to_path")}
    result = request.client.call(route, {**paths, "autorename": True})
    return request.v1_metadata(result["metadata"])
