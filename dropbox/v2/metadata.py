"""Metadata of version 2 as version 1 has it.

What version 2 doesn't tell is made up from what it does: a file's `revision` is in its rev; folders
and deletions have no revision, so theirs is 0, and their rev stays the same for as long as they do.
"""

from __future__ import annotations

import json
import mimetypes
from datetime import datetime, timezone
from email.utils import format_datetime
from hashlib import sha256
from typing import Any

_NAMESPACE_DIGITS = 8
_REV_DIGITS = 9
_UNITS = ("KB", "MB", "GB", "TB")
_DEFAULT_TYPE = "application/octet-stream"
_ICONS = {
    "image": "page_white_picture",
    "video": "page_white_film",
    "audio": "page_white_sound",
    "text": "page_white_text",
}
_THUMBNAILED = ("image/jpeg", "image/png", "image/tiff", "image/gif", "image/bmp")
_THUMBNAIL_LIMIT_BYTES = 20 * 1024 * 1024


def metadata(told: dict[str, Any], root: str) -> dict[str, Any]:
    """The metadata of a file, folder or deletion.

    Args:
        told: as version 2 tells it; without a tag it is a file's.
        root: `dropbox` or `app_folder`.
    """
    kind = told.get(".tag") or ("file" if "rev" in told else "folder")
    path = told.get("path_display") or told.get("path_lower") or f"/{told['name']}"
    fields = {"path": path, "root": root, "bytes": 0, "size": "0 bytes", "thumb_exists": False}
    if kind == "file":
        return fields | _file(told)
    unknown = {"rev": _made_up_rev(told), "revision": 0, "modified": date(0)}
    if kind == "folder":
        return fields | unknown | {"is_dir": True, "icon": "folder"}
    mime_type = _mime_type(told["name"])
    gone = {"is_dir": False, "is_deleted": True, "icon": _icon(mime_type), "mime_type": mime_type}
    return fields | unknown | gone | {"client_mtime": date(-1)}


def root_metadata(root: str) -> dict[str, Any]:
    """The metadata of the root folder, which version 2 has none of."""
    shown = {"path": "/", "root": root, "bytes": 0, "size": "0 bytes", "thumb_exists": False}
    return shown | {"is_dir": True, "icon": "folder"}


def deleted(shown: dict[str, Any]) -> dict[str, Any]:
    """The metadata of what was just deleted."""
    return shown | {"is_deleted": True, "bytes": 0, "size": "0 bytes", "thumb_exists": False}


def listing_hash(folder: dict[str, Any], contents: list[dict[str, Any]]) -> str:
    """32 digits that change if and only if something shown changes."""
    return sha256(json.dumps([folder, contents], sort_keys=True).encode()).hexdigest()[:32]


def date(when_s: float) -> str:
    """A time in seconds since 1970 as version 1 writes it, `Sat, 21 Aug 2010 22:31:20 +0000`."""
    return format_datetime(datetime.fromtimestamp(when_s, timezone.utc))


def redated(stamp: str) -> str:
    """A time of version 2 as version 1 writes it."""
    when = datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    return date(when.timestamp())


def size_text(size_bytes: int) -> str:
    """A size for people: below 1024 in bytes, then to one decimal, base 1024."""
    if size_bytes < 1024:
        return f"{size_bytes} bytes"
    size, unit = size_bytes / 1024, 0
    while size >= 1023.95 and unit < len(_UNITS) - 1:
        size, unit = size / 1024, unit + 1
    text = f"{int(size * 10 + 0.5) / 10:.1f}".removesuffix(".0")
    return f"{text} {_UNITS[unit]}"


def _file(told: dict[str, Any]) -> dict[str, Any]:
    mime_type = _mime_type(told["name"])
    return {
        "bytes": told["size"],
        "size": size_text(told["size"]),
        "is_dir": False,
        "rev": told["rev"],
        "revision": int(told["rev"][:-_NAMESPACE_DIGITS] or "0", 16),
        "modified": redated(told["server_modified"]),
        "client_mtime": redated(told["client_modified"]),
        "mime_type": mime_type,
        "icon": _icon(mime_type),
        "thumb_exists": mime_type in _THUMBNAILED and told["size"] <= _THUMBNAIL_LIMIT_BYTES,
        **({"content_hash": told["content_hash"]} if "content_hash" in told else {}),
        **_media(told.get("media_info"), mime_type),
    }


def _media(told: dict[str, Any] | None, mime_type: str) -> dict[str, Any]:
    name = "video_info" if mime_type.startswith("video/") else "photo_info"
    if told is None:
        return {}
    if told[".tag"] == "pending":
        return {name: "pending"}
    media = told["metadata"]
    taken, place = media.get("time_taken"), media.get("location")
    info: dict[str, Any] = {
        "time_taken": redated(taken) if taken else None,
        "lat_long": [place["latitude"], place["longitude"]] if place else None,
    }
    if name == "video_info":
        info["duration"] = media.get("duration")
    return {name: info}


def _mime_type(name: str) -> str:
    return mimetypes.guess_type(name, strict=False)[0] or _DEFAULT_TYPE


def _icon(mime_type: str) -> str:
    return _ICONS.get(mime_type.partition("/")[0], "page_white")


def _made_up_rev(told: dict[str, Any]) -> str:
    known = told.get("id") or told.get("path_lower") or told["name"]
    return sha256(str(known).encode()).hexdigest()[:_REV_DIGITS]
