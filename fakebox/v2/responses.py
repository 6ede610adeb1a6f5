"""What version 2 tells of files and folders: the only place where its JSON is made."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from flask import Response

from fakebox.core.path_rules import fold
from fakebox.v2.ids import file_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fakebox.core.entry import Entry

JSON = "application/json"


def json_response(value: Any, status: int = 200) -> Response:
    """A value as an answer."""
    return Response(json.dumps(value), status, content_type=JSON)


def header(value: Any) -> str:
    """A value as a header holds it: in ASCII."""
    return json.dumps(value)


def plain(text: str, status: int) -> Response:
    """A text as an answer."""
    return Response(text, status, content_type="text/plain; charset=utf-8")


def date(when_s: int) -> str:
    """A time, given in seconds since 1970."""
    # Not by strftime, whose %Y leaves out a year's leading zeros on some systems.
    when = datetime.fromtimestamp(when_s, timezone.utc).replace(tzinfo=None)
    return f"{when.isoformat(timespec='seconds')}Z"


def metadata(entry: Entry) -> dict[str, Any]:
    """A file or folder of a known kind, without a tag."""
    shown = tagged(entry)
    del shown[".tag"]
    return shown


def tagged(entry: Entry) -> dict[str, Any]:
    """A file, folder or deletion with its tag."""
    return deleted(entry.path) if entry.is_deleted else _standing(entry)


def metadata_of(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Files, folders and deletions with their tags."""
    return [tagged(entry) for entry in entries]


def deleted(path: str) -> dict[str, Any]:
    """What is told of a path where nothing stands any more."""
    return {".tag": "deleted", **_names(path)}


def lower(path: str) -> str:
    """The path as it is compared."""
    return "/".join(fold(name) for name in path.split("/"))


def _standing(entry: Entry) -> dict[str, Any]:
    identified = {**_names(entry.path), "id": file_id(entry.namespace_id, entry.file_id)}
    if entry.is_folder:
        return {".tag": "folder", **identified}
    return {
        ".tag": "file",
        **identified,
        "client_modified": date(entry.client_mtime_s),
        "server_modified": date(entry.modified_s),
        "rev": entry.rev,
        "size": entry.size_bytes,
        "is_downloadable": True,
        "content_hash": entry.content,
    }


def _names(path: str) -> dict[str, str]:
    return {
        "name": path.rpartition("/")[2],
        "path_lower": lower(path),
        "path_display": path,
    }
