"""Error responses of version 2.

400 has a text about the request. 401 and 409 have a tagged union with a summary. Source: the wire
reference of version 2, errors.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from fakebox.core import errors as core
from fakebox.http import body, file_response, forms
from fakebox.v2.request import BadContentType, OtherCredentials, V2Request
from fakebox.v2.responses import json_response, plain
from fakebox.v2.route_styles import BodyNotEmpty
from fakebox.v2.schema import Malformed
from fakebox.v2.tagged_errors import Failure, failure, write_tags

if TYPE_CHECKING:
    from flask import Flask, Response

log: logging.Logger = logging.getLogger("fakebox.v2")

_NO_AUTHORIZATION = 'Must provide HTTP header "Authorization" or URL parameter "authorization".'
# The texts of errors that have no tag. Docstrings are not used: the texts are part of the API.
_TEXTS: dict[type[Exception], str] = {
    core.DropboxError: "The request can't be done; nothing was changed.",
    core.PathError: "A path that this Dropbox can't or won't act on.",
    core.NotFound: "Nothing stands at the path.",
    core.RevisionNotFound: "The path has no such revision.",
    core.UnknownParentRev: "An upload names a parent revision that was never issued for its path.",
    core.NotAFile: "The path is a folder where a file is needed.",
    core.NotAFolder: "The path is a file where a folder is needed.",
    core.IntoItself: "A folder is to be moved or copied into itself.",
    core.LimitExceeded: "A bound was passed.",
    core.TooManyEntries: "The folder has more entries than the caller wants listed.",
    core.ContentTooLarge: "The content has more bytes than one call may send.",
    core.BadCursor: "A cursor that this Dropbox didn't issue, or not to this caller.",
    core.UploadNotFound: "No such upload session, or it has expired or is another account's.",
    core.UploadClosed: "The chunked upload takes no more.",
    core.InvalidPiece: "A piece of a concurrent upload can't be where it is, or of that size.",
    core.WrongOffset: "A chunk that doesn't begin where the session ends.",
    core.CopyRefNotFound: "No such copy reference, or it has expired.",
    core.LinkNotFound: "No such link, or it has expired, or what it shows is gone.",
    core.LinkSpent: "The link did work: it has been used up, or has expired.",
    core.TagNotFound: "The file or folder has no such tag.",
    core.JobNotFound: "No such job of this account.",
    core.SharedFolderNotFound: "No such shared folder.",
    core.ForeignUrl: "A URL that this emulator doesn't serve and so never fetches.",
    core.NotAllowed: "The caller's credentials don't let it in.",
    core.UnknownApp: "The app key or the app secret is wrong.",
    core.UnknownToken: "No access token reads like this one.",
    core.TokenRevoked: "The access token was good once and isn't any more.",
    core.TokenExpired: "The access token was good for some time, and that is over.",
    core.TokenOfAnotherApp: "The access token was issued to another app than the one that signs.",
    core.RequestTokenNotFound: "No such request token, or it is spent or expired.",
    core.RequestTokenNotAuthorized: "The user hasn't allowed the request token, or has denied it.",
    core.BadSignature: "The signature isn't the one that the credentials make.",
    core.StaleTimestamp: "The request was signed too long ago, or in the future.",
    core.NonceUsed: "The same nonce came before.",
    core.WrongAccessLevel: "The token's access level has no such root.",
    core.WrongPassword: "No account has this e-mail address and password.",
    core.AlreadyTaken: "The e-mail address, app key or token is in use already.",
    core.DataDirectoryError: (
        "The data directory can't be used; `reason` says why, in a sentence for its owner."
    ),
}


def register(app: Flask) -> None:
    """Register a handler for every exception."""
    handlers: dict[type[Exception], Callable[..., Response]] = {
        Failure: _failed,
        Malformed: lambda error: text_response(error.text),
        BadContentType: _bad_type,
        BodyNotEmpty: lambda error: text_response(
            f"The request body is supposed to be empty, but it isn't; got {json.dumps(error.shown)}"
        ),
        OtherCredentials: lambda error: text_response(
            f'Invalid authorization value in HTTP header "Authorization": "{error.shown}".  '
            f'Expecting "{error.expected}".'
        ),
        core.NoCredentials: lambda _: text_response(_NO_AUTHORIZATION),
        core.ExpiredBearerToken: lambda _: _unauthorized("expired_access_token"),
        core.InvalidBearerToken: lambda _: _unauthorized("invalid_access_token"),
        core.InvalidAppCredentials: lambda _: text_response(
            'Invalid authorization value in HTTP header "Authorization": Invalid app key or secret.'
        ),
        core.AppDisabled: lambda _: text_response("This app is currently disabled."),
        core.ReadOnly: lambda _: plain("This Dropbox is read-only at the moment.", 503),
        core.DropboxError: _dropbox_error,
        body.AbortedUpload: lambda _: text_response("The body ended early; nothing was stored."),
        body.TooLarge: lambda error: text_response(f"Malformed body: {error.limit_bytes}"),
        body.MalformedBody: lambda error: text_response(f"Malformed body: {error.reason}"),
        body.BodyError: lambda _: text_response("Malformed body"),
        forms.NotUtf8: lambda _: text_response("A parameter is not valid UTF-8."),
        forms.TooManyParameters: lambda _: text_response(
            f"A request may have {forms.PARAMETERS_LIMIT} parameters at most."
        ),
        file_response.Unsatisfiable: _unsatisfiable,
        NotFound: _unknown,
        MethodNotAllowed: _method,
        HTTPException: lambda error: plain(error.name, error.code or 500),
        Exception: _unexpected,
    }
    for kind, handler in handlers.items():
        app.register_error_handler(kind, handler)


def text_response(text: str, status: int = 400) -> Response:
    """Return the response to a request that is not valid."""
    return plain(f'Error in call to API function "{request.path[1:]}": {text}', status)


def _failed(error: Failure) -> Response:
    return json_response({"error_summary": f"{error.summary}/..", "error": error.error}, 409)


def _dropbox_error(error: core.DropboxError) -> Response:
    # The view has already converted the errors that it expects.
    tags = write_tags(error)
    if tags:
        return _failed(failure(*tags))
    return text_response(next(_TEXTS[kind] for kind in type(error).__mro__ if kind in _TEXTS))


def _unauthorized(tag: str) -> Response:
    response = json_response({"error_summary": f"{tag}/..", "error": {".tag": tag}}, 401)
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _bad_type(error: BadContentType) -> Response:
    expected = ", ".join(f'"{name}"' for name in error.expected)
    wrong = f'Bad HTTP "Content-Type" header: "{error.given}"'
    if not error.given:
        wrong = 'Missing or empty HTTP "Content-Type" header'
    return text_response(f"{wrong}.  Expecting one of {expected}.")


def _unsatisfiable(error: file_response.Unsatisfiable) -> Response:
    response = text_response("The requested range is not satisfiable.", 416)
    response.headers["Content-Range"] = error.content_range
    return response


def _unknown(_: NotFound) -> Response:
    return text_response(f"Unknown API function: {request.script_root}{request.path}")


def _method(error: MethodNotAllowed) -> Response:
    allowed = ", ".join(f'"{name}"' for name in sorted(error.valid_methods or ()))
    return text_response(
        f'Your request\'s HTTP request method is "{request.method}".  This function only accepts'
        f" the HTTP request methods {allowed}."
    )


def _unexpected(error: Exception) -> Response:
    V2Request.current().log_exception(log, "a v2 request failed", error)
    return plain("Internal server error", 500)
