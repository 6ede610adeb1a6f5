"""Calls that return metadata, revisions and search results, sent to version 2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dropbox.json_response import repeated_cursor_error
from dropbox.v2.errors import v1_error
from dropbox.v2.metadata import as_deleted, convert_date, listing_hash, root_metadata

if TYPE_CHECKING:
    from dropbox.json_response import JsonObject
    from dropbox.v2.v1_request import V1Request

_MAX_LISTED = 25_000
_MAX_SEARCH_RESULTS = 1000
_MAX_REVISIONS = 1000
_MAX_V2_REVISIONS = 100
_MIN_QUERY_LENGTH = 3


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

    Version 2 reports at most 100 revisions, and of several deletions only the last one.
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


def _limit(request: V1Request, name: str, maximum: int) -> int:
    # Version 2 has other limits or none. Programs for version 1 expect its documented ones.
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
    return [request.v1_metadata(match["metadata"]["metadata"]) for match in page["matches"]]
