"""What there is, what there was, and where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dropbox.errors import repeated_cursor
from dropbox.v2.errors import refusal
from dropbox.v2.metadata import deleted, listing_hash, redated, root_metadata

if TYPE_CHECKING:
    from dropbox.v2.v1_request import Asked

_REVISIONS_LIMIT = 100
_FOUND_LIMIT = 1000
_LISTED_LIMIT = 25_000
_PAST_LIMIT = 1000
_QUERY_LENGTH = 3


def metadata(asked: Asked) -> dict[str, Any]:
    """A file or folder, with what is in it if that is asked for."""
    limit = _limit(asked, "file_limit", _LISTED_LIMIT)
    told = _entry(asked)
    is_listed = asked.params.get("list", "true").lower() != "false"
    if not told["is_dir"] or not is_listed or told.get("is_deleted"):
        return told
    contents = [asked.shown(entry) for entry in _children(asked)]
    if len(contents) > limit:
        raise refusal(406, f"Folder contains more entries than file_limit ({limit})")
    digest = listing_hash(told, contents)
    if asked.params.get("hash") == digest:
        raise refusal(304, None)
    return {**told, "hash": digest, "contents": contents}


def revisions(asked: Asked) -> list[dict[str, Any]]:
    """What a file was. Of deletions only the last one is known, and of revisions 100 at most."""
    limit = _limit(asked, "rev_limit", _PAST_LIMIT)
    wanted = min(limit, _REVISIONS_LIMIT)
    told = asked.wire.call("files/list_revisions", {"path": asked.path, "limit": wanted})
    shown = [asked.shown(entry) for entry in told["entries"]]
    if told["is_deleted"] and shown:
        gone = deleted(shown[0])
        if stamp := told.get("server_deleted"):
            gone["modified"] = redated(stamp)
        shown.insert(0, gone)
    return shown[:limit]


def restore(asked: Asked) -> dict[str, Any]:
    """Make a file what it was."""
    wish = {"path": asked.path, "rev": asked.rev}
    return asked.shown(asked.wire.call("files/restore", wish))


def search(asked: Asked) -> list[dict[str, Any]]:
    """What has the query in its name; deleted files come after the others."""
    limit = _limit(asked, "file_limit", _FOUND_LIMIT)
    if len(asked.params.get("query", "")) < _QUERY_LENGTH:
        text = f"Query must be at least {_QUERY_LENGTH} characters"
        raise refusal(400, {"query": text})
    found = _found(asked, "active", limit)
    if asked.flag("include_deleted"):
        found += _found(asked, "deleted", limit)
    return found[:limit]


def _limit(asked: Asked, name: str, most: int) -> int:
    # Version 2 has other bounds, or none; callers of version 1 count on these.
    limit = asked.number(name, most)
    if not 1 <= limit <= most:
        raise refusal(400, {name: f"Value must be between 1 and {most}"})
    return limit


def _entry(asked: Asked) -> dict[str, Any]:
    if not asked.path:
        return root_metadata(asked.root)
    wish = {
        "path": f"rev:{asked.rev}" if asked.rev else asked.path,
        "include_deleted": True,
        "include_media_info": asked.flag("include_media_info"),
    }
    return asked.shown_at_rev(asked.wire.call("files/get_metadata", wish))


def _children(asked: Asked) -> list[dict[str, Any]]:
    wish = {"path": asked.path, "include_deleted": asked.flag("include_deleted")}
    page = asked.wire.call("files/list_folder", wish)
    entries: list[dict[str, Any]] = page["entries"]
    cursors = set()
    while page["has_more"]:
        if page["cursor"] in cursors:
            raise repeated_cursor(page["cursor"])
        cursors.add(page["cursor"])
        page = asked.wire.call("files/list_folder/continue", {"cursor": page["cursor"]})
        entries += page["entries"]
    return entries


def _found(asked: Asked, status: str, limit: int) -> list[dict[str, Any]]:
    options = {
        "path": asked.path,
        "max_results": max(1, limit),
        "file_status": status,
        "filename_only": True,
    }
    wish = {"query": asked.params.get("query", ""), "options": options}
    page = asked.wire.call("files/search_v2", wish)
    return [asked.shown(match["metadata"]["metadata"]) for match in page["matches"]]
