"""Responses of version 2: the JSON of files and folders, ids and times."""

from __future__ import annotations

import json
import struct
from datetime import datetime, timezone
from functools import lru_cache
from typing import TYPE_CHECKING

from flask import Response

from fakebox.core.path_rules import fold
from fakebox.core.signed import decode_base64url, encode_base64url

if TYPE_CHECKING:
    from fakebox.core.entry import Entry
    from fakebox.media.images import Description
    from fakebox.v2.schema import JSONObject, JSONValue

JSON = "application/json"
_FILE_ID = struct.Struct(">Qq")
_LONGPOLL = "files/list_folder/longpoll"
# Routes whose JSON has no spaces, and its members in alphabetical order. Recorded in 2021 and 2022.
_COMPACT = frozenset({"files/search_v2", "files/search/continue_v2", _LONGPOLL})
# Routes whose errors have this form. That of an upload was quoted in 2026.
_COMPACT_ERRORS = _COMPACT | {"files/upload"}


def json_response(value: JSONValue, status: int = 200) -> Response:
    """Return a response with a JSON body."""
    return Response(json.dumps(value), status, content_type=JSON)


def result(value: JSONValue, route: str) -> Response:
    """Return the response with the result of a route, in the form of JSON that the route has."""
    if route not in _COMPACT:
        return json_response(value)
    end = "\n" if route == _LONGPOLL else ""
    return Response(f"{_compact(value)}{end}", content_type=JSON)


def error(response: Response, route: str) -> Response:
    """Return the response with an error of a route, in the form of JSON that the route has."""
    if route in _COMPACT_ERRORS and response.content_type == JSON:
        response.set_data(_compact(response.get_json()))
    return response


def _compact(value: JSONValue) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def header(value: JSONValue) -> str:
    """Return JSON as the value of a header, in ASCII."""
    return json.dumps(value)


def plain(text: str, status: int) -> Response:
    """Return a response with a text as its body."""
    return Response(text, status, content_type="text/plain; charset=utf-8")


@lru_cache(maxsize=4096)
def file_id(namespace_id: int, number: int) -> str:
    """Format the id of a file or folder: `id:` and 22 characters.

    Args:
        namespace_id: the namespace of its account.
        number: its file id within the account.
    """
    return "id:" + encode_base64url(_FILE_ID.pack(namespace_id, number))


def parse_file_id(text: str, namespace_id: int) -> int | None:
    """Parse the id of a file or folder.

    Args:
        text: the id as a client sent it.
        namespace_id: the namespace of the caller's account.

    Returns:
        The file id within the account; `None` if the text is not an id of this namespace.
    """
    try:
        owner, number = _FILE_ID.unpack(decode_base64url(text.removeprefix("id:")))
    except (struct.error, ValueError):
        return None
    return int(number) if owner == namespace_id else None


@lru_cache(maxsize=4096)
def date(when_s: int) -> str:
    """Format a time, given in seconds since 1970."""
    # On some systems, %Y of strftime omits the leading zeros of a year.
    when = datetime.fromtimestamp(when_s, timezone.utc).replace(tzinfo=None)
    return f"{when.isoformat(timespec='seconds')}Z"


def root_info(root_id: int, home_id: int) -> JSONObject:
    """Return the root and the home of an account that is in no team space."""
    return {
        ".tag": "user",
        "root_namespace_id": str(root_id),
        "home_namespace_id": str(home_id),
    }


def metadata(entry: Entry) -> JSONObject:
    """Return the metadata of a file or folder without its tag."""
    shown = tagged(entry)
    del shown[".tag"]
    return shown


def tagged(entry: Entry) -> JSONObject:
    """Return the metadata of a file, a folder or a deleted entry, with its tag."""
    return deleted(entry.path) if entry.is_deleted else _existing(entry)


def explicit_members(entry: Entry) -> JSONObject:
    """Return the flag for the explicit members of a file, which no file has."""
    is_file = not (entry.is_folder or entry.is_deleted)
    return {"has_explicit_shared_members": False} if is_file else {}


def deleted(path: str) -> JSONObject:
    """Return the metadata of a deleted entry."""
    return {".tag": "deleted", **_names(path)}


def lower(path: str) -> str:
    """Return a path in the form that is compared, as in `path_lower`."""
    # No character composes with a slash, so the result is that of each name.
    return fold(path)


def media_info(photo: Description) -> JSONObject:
    """Return the media info of a photo."""
    payload: JSONObject = {
        ".tag": "photo",
        "dimensions": {"height": photo.height, "width": photo.width},
    }
    if photo.lat_long:
        payload["location"] = {"latitude": photo.lat_long[0], "longitude": photo.lat_long[1]}
    if photo.time_taken_s is not None:
        payload["time_taken"] = date(photo.time_taken_s)
    return {".tag": "metadata", "metadata": payload}


def _existing(entry: Entry) -> JSONObject:
    identified: JSONObject = {
        **_names(entry.path),
        "id": file_id(entry.namespace_id, entry.file_id),
    }
    if entry.is_folder:
        return {".tag": "folder", **identified}
    return {
        ".tag": "file",
        **identified,
        "client_modified": date(entry.client_mtime_s),
        "server_modified": date(entry.modified_s),
        "rev": entry.timestamp_rev,
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
