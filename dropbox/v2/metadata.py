"""Metadata of version 2, converted to metadata of version 1.

A file's `revision` is contained in its `rev`. Version 2 has no revisions of folders and deletions:
their `revision` is 0, and their `rev` is derived from the id or path, so it does not change.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from email.utils import format_datetime
from hashlib import sha256
from unicodedata import normalize

from dropbox.json_response import JsonObject
from dropbox.v2.file_types import file_type_of, folder_icon, has_thumbnail

_NAMESPACE_DIGITS = 8
_REV_DIGITS = 9
_UNITS = ("KB", "MB", "GB", "TB")
_NO_CONTENT: JsonObject = {"bytes": 0, "size": "0 bytes", "thumb_exists": False}


def to_v1_metadata(entry: JsonObject, root: str) -> JsonObject:
    """Convert the metadata of a file, folder or deletion.

    Args:
        entry: the metadata of version 2; without `.tag`, of a file or folder.
        root: `dropbox` or `app_folder`.
    """
    tag = entry.get(".tag") or ("file" if "rev" in entry else "folder")
    path = entry.get("path_display") or entry.get("path_lower") or f"/{entry['name']}"
    fields = {"path": path, "root": root, **_NO_CONTENT}
    if tag == "file":
        return fields | _file_fields(entry)
    fields |= {"rev": _derived_rev(entry), "revision": 0, "modified": format_date(0)}
    if tag == "folder":
        # The path in an app folder is not the path in the whole Dropbox.
        icon = folder_icon(path) if root == "dropbox" else "folder"
        return fields | {"is_dir": True, "icon": icon}
    return fields | {
        "is_dir": False,
        "is_deleted": True,
        **file_type_of(entry["name"])._asdict(),
        "client_mtime": format_date(-1),
    }


def is_same_path(one: str, another: str) -> bool:
    """Whether two paths differ only in the case or the composition of their letters."""
    return _in_lower_case(one) == _in_lower_case(another)


def root_metadata(root: str) -> JsonObject:
    """Return the metadata of the root folder, which version 2 does not have.

    Args:
        root: as for `to_v1_metadata`.
    """
    return {"path": "/", "root": root, **_NO_CONTENT, "is_dir": True, "icon": "folder"}


def as_deleted(metadata: JsonObject) -> JsonObject:
    """Return the metadata of an entry after its deletion.

    Args:
        metadata: the metadata of version 1 before the deletion.
    """
    return metadata | {"is_deleted": True, **_NO_CONTENT}


def listing_hash(folder: JsonObject, contents: list[JsonObject]) -> str:
    """Return 32 hexadecimal digits that change whenever the listing of a folder changes.

    Args:
        folder: the metadata of the folder.
        contents: the metadata of its entries.
    """
    return sha256(json.dumps([folder, contents], sort_keys=True).encode()).hexdigest()[:32]


def format_date(timestamp_s: float) -> str:
    """Format a time as version 1 does, such as `Sat, 21 Aug 2010 22:31:20 +0000`.

    Args:
        timestamp_s: the time, in seconds since 1970.
    """
    return format_datetime(datetime.fromtimestamp(timestamp_s, timezone.utc))


def convert_date(text: str) -> str:
    """Convert a time from the format of version 2 to the format of version 1.

    Args:
        text: the time, such as `2010-08-21T22:31:20Z`.
    """
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    return format_date(moment.timestamp())


def format_size(size_bytes: int) -> str:
    """Format a size as version 1 does: in bytes below 1024, else with one decimal, base 1024.

    Args:
        size_bytes: the size, in bytes.
    """
    if size_bytes < 1024:
        return f"{size_bytes} bytes"
    size, unit = size_bytes / 1024, 0
    while size >= 1023.95 and unit < len(_UNITS) - 1:
        size, unit = size / 1024, unit + 1
    text = f"{int(size * 10 + 0.5) / 10:.1f}".removesuffix(".0")
    return f"{text} {_UNITS[unit]}"


def _in_lower_case(path: str) -> str:
    # The service replaces each letter alone; `str.lower` also looks at the letters around it.
    return "".join(letter.lower() for letter in normalize("NFC", path))


def _file_fields(entry: JsonObject) -> JsonObject:
    mime_type, icon = file_type_of(entry["name"])
    return {
        "bytes": entry["size"],
        "size": format_size(entry["size"]),
        "is_dir": False,
        "rev": entry["rev"],
        "revision": int(entry["rev"][:-_NAMESPACE_DIGITS] or "0", 16),
        "modified": convert_date(entry["server_modified"]),
        "client_mtime": convert_date(entry["client_modified"]),
        "mime_type": mime_type,
        "icon": icon,
        "thumb_exists": has_thumbnail(entry["name"], entry["size"]),
        **({"content_hash": entry["content_hash"]} if "content_hash" in entry else {}),
        **_media_fields(entry.get("media_info"), mime_type),
    }


def _media_fields(media_info: JsonObject | None, mime_type: str) -> JsonObject:
    name = "video_info" if mime_type.startswith("video/") else "photo_info"
    if media_info is None:
        return {}
    if media_info[".tag"] == "pending":
        return {name: "pending"}
    media = media_info["metadata"]
    time_taken, location = media.get("time_taken"), media.get("location")
    info: JsonObject = {
        "time_taken": convert_date(time_taken) if time_taken else None,
        "lat_long": [location["latitude"], location["longitude"]] if location else None,
    }
    if name == "video_info":
        info["duration"] = media.get("duration")
    return {name: info}


def _derived_rev(entry: JsonObject) -> str:
    identity = entry.get("id") or entry.get("path_lower") or entry["name"]
    return sha256(str(identity).encode()).hexdigest()[:_REV_DIGITS]
