"""What version 2 refuses, in the statuses and words that version 1's callers know."""

from __future__ import annotations

import json
from typing import Any

from dropbox.errors import ErrorResponse

# From the most special to the most general; a summary is matched by its parts.
_STATUSES: tuple[tuple[str, int, str], ...] = (
    ("reset", 400, "Invalid cursor"),
    ("invalid_revision", 404, "Unable to find the revision at that path"),
    ("invalid_copy_reference", 404, "Copy reference not found."),
    ("duplicated_or_nested_paths", 403, "You cannot move a folder into itself"),
    ("too_many_files", 406, "There are too many files involved in this operation."),
    ("too_many_write_operations", 503, "Too many write operations; try again."),
    ("insufficient_space", 503, "Dropbox was unable to complete this action: it is full."),
    ("insufficient_quota", 503, "Dropbox was unable to complete this action: it is full."),
    ("unsupported_extension", 404, "No thumbnail available for the file type"),
    ("unsupported_image", 415, "The image is invalid and cannot be thumbnailed."),
    ("conversion_error", 415, "The image is invalid and cannot be thumbnailed."),
    ("payload_too_large", 413, "The body is too long; use chunked_upload"),
    ("no_write_permission", 403, "There is no permission to write there."),
    ("file_ancestor", 400, "The path leads through a file"),
    ("conflict", 403, "Something stands there already"),
    ("disallowed_name", 400, "The name is one that Dropbox doesn't store"),
    ("malformed_path", 400, "The path is malformed"),
    ("not_file", 404, "File not found"),
    ("not_found", 404, "Path not found"),
)


class Failed(ErrorResponse):
    """A route's own error, already in version 1's shape.

    Attributes:
        tags: the tags of version 2's union, from the outermost in.
        union: the union's value.
    """

    def __init__(self, response: Any, tags: list[str], union: dict[str, Any]) -> None:
        super().__init__(response)
        self.tags: list[str] = tags
        self.union: dict[str, Any] = union

    def has(self, tag: str) -> bool:
        """Whether one of its tags is this one."""
        return tag in self.tags


class Answer:
    """A response of version 1 that no server has sent.

    Args:
        status: its status.
        body: what its JSON is made from.
        headers: those of the answer that it stands for.
    """

    def __init__(self, status: int, body: Any, headers: Any = None) -> None:
        self.status: int = status
        self.reason: str | None = None
        self.headers: Any = {} if headers is None else headers
        self._body = json.dumps(body).encode()

    def read(self) -> bytes:
        """The body."""
        return self._body


def refusal(status: int, error: Any, **fields: Any) -> ErrorResponse:
    """The error of version 1 with this status, whose body has these fields."""
    return ErrorResponse(Answer(status, {"error": error, **fields}))


def failed(error: ErrorResponse) -> ErrorResponse:
    """What version 1 would have raised."""
    body = error.body
    if error.status == 409 and isinstance(body, dict) and isinstance(body.get("error"), dict):
        tags = [tag for tag in str(body.get("error_summary", "")).split("/") if tag.strip(".")]
        status, text = _told(tags)
        answer = Answer(status, {"error": text}, error.headers)
        return Failed(answer, tags, body["error"])
    if isinstance(body, dict) and "error_summary" in body:
        return ErrorResponse(Answer(error.status, {"error": body["error_summary"]}, error.headers))
    if error.status == 400 and isinstance(body, str):
        return ErrorResponse(Answer(400, {"error": body}, error.headers))
    return error


def _told(tags: list[str]) -> tuple[int, str]:
    for tag, status, text in _STATUSES:
        if tag in tags:
            return status, text
    return 400, "/".join(tags)
