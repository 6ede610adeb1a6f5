"""Error responses of version 1: one table from exceptions to statuses and messages.

Messages of the service are as in its responses or its documentation. The service has no message for
some errors; their messages are the emulator's. Source: the wire reference, catalogue of messages.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from flask import Response
from flask import request as flask_request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from fakebox.core import errors as core
from fakebox.http import body, file_response, forms
from fakebox.http.headers import phrase_of
from fakebox.media import file_types, images, previews
from fakebox.v1.request import AmbiguousSource, Invalid, RequestTooLong, V1Request
from fakebox.v1.responses import date, json_response, over_quota_text

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.wrappers import Request

log: logging.Logger = logging.getLogger("fakebox.v1")

_METHODS = ("GET", "PUT", "POST")
WWW_AUTHENTICATE = 'OAuth realm="https://api.dropbox.com/"'
_QUOTA = "Dropbox was unable to complete this action because of a storage quota limit."
_ILLEGAL = {
    "dot": "'.' and '..' are not allowed as names",
    "backslash": "'\\' is not allowed in a name",
    "control": "control characters are not allowed in a name",
    "too_long": "a name may have 255 characters at most",
    "trailing_space": "a name may not end in white space",
    "non_bmp": "characters beyond U+FFFF are not allowed in a name",
    "root": "The root path is not allowed.",
    "surrogate": "the path is not valid UTF-8",
    "forbidden_character": 'none of : ? * < > " | is allowed in a name',
}
_CURSORS = {
    "malformed": "Invalid cursor",
    "foreign": "This cursor belongs to another app or user",
    "prefix": "The path_prefix is neither that of the cursor nor below it",
    "media": "Cursors made with include_media_info can't be used with longpoll_delta",
}

Message = str | dict[str, str]
Row = tuple[int, Message | Callable[[Any], Message]]

_TABLE: dict[type[Exception], Row] = {
    # paths
    core.IllegalPath: (400, lambda e: {"path": _ILLEGAL[e.reason]}),
    core.IgnoredName: (400, "The file is in the ignored file list, so it was not saved."),
    core.NotFound: (404, lambda e: f"Path '{_shown(e)}' not found"),
    core.RevisionNotFound: (404, "Unable to find the revision at that path"),
    core.UnknownParentRev: (400, lambda e: f"Invalid parent_rev {e.rev!r} for path '{_shown(e)}'"),
    core.NotAFile: (404, "File not found"),
    core.NotAFolder: (404, "Folder not found"),
    core.ParentIsAFile: (400, lambda e: f"Path '{_shown(e)}' is a file, not a folder"),
    core.RootNotAllowed: (403, {"path": "The root path is not allowed."}),
    core.AlreadyExists: (
        403,
        lambda e: f"A file with that name already exists at path '{_shown(e)}'",
    ),
    core.FolderExists: (
        403,
        lambda e: (
            f"Cannot create folder '{e.path.rpartition('/')[2] or '/'}' because a file or folder"
            f" already exists at path '{_shown(e)}'"
        ),
    ),
    core.FolderInTheWay: (
        400,
        lambda e: f"Path '{_shown(e)}' is a folder and can't be overwritten",
    ),
    core.UploadConflict: (409, lambda e: f"A file already exists at path '{_shown(e)}'"),
    core.IntoItself: (403, "You cannot move a folder into itself"),
    core.PathError: (400, lambda e: {"path": f"Invalid path {_shown(e)}"}),
    # amounts
    core.TooManyEntries: (
        406,
        lambda e: f"Folder contains more entries than file_limit ({e.limit})",
    ),
    core.TooManyItems: (406, "There are too many files involved in this operation."),
    core.ContentTooLarge: (
        413,
        lambda e: f"The body may have {e.limit} bytes at most; use chunked_upload",
    ),
    core.LimitExceeded: (413, lambda e: f"Limit of {e.limit} exceeded"),
    core.ReadOnly: (503, "This Dropbox is read-only at the moment."),
    # cursors, uploads, references, links
    core.BadCursor: (400, lambda e: _CURSORS[e.reason]),
    core.UploadNotFound: (404, "No upload with upload_id found."),
    core.UploadClosed: (404, "No upload with upload_id found."),
    core.InvalidPiece: (404, "No upload with upload_id found."),
    core.CopyRefNotFound: (404, "Copy reference not found."),
    core.CopySourceNotFound: (404, "Copy reference not found."),
    core.LinkNotFound: (404, "Link not found."),
    core.LinkAccessDenied: (404, "Link not found."),
    core.LinkSpent: (404, "Link not found."),
    core.TagNotFound: (404, "Tag not found."),
    core.JobNotFound: (404, lambda e: f"No job with id {e.job_id}"),
    core.SharedFolderNotFound: (404, lambda e: f"No shared folder with id {e.folder_id}"),
    core.ForeignUrl: (400, {"url": "The emulator saves its own URLs only"}),
    # authentication
    core.NoCredentials: (401, "No OAuth credentials were provided."),
    core.UnknownApp: (403, "Invalid app key."),
    core.InvalidAppCredentials: (401, "Invalid app key or secret"),
    core.AppDisabled: (403, "This app has been disabled."),
    core.UnknownToken: (401, "Access token not found."),
    core.TokenRevoked: (401, "Token is invalid."),
    core.TokenExpired: (401, "Token is invalid."),
    core.InvalidBearerToken: (401, "The given OAuth 2 access token doesn't exist or has expired."),
    core.MalformedBearerToken: (
        401,
        "The given OAuth 2 access token doesn't exist or has expired.",
    ),
    core.ExpiredBearerToken: (401, "The given OAuth 2 access token doesn't exist or has expired."),
    core.TokenOfAnotherApp: (403, "Access token does not belong to this app."),
    core.RequestTokenNotFound: (401, "Request token not found."),
    core.RequestTokenNotAuthorized: (
        401,
        "Request token has not been properly authorized by a user.",
    ),
    core.StaleTimestamp: (403, "The timestamp is missing, too old or in the future."),
    core.NonceUsed: (403, "This nonce was used before."),
    core.WrongPassword: (401, "Wrong e-mail address or password."),
    core.NotAllowed: (401, "You are not authorized."),
    core.AlreadyTaken: (400, lambda e: f"{e.name} is taken"),
    core.DropboxError: (400, "Bad request"),
    # requests
    Invalid: (400, lambda e: {e.parameter: e.text}),
    AmbiguousSource: (400, "Must send either a from_path or a from_copy_ref"),
    forms.NotUtf8: (400, "A parameter is not valid UTF-8"),
    forms.TooManyParameters: (
        400,
        f"A request may have {forms.PARAMETERS_LIMIT} parameters at most",
    ),
    body.LengthRequired: (411, "A Content-Length is required"),
    body.TooLarge: (
        413,
        lambda e: f"The body may have {e.limit_bytes} bytes at most; use chunked_upload",
    ),
    body.AbortedUpload: (400, "The body ended before its Content-Length; nothing was stored"),
    body.MalformedBody: (400, lambda e: f"Malformed body: {e.reason}"),
    body.BodyError: (400, "Malformed body"),
    # The message of the service ends with a space.
    file_types.NoThumbnail: (
        404,
        lambda e: f"No thumbnail available for the file type '{e.extension}' ",
    ),
    previews.NoPreview: (409, lambda e: f"No preview available for '{e.name}'"),
    images.DamagedImage: (415, "The image is invalid and cannot be thumbnailed."),
    images.TooManyPixels: (415, "The image is too large and cannot be thumbnailed."),
}


def register(app: Flask) -> None:
    """Register `respond` for all exceptions, also for those of Flask."""
    app.register_error_handler(Exception, lambda error: respond(error, flask_request))


def respond(error: Exception, request: Request) -> Response:
    """Make the response to an exception of a view.

    Args:
        error: the exception.
        request: the request that failed.
    """
    kind = next(kind for kind in type(error).__mro__ if kind in rows())
    if kind in _SPECIAL:
        return _SPECIAL[kind](error, request)
    status, text = _TABLE[kind]
    response = json_response({"error": text(error) if callable(text) else text}, status)
    if status == 401:
        response.headers["WWW-Authenticate"] = WWW_AUTHENTICATE
    return response


@cache
def rows() -> frozenset[type[Exception]]:
    """All exceptions that have a response here."""
    return frozenset({*_TABLE, *_SPECIAL})


def _shown(error: core.PathError) -> str:
    return "/" + error.path.strip("/")


def _over_quota(_: Exception, request: Request) -> Response:
    context = V1Request.of(request.environ)
    fields = {"error": _QUOTA, "user_error": over_quota_text(context.locale)}
    return json_response(fields, context.options.quota_status)


def _wrong_offset(error: core.WrongOffset, _: Request) -> Response:
    text = f"Submitted input out of alignment: got [{error.sent}] expected [{error.offset}]"
    fields = {
        "upload_id": error.upload_id,
        "offset": error.offset,
        "expires": date(error.expires_s),
    }
    return json_response({"error": text, **fields}, 400)


def _wrong_access_level(error: core.WrongAccessLevel, _: Request) -> Response:
    if error.requested == "app_folder":
        text = (
            "App folder (sandbox) access attempt failed because this app is not configured to have"
            " an app folder.  Should your access type be 'dropbox' instead?"
        )
    else:
        text = (
            "Full Dropbox access attempt failed because this app is not configured to have full"
            " Dropbox access. Should your access type be app folder ('sandbox') instead?"
        )
    return json_response({"error": text}, 400)


def _bad_signature(error: core.BadSignature, _: Request) -> Response:
    text = "Invalid or missing signature"
    if error.base_string:
        text = f"Invalid signature. Expected signature base string: {error.base_string}"
    return json_response({"error": text}, 403)


def _unsatisfiable(error: file_response.Unsatisfiable, _: Request) -> Response:
    response = json_response({"error": "The requested range is not satisfiable"}, 416)
    response.headers["Content-Range"] = error.content_range
    return response


def _routing(error: HTTPException, _: Request) -> Response:
    return json_response({"error": error.name}, error.code or 500)


def _method_not_allowed(error: MethodNotAllowed, request: Request) -> Response:
    allowed = error.valid_methods or ()
    # The methods that clients send. The others are derived from them.
    required = ", ".join(method for method in _METHODS if method in allowed)
    text = f"Call requires one of the following methods: {required}, got {request.method}!"
    response = json_response({"error": text}, 405)
    response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _request_too_long(error: RequestTooLong, _: Request) -> Response:
    del error
    # The page of nginx, which was in front of the service.
    title = f"414 {phrase_of(414)}"
    page = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
    return Response(page, 414, content_type="text/html")


def _unexpected(error: Exception, request: Request) -> Response:
    V1Request.of(request.environ).log_exception(log, "a v1 request failed", error)
    return json_response({"error": "Internal server error"}, 500)


_SPECIAL: dict[type, Callable[[Any, Request], Response]] = {
    core.OverQuota: _over_quota,
    core.WrongOffset: _wrong_offset,
    core.WrongAccessLevel: _wrong_access_level,
    core.BadSignature: _bad_signature,
    file_response.Unsatisfiable: _unsatisfiable,
    MethodNotAllowed: _method_not_allowed,
    RequestTooLong: _request_too_long,
    HTTPException: _routing,
    Exception: _unexpected,
}
