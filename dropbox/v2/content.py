"""Calls that upload and download, sent to version 2."""

from __future__ import annotations

import json
import time

from dropbox.errors import ErrorResponse
from dropbox.json_response import JsonObject
from dropbox.response import RESTResponse
from dropbox.v2.errors import RouteError, v1_error
from dropbox.v2.metadata import format_date
from dropbox.v2.v1_request import V1Request

_THUMBNAIL_SIZES = {
    "small": "w32h32",
    "medium": "w64h64",
    "large": "w128h128",
    "xs": "w32h32",
    "s": "w64h64",
    "m": "w128h128",
    "l": "w640h480",
    "xl": "w1024h768",
}
# The lifetime that version 1 reports; version 2 keeps an upload session for a week.
_UPLOAD_LIFETIME_S = 48 * 60 * 60


def download(request: V1Request) -> RESTResponse:
    """Download a file; its metadata is in the header `x-dropbox-metadata`."""
    if not request.path:
        raise v1_error(404, "File not found")
    argument = {"path": f"rev:{request.rev}" if request.rev else request.path}
    response, entry = request.client.download("files/download", argument, request.headers)
    content_hash = entry.get("content_hash")
    # The hash is the one of the whole file.
    if content_hash and response.status == 200 and isinstance(response, RESTResponse):
        response.expect_content_hash(content_hash)
    return _with_metadata(request, response, entry)


def thumbnails(request: V1Request) -> RESTResponse:
    """Download a thumbnail; the image's metadata is in the header `x-dropbox-metadata`."""
    size = request.params.get("size", "small").lower()
    argument = {
        "resource": {".tag": "path", "path": request.path},
        "size": _THUMBNAIL_SIZES.get(size, size),
        "format": request.params.get("format", "jpeg").lower(),
    }
    response, result = request.client.download("files/get_thumbnail_v2", argument, {})
    return _with_metadata(request, response, result.get("file_metadata", {}))


def files_put(request: V1Request) -> JsonObject:
    """Upload a file in one request."""
    entry = request.client.upload("files/upload", _commit_info(request), request.body)
    return request.v1_metadata(entry)


def chunked_upload(request: V1Request) -> JsonObject:
    """Start an upload session, or append a chunk to one."""
    if request.flag("concurrent"):
        return _concurrent_upload(request)
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

    Version 2 requires the length of the upload, which a request of version 1 does not have, unless
    an upload of the SDK added it. Without it, the first request has a wrong length, and its error
    contains the correct length.
    """
    cursor = {
        "session_id": request.params.get("upload_id", ""),
        "offset": request.integer("length", 0),
    }
    argument = {"cursor": cursor, "commit": _commit_info(request)}
    try:
        entry = request.client.upload("files/upload_session/finish", argument, None)
    except RouteError as error:
        if error.has_tag("lookup_failed") and error.has_tag("not_found"):
            raise v1_error(400, {"upload_id": "No upload with upload_id found."}) from error
        if not error.has_tag("incorrect_offset"):
            raise
        cursor["offset"] = error.union["lookup_failed"]["correct_offset"]
        entry = request.client.upload("files/upload_session/finish", argument, None)
    return request.v1_metadata(entry)


def _concurrent_upload(request: V1Request) -> JsonObject:
    upload_id, offset = request.params.get("upload_id"), request.integer("offset", 0)
    if upload_id is None:
        argument: JsonObject = {"session_type": "concurrent"}
        started = request.client.upload("files/upload_session/start", argument, None)
        return _upload_state(started["session_id"], 0)
    argument = {
        "cursor": {"session_id": upload_id, "offset": offset},
        "close": request.flag("close"),
    }
    request.client.upload("files/upload_session/append_v2", argument, request.body)
    return _upload_state(upload_id, offset + len(request.body))


def _with_metadata(request: V1Request, response: RESTResponse, entry: JsonObject) -> RESTResponse:
    try:
        response.headers["x-dropbox-metadata"] = json.dumps(request.v1_metadata_at_rev(entry))
    except (ErrorResponse, KeyError):
        response.close()
        raise
    return response


def _commit_info(request: V1Request) -> JsonObject:
    parent_rev = request.params.get("parent_rev")
    mode: str | JsonObject = "overwrite" if request.flag("overwrite") else "add"
    if parent_rev:
        mode = {".tag": "update", "update": parent_rev}
    return {
        "path": request.path,
        "mode": mode,
        "autorename": request.params.get("autorename", "true").lower() != "false",
        # Version 1 renames an upload even if the file that exists has the same content.
        "strict_conflict": mode == "add",
    }


def _chunk_error(error: RouteError, upload_id: str, offset: int) -> Exception:
    if not error.has_tag("incorrect_offset"):
        return error
    expected = error.union["correct_offset"]
    message = f"Submitted input out of alignment: got [{offset}] expected [{expected}]"
    return v1_error(400, message, **_upload_state(upload_id, expected))


def _upload_state(upload_id: str, offset: int) -> JsonObject:
    expires = format_date(time.time() + _UPLOAD_LIFETIME_S)
    return {"upload_id": upload_id, "offset": offset, "expires": expires}
