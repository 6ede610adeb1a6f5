"""Errors of version 2, converted to the statuses and messages of version 1."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from dropbox.errors import (
    ConflictError,
    ErrorResponse,
    OutOfSpaceError,
    RateLimitError,
)
from dropbox.json_response import JsonObject

_NO_SPACE = "There is not enough space left in the Dropbox."
_NO_THUMBNAIL = "The image is invalid and cannot be thumbnailed."
_NO_VERIFIED_EMAIL = "The e-mail address of the account is not verified."
_LINK_DENIED = "The account may not create links to this file or folder."
_TOO_LARGE = "The body is too large; use chunked_upload."
_TRY_AGAIN = "The service failed; check whether the operation succeeded, and try again."

# Tag of a version 2 error, status and message. These are the tags of all errors that the routes
# used here can report. If an error has several of these tags, the first one in the table is used,
# so specific tags come before general tags.
_V1_ERRORS: tuple[tuple[str, int, str], ...] = (
    # Authorization, for any route.
    ("invalid_access_token", 401, "The access token is invalid or was revoked."),
    ("expired_access_token", 401, "The access token has expired."),
    ("missing_scope", 401, "The access token does not have the required scope."),
    ("user_suspended", 401, "The user is suspended."),
    ("invalid_select_user", 401, "The selected user is not in the team."),
    ("invalid_select_admin", 401, "The selected user is not an administrator of the team."),
    ("route_access_denied", 403, "The call is not available to the public."),
    ("invalid_account_type", 403, "The call is not available to accounts of this type."),
    ("paper_access_denied", 403, "The account has no access to Paper."),
    ("team_access_denied", 403, "The team has no access."),
    ("invalid_root", 400, "The root namespace is invalid."),
    # Cursors, revisions and copy references.
    ("reset", 400, "Invalid cursor"),
    ("invalid_revision", 404, "Unable to find the revision at that path"),
    ("invalid_before_rev", 400, "The revision in before_rev is invalid."),
    ("before_rev_not_supported", 400, "before_rev is not supported here."),
    ("in_progress", 503, "The restore is not complete yet."),
    ("invalid_copy_reference", 404, "Copy reference not found."),
    ("no_permission", 403, "There is no permission to use this copy reference or namespace."),
    # Copies, moves and deletions.
    ("cant_copy_shared_folder", 403, "A shared folder cannot be copied."),
    ("cant_nest_shared_folder", 403, "A shared folder cannot be moved into a shared folder."),
    ("cant_move_folder_into_itself", 403, "You cannot move a folder into itself"),
    ("cant_move_shared_folder", 403, "The shared folder cannot be moved to this path."),
    ("cant_move_into_vault", 403, "The entry cannot be moved into the Vault."),
    ("cant_move_into_family", 403, "The entry cannot be moved into the Family Room."),
    ("cant_transfer_ownership", 403, "The move would transfer the ownership of the folder."),
    ("duplicated_or_nested_paths", 403, "You cannot move a folder into itself"),
    ("internal_error", 500, _TRY_AGAIN),
    # Links.
    ("email_not_verified", 403, _NO_VERIFIED_EMAIL),
    ("not_authorized", 403, "The account may not use these settings of a link."),
    ("invalid_settings", 400, "The settings of the link are invalid."),
    ("shared_link_already_exists", 403, "There is a link already, but it cannot be read."),
    ("access_denied", 403, _LINK_DENIED),
    ("not_allowed", 403, _LINK_DENIED),
    ("permission_denied", 403, _LINK_DENIED),
    ("banned_member", 403, "The account is banned from creating links."),
    ("too_many_shared_folders", 403, "The Dropbox would have too many shared folders."),
    # Limits.
    ("too_many_files", 406, "There are too many files involved in this operation."),
    ("too_many_write_operations", 503, "Too many write operations; try again."),
    ("too_many_requests", 429, "Too many requests; try again."),
    ("insufficient_space", 503, _NO_SPACE),
    ("insufficient_quota", 503, _NO_SPACE),
    ("team_folder_insufficient_space", 503, "There is not enough space left in the team folder."),
    ("team_folder_insufficient_quota", 503, "There is not enough space left in the team folder."),
    ("member_folder_insufficient_space", 503, "There is not enough space left for the member."),
    ("member_folder_insufficient_quota", 503, "There is not enough space left for the member."),
    ("upload_traffic_limit_reached", 403, "The account has reached its monthly upload limit."),
    # Uploads.
    ("payload_too_large", 413, _TOO_LARGE),
    ("too_large", 413, "The file is too large."),
    ("content_hash_mismatch", 400, "The content that arrived differs from the content sent."),
    ("encryption_not_supported", 403, "Files in this folder must be encrypted."),
    ("incorrect_offset", 400, "Submitted input out of alignment"),
    ("closed", 400, "The upload is closed; it accepts no more chunks."),
    ("not_closed", 400, "The upload is not closed."),
    ("concurrent_session_invalid_offset", 400, "The offset must be a multiple of 4 MiB."),
    ("concurrent_session_invalid_data_size", 400, "The chunk must be a multiple of 4 MiB."),
    ("concurrent_session_missing_data", 400, "The upload is incomplete: a chunk is missing."),
    ("concurrent_session_not_closed", 400, "The upload has no last chunk."),
    ("concurrent_session_data_not_allowed", 400, "The request must have no content."),
    ("concurrent_session_close_not_allowed", 400, "An upload cannot begin with its last chunk."),
    ("too_many_shared_folder_targets", 400, "Too many shared folders in one request."),
    ("template_error", 400, "The property template is invalid."),
    ("properties_error", 400, "The properties are invalid."),
    # Thumbnails and types of files.
    ("unsupported_extension", 404, "No thumbnail available for the file type"),
    ("unsupported_image", 415, _NO_THUMBNAIL),
    ("conversion_error", 415, _NO_THUMBNAIL),
    ("encrypted_content", 415, "The image is encrypted and cannot be thumbnailed."),
    ("unsupported_output_format", 400, "The format does not support transparency."),
    ("unsupported_file", 403, "A file of this type cannot be downloaded."),
    ("unsupported_content_type", 403, "The call does not support files of this type."),
    # Paths.
    ("restricted_content", 403, "The content of the file is restricted."),
    ("locked", 403, "The file is locked."),
    ("access_restricted", 403, "The administrator of the team does not allow this."),
    ("team_folder", 403, "A team folder cannot be moved or deleted."),
    ("operation_suppressed", 403, "The operation is not allowed at this path."),
    ("no_write_permission", 403, "There is no permission to write to this path."),
    ("file_ancestor", 400, "A parent of the path is a file."),
    ("conflict", 403, "There is already a file or folder at this path."),
    ("disallowed_name", 400, "Dropbox does not allow this name."),
    ("malformed_path", 400, "The path is malformed."),
    ("invalid_argument", 400, "The query or an option is invalid."),
    ("not_folder", 400, "The path is not a folder."),
    ("not_file", 404, "File not found"),
    ("not_found", 404, "Path not found"),
)

# The classes that do not follow from the status.
_CLASSES: dict[str, type[ErrorResponse]] = {
    "conflict": ConflictError,
    "file_ancestor": ConflictError,
    "too_many_write_operations": RateLimitError,
    "insufficient_space": OutOfSpaceError,
    "insufficient_quota": OutOfSpaceError,
    "team_folder_insufficient_space": OutOfSpaceError,
    "team_folder_insufficient_quota": OutOfSpaceError,
    "member_folder_insufficient_space": OutOfSpaceError,
    "member_folder_insufficient_quota": OutOfSpaceError,
}

# The beginnings of texts of status 400 that are not about the arguments, and the statuses of
# version 1. Arguments may be in the rest of a text.
_TEXT_STATUSES: tuple[tuple[str, int], ...] = (
    ("The given OAuth 2 access token is malformed", 401),
    ('Must provide HTTP header "Authorization"', 401),
    ("Invalid authorization value", 401),
    ("Your app is not permitted", 403),
    ("Your app (ID: ", 403),
    ("Your API app is not allowed", 403),
    ("This app is currently disabled", 403),
    ("This API function operates on a single Dropbox account", 403),
    ("Unknown API function", 404),
)
_TEXT_PREFIX = re.compile(r'Error in call to API function "[^"]*": ')
# The service shows the beginning of the token.
_SHOWN_TOKEN = re.compile(r'(HTTP header "Authorization": ?)"[^"]*"')
# Statuses of errors about the token and the account. Their message begins with the tags.
_ACCESS_STATUSES = (401, 403, 422, 429)
_TAG = re.compile(r"\w+")


class RouteError(Exception):
    """An error that a route of version 2 reports (status 409).

    Attributes:
        tags: the tags of the error's union, the outermost first.
        union: the value of the union.
    """

    def __init__(self, response: ErrorResponse) -> None:
        super().__init__(response)
        self._response = response
        self.tags: tuple[str, ...] = response.tags
        self.union: JsonObject = response.body["error"]

    def has_tag(self, tag: str) -> bool:
        """Return whether the error has a tag.

        Args:
            tag: the tag, such as `not_found`.
        """
        return tag in self.tags

    def to_v1_error(self) -> ErrorResponse:
        """Convert the error to an error of version 1."""
        return _tagged_error(self._response, self.tags)


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
    return ErrorResponse.from_response(V1Response(status, {"error": message, **fields}))


def convert_error(error: ErrorResponse) -> Exception:
    """Convert an error of version 2.

    Args:
        error: the error of version 2.

    Returns:
        A `RouteError` if the route reported the error; otherwise an error of version 1.
    """
    body = error.body if isinstance(error.body, dict) else {}
    tags = _tags(body)
    if error.status == 409:
        if tags and isinstance(body.get("error"), dict):
            error.tags = tags
            return RouteError(error)
        # Version 1 has this status only for a conflict.
        return _with_status(error, 400, "/".join(tags) or "The call failed for an unknown reason.")
    if tags:
        return _tagged_error(error, tags)
    if isinstance(error.body, str) and 400 <= error.status < 500 and "<html" not in error.body:
        text = _SHOWN_TOKEN.sub(r'\1"***"', error.body)
        return _with_status(error, _text_status(error.status, text), text)
    return error


def _tagged_error(error: ErrorResponse, tags: tuple[str, ...]) -> ErrorResponse:
    unknown = (None, 400 if error.status in (409, 422) else error.status, "/".join(tags))
    tag, status, message = next((row for row in _V1_ERRORS if row[0] in tags), unknown)
    if error.status in _ACCESS_STATUSES and tag:
        status = error.status if error.status != 422 else status
        message = f"{'/'.join(tags)}: {message}{_scope(error.body)}"
    fields = _user_message(error.body)
    converted = _with_status(error, status, message, cls=_CLASSES.get(tag or ""), **fields)
    converted.tags = tags
    return converted


def _with_status(
    error: ErrorResponse,
    status: int,
    message: str,
    *,
    cls: type[ErrorResponse] | None = None,
    **fields: object,
) -> ErrorResponse:
    response = V1Response(status, {"error": message, **fields}, error.headers)
    return cls(response) if cls else ErrorResponse.from_response(response)


def _text_status(status: int, text: str) -> int:
    cause = _TEXT_PREFIX.sub("", text, count=1).lstrip()
    known = (found for beginning, found in _TEXT_STATUSES if cause.startswith(beginning))
    return next(known, status) if status == 400 else status


def _tags(body: JsonObject) -> tuple[str, ...]:
    # The summary ends in any number of dots.
    summary = body.get("error_summary")
    if isinstance(summary, str):
        return tuple(_TAG.findall(summary))
    tags = []
    union = body.get("error")
    while isinstance(union, dict) and isinstance(tag := union.get(".tag"), str):
        tags.append(tag)
        union = union.get(tag, union.get("reason"))
    return tuple(tags)


def _scope(body: JsonObject) -> str:
    union: Any = body.get("error")
    scope = union.get("required_scope") if isinstance(union, dict) else None
    return f" The scope is {scope!r}." if isinstance(scope, str) else ""


def _user_message(body: JsonObject) -> JsonObject:
    message = body.get("user_message")
    text = message.get("text") if isinstance(message, dict) else None
    return {"user_error": text} if isinstance(text, str) else {}
