"""Calls that upload, sent to version 2."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from dropbox.v2.errors import RouteError, v1_error
from dropbox.v2.metadata import format_date

if TYPE_CHECKING:
    from dropbox.errors import ErrorResponse
    from dropbox.json_response import JsonObject
    from dropbox.v2.v1_request import V1Request

# The lifetime that version 1 reports; version 2 keeps an upload session for a week.
_UPLOAD_LIFETIME_S = 48 * 60 * 60


def files_put(request: V1Request) -> JsonObject:
    """Upload a file in one request."""
    entry = request.client.upload("files/upload", _commit_info(request), request.body)
    return request.v1_metadata(entry)


def chunked_upload(request: V1Request) -> JsonObject:
    """Start an upload session, or append a chunk to one."""
    upload_id, offset = request.params.get("upload_id"), request.integer("offset", 0)
    length = len(request.body)
    if upload_id is None:
        started = request.client.upload("files/upload_session/start", {}, request.body)
        return _upload_state(started["session_id"], length)
    argument = {"cursor": {"session_id": upload_id, "offset": offset}}
    try:
        request.client.upload("files/upload_session/append_v2", argument, request.body)
    except RouteError as error:
        raise _chunk_error(error, upload_id, offset) from error
    return _upload_state(upload_id, offset + length)


def commit_chunked_upload(request: V1Request) -> JsonObject:
    """Finish an upload session.

    Version 2 requires the length of the upload, which a request of version 1 does not have. The
    first request has a wrong length, and the error for it has the right one.
    """
    cursor = {"session_id": request.params.get("upload_id", ""), "offset": 0}
    argument = {"cursor": cursor, "commit": _commit_info(request)}
    try:
        entry = request.client.upload("files/upload_session/finish", argument, b"")
    except RouteError as error:
        if error.has_tag("lookup_failed") and error.has_tag("not_found"):
            raise v1_error(400, {"upload_id": "No upload with upload_id found."}) from error
        if not error.has_tag("incorrect_offset"):
            raise
        cursor["offset"] = error.union["lookup_failed"]["correct_offset"]
        entry = request.client.upload("files/upload_session/finish", argument, b"")
    return request.v1_metadata(entry)


def _commit_info(request: V1Request) -> JsonObject:
    parent_rev = request.params.get("parent_rev")
    mode: Any = "overwrite" if request.flag("overwrite") else "add"
    if parent_rev:
        mode = {".tag": "update", "update": parent_rev}
    return {
        "path": request.path,
        "mode": mode,
        "autorename": request.params.get("autorename", "true").lower() != "false",
        # Version 1 renames an upload even if the file that exists has the same content.
        "strict_conflict": mode == "add",
    }


def _chunk_error(error: RouteError, upload_id: str, offset: int) -> ErrorResponse:
    if not error.has_tag("incorrect_offset"):
        return error
    expected = error.union["correct_offset"]
    message = f"Submitted input out of alignment: got [{offset}] expected [{expected}]"
    return v1_error(400, message, **_upload_state(upload_id, expected))


def _upload_state(upload_id: str, offset: int) -> JsonObject:
    expires = format_date(time.time() + _UPLOAD_LIFETIME_S)
    return {"upload_id": upload_id, "offset": offset, "expires": expires}
