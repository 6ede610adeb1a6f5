"""Sending and fetching files."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from dropbox.errors import ErrorResponse
from dropbox.v2.errors import Answer, Failed, refusal
from dropbox.v2.metadata import date

if TYPE_CHECKING:
    from dropbox.response import RESTResponse
    from dropbox.v2.v1_request import Asked

# As version 1 gave an upload; version 2 keeps one for a week.
_UPLOAD_LIFETIME_S = 48 * 60 * 60
_SIZES = {
    "small": "w32h32",
    "medium": "w64h64",
    "large": "w128h128",
    "xs": "w32h32",
    "s": "w64h64",
    "m": "w128h128",
    "l": "w640h480",
    "xl": "w1024h768",
}


def files(asked: Asked) -> RESTResponse:
    """A file's bytes, with its metadata beside them."""
    if not asked.path:
        raise refusal(404, "File not found")
    wish = {"path": f"rev:{asked.rev}" if asked.rev else asked.path}
    response, told = asked.wire.download("files/download", wish, asked.headers)
    return _with_metadata(asked, response, told)


def thumbnails(asked: Asked) -> RESTResponse:
    """A small version of a picture, with the picture's metadata beside it."""
    size = asked.params.get("size", "small").lower()
    wish = {
        "resource": {".tag": "path", "path": asked.path},
        "size": _SIZES.get(size, size),
        "format": asked.params.get("format", "jpeg").lower(),
    }
    response, told = asked.wire.download("files/get_thumbnail_v2", wish, {})
    return _with_metadata(asked, response, told.get("file_metadata", {}))


def files_put(asked: Asked) -> dict[str, Any]:
    """Have the body stand at a path."""
    return asked.shown(asked.wire.upload("files/upload", _commit(asked), asked.body))


def chunked_upload(asked: Asked) -> dict[str, Any]:
    """Begin a session, or add to it."""
    upload_id, offset = asked.params.get("upload_id"), asked.number("offset", 0)
    length = len(asked.body)
    if upload_id is None:
        begun = asked.wire.upload("files/upload_session/start", {}, asked.body)
        return _progress(begun["session_id"], length)
    cursor = {"session_id": upload_id, "offset": offset}
    try:
        asked.wire.upload("files/upload_session/append_v2", {"cursor": cursor}, asked.body)
    except Failed as error:
        raise _refused_chunk(error, upload_id, offset) from error
    return _progress(upload_id, offset + length)


def commit_chunked_upload(asked: Asked) -> dict[str, Any]:
    """Have an upload stand at a path.

    Version 2 wants to be told how long it is, and version 1 never says; asked with a wrong length,
    version 2 tells the right one.
    """
    cursor = {"session_id": asked.params.get("upload_id", ""), "offset": 0}
    wish = {"cursor": cursor, "commit": _commit(asked)}
    try:
        told = asked.wire.upload("files/upload_session/finish", wish, b"")
    except Failed as error:
        if error.has("lookup_failed") and error.has("not_found"):
            raise refusal(400, {"upload_id": "No upload with upload_id found."}) from error
        if not error.has("incorrect_offset"):
            raise
        cursor["offset"] = error.union["lookup_failed"]["correct_offset"]
        told = asked.wire.upload("files/upload_session/finish", wish, b"")
    return asked.shown(told)


def _commit(asked: Asked) -> dict[str, Any]:
    parent_rev = asked.params.get("parent_rev")
    mode: Any = "overwrite" if asked.flag("overwrite") else "add"
    if parent_rev:
        mode = {".tag": "update", "update": parent_rev}
    # Version 1 renames even what is the same byte for byte.
    is_strict = mode == "add"
    autorename = asked.params.get("autorename", "true").lower() != "false"
    return {
        "path": asked.path,
        "mode": mode,
        "autorename": autorename,
        "strict_conflict": is_strict,
    }


def _refused_chunk(error: Failed, upload_id: str, offset: int) -> ErrorResponse:
    if not error.has("incorrect_offset"):
        return error
    expected = error.union["correct_offset"]
    text = f"Submitted input out of alignment: got [{offset}] expected [{expected}]"
    return ErrorResponse(Answer(400, {"error": text, **_progress(upload_id, expected)}))


def _progress(upload_id: str, offset: int) -> dict[str, Any]:
    expires = date(time.time() + _UPLOAD_LIFETIME_S)
    return {"upload_id": upload_id, "offset": offset, "expires": expires}


def _with_metadata(asked: Asked, response: RESTResponse, told: dict[str, Any]) -> RESTResponse:
    try:
        response.headers["x-dropbox-metadata"] = json.dumps(asked.shown_at_rev(told))
    except (ErrorResponse, KeyError):
        response.close()
        raise
    return response
