"""Errors of version 2, converted to the statuses and messages of version 1."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dropbox.errors import ErrorResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dropbox.json_response import JsonObject

# Tag of a version 2 error, status and message. If an error has several of
# these tags, the first one in the table is used, so specific tags come before general tags.
_V1_ERRORS: tuple[tuple[str, int, str], ...] = (
    ("reset", 400, "Invalid cursor"),
    ("invalid_revision", 404, "Unable to find the revision at that path"),
    ("invalid_copy_reference", 404, "Copy reference not found."),
    ("duplicated_or_nested_paths", 403, "You cannot move a folder into itself"),
    ("too_many_files", 406, "There are too many files involved in this operation."),
    ("too_many_write_operations", 503, "Too many write operations; try again."),
    ("insufficient_space", 503, "There is not enough space left in the Dropbox."),
    ("insufficient_quota", 503, "There is not enough space left in the Dropbox."),
    ("unsupported_extension", 404, "No thumbnail available for the file type"),
    ("unsupported_image", 415, "The image is invalid and cannot be thumbnailed."),
    ("conversion_error", 415, "The image is invalid and cannot be thumbnailed."),
    ("payload_too_large", 413, "The body is too large; use chunked_upload."),
    ("no_write_permission", 403, "There is no permission to write to this path."),
    ("file_ancestor", 400, "A parent of the path is a file."),
    ("conflict", 403, "There is already a file or folder at this path."),
    ("disallowed_name", 400, "Dropbox does not allow this name."),
    ("malformed_path", 400, "The path is malformed."),
    ("not_file", 404, "File not found"),
    ("not_found", 404, "Path not found"),
)


class RouteError(ErrorResponse):
    """An error that a route of version 2 reports (status 409), with a status of version 1.

    Attributes:
        tags: the tags of the error's union, the outermost first.
        union: the value of the union.
    """

    def __init__(self, response: V1Response, tags: list[str], union: JsonObject) -> None:
        super().__init__(response)
        self.tags: list[str] = tags
        self.union: JsonObject = union

    def has_tag(self, tag: str) -> bool:
        """Return whether the error has a tag.

        Args:
            tag: the tag, such as `not_found`.
        """
        return tag in self.tags


class V1Response:
    """A response of version 1, made from a response of version 2.

    Args:
        status: the HTTP status.
        body: the value that the JSON body encodes.
        headers: the headers of the response of version 2.
    """

    def __init__(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> None:
        self.status: int = status
        self.reason: str | None = None
        self.headers: Mapping[str, str] = {} if headers is None else headers
        self._body = json.dumps(body).encode()

    def read(self) -> bytes:
        """Return the body."""
        return self._body


def v1_error(status: int, message: object, **fields: object) -> ErrorResponse:
    """Make an error of version 1.

    Args:
        status: the HTTP status.
        message: the field `error` of the body.
        fields: more fields of the body.
    """
    return ErrorResponse(V1Response(status, {"error": message, **fields}))


def to_v1_error(error: ErrorResponse) -> ErrorResponse:
    """Convert an error of version 2 to an error of version 1.

    Args:
        error: the error of version 2.

    Returns:
        A `RouteError` if the route reported the error; otherwise an error with the same status.
    """
    body = error.body
    if error.status == 409 and isinstance(body, dict) and isinstance(body.get("error"), dict):
        tags = [tag for tag in str(body.get("error_summary", "")).split("/") if tag.strip(".")]
        status, message = _status_and_message(tags)
        return RouteError(
            V1Response(status, {"error": message}, error.headers), tags, body["error"]
        )
    if isinstance(body, dict) and "error_summary" in body:
        message = body["error_summary"]
    elif error.status == 400 and isinstance(body, str):
        message = body
    else:
        return error
    return ErrorResponse(V1Response(error.status, {"error": message}, error.headers))


def _status_and_message(tags: list[str]) -> tuple[int, str]:
    for tag, status, message in _V1_ERRORS:
        if tag in tags:
            return status, message
    return 400, "/".join(tags)
