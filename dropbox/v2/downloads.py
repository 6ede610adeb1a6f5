"""Calls that download, sent to version 2."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dropbox.errors import ErrorResponse
from dropbox.v2.errors import v1_error

if TYPE_CHECKING:
    from dropbox.json_response import JsonObject
    from dropbox.response import RESTResponse
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


def files(request: V1Request) -> RESTResponse:
    """Download a file; its metadata is in the header `x-dropbox-metadata`."""
    if not request.path:
        raise v1_error(404, "File not found")
    argument = {"path": f"rev:{request.rev}" if request.rev else request.path}
    response, entry = request.client.download("files/download", argument, request.headers)
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


def _with_metadata(request: V1Request, response: RESTResponse, entry: JsonObject) -> RESTResponse:
    try:
        response.headers["x-dropbox-metadata"] = json.dumps(request.v1_metadata_at_rev(entry))
    except (ErrorResponse, KeyError):
        response.close()
        raise
    return response
