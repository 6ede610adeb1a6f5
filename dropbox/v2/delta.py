"""What has changed since a program last looked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dropbox.v2.errors import Failed

if TYPE_CHECKING:
    from dropbox.v2.v1_request import Asked

# Version 2 has no cursor for a folder that isn't there; one that begins again does instead.
_BEGIN = "begin"


def delta(asked: Asked) -> dict[str, Any]:
    """The changes since a cursor; a prefix belongs to the cursor that was made with it."""
    cursor = asked.params.get("cursor") or _BEGIN
    if cursor == _BEGIN:
        return _first(asked)
    try:
        page = asked.wire.call("files/list_folder/continue", {"cursor": cursor})
    except Failed as error:
        if error.has("reset") or error.has("not_found"):
            return _first(asked)
        raise
    return _told(asked, page, reset=False)


def longpoll_delta(asked: Asked) -> dict[str, Any]:
    """Whether there is news."""
    wish: dict[str, Any] = {"cursor": asked.params.get("cursor", "")}
    if "timeout" in asked.params:
        wish["timeout"] = asked.number("timeout", 0)
    told: dict[str, Any] = asked.wire.notify("files/list_folder/longpoll", wish, **asked.options)
    return told


def _first(asked: Asked) -> dict[str, Any]:
    path = asked.params.get("path_prefix", "").rstrip("/")
    wish = {
        "path": path,
        "recursive": True,
        "include_media_info": asked.flag("include_media_info"),
    }
    try:
        page = asked.wire.call("files/list_folder", wish)
    except Failed as error:
        if not error.has("not_found"):
            raise
        return {"entries": [], "reset": True, "cursor": _BEGIN, "has_more": False}
    return _told(asked, page, reset=True)


def _told(asked: Asked, page: dict[str, Any], *, reset: bool) -> dict[str, Any]:
    entries = [
        [entry["path_lower"], None if entry[".tag"] == "deleted" else asked.shown(entry)]
        for entry in page["entries"]
    ]
    return {
        "entries": entries,
        "reset": reset,
        "cursor": page["cursor"],
        "has_more": page["has_more"],
    }
