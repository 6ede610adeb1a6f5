"""Calls that report changes, sent to version 2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dropbox.v2.errors import RouteError

if TYPE_CHECKING:
    from dropbox.json_response import JsonObject
    from dropbox.v2.v1_request import V1Request

# Version 2 has no cursor for a folder that does not exist. This cursor of the SDK's own makes the
# next call list the folder again.
_INITIAL_CURSOR = "begin"


def delta(request: V1Request) -> JsonObject:
    """Return a page of changes since a cursor; the path prefix is part of the cursor."""
    cursor = request.params.get("cursor") or _INITIAL_CURSOR
    if cursor == _INITIAL_CURSOR:
        return _first_page(request)
    try:
        page = request.client.call("files/list_folder/continue", {"cursor": cursor})
    except RouteError as error:
        if error.has_tag("reset") or error.has_tag("not_found"):
            return _first_page(request)
        raise
    return _v1_page(request, page, reset=False)


def longpoll_delta(request: V1Request) -> JsonObject:
    """Wait for changes, and return whether there are any."""
    argument: JsonObject = {"cursor": request.params.get("cursor", "")}
    if "timeout" in request.params:
        argument["timeout"] = request.integer("timeout", 0)
    return request.client.call_notify("files/list_folder/longpoll", argument, request.options)


def _first_page(request: V1Request) -> JsonObject:
    argument = {
        "path": request.params.get("path_prefix", "").rstrip("/"),
        "recursive": True,
        "include_media_info": request.flag("include_media_info"),
    }
    try:
        page = request.client.call("files/list_folder", argument)
    except RouteError as error:
        if not error.has_tag("not_found"):
            raise
        return {"entries": [], "reset": True, "cursor": _INITIAL_CURSOR, "has_more": False}
    return _v1_page(request, page, reset=True)


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
