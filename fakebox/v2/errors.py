"""Error responses of version 2.

400 has a text about the request. 401 and 409 have a tagged union with a summary. Source: the wire
reference of version 2, errors.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Response
from flask import request as flask_request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from fakebox.core import errors as core
from fakebox.core.scopes import USER_SCOPES
from fakebox.http import body, file_response, forms
from fakebox.http.headers import BEARER_CHALLENGE
from fakebox.v2 import responses
from fakebox.v2.request import BadContentType, OtherCredentials, V2Request
from fakebox.v2.responses import json_response, plain, root_info
from fakebox.v2.route_styles import BodyNotEmpty, UnusedCredentials
from fakebox.v2.schema import JSONObject, JSONValue, Malformed
from fakebox.v2.selection import MemberNotSelectable
from fakebox.v2.tagged_errors import TaggedError, tagged_error, write_tags

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.wrappers import Request

    from fakebox.v2.schema import JSONObject, JSONValue

log: logging.Logger = logging.getLogger("fakebox.v2")

# A 500 of the service has this type and no content.
_BINARY = "application/octet-stream"
_NO_AUTHORIZATION = 'Must provide HTTP header "Authorization" or URL parameter "authorization".'
# The texts of errors that have no tag. Docstrings are not used: the texts are part of the API.
_TEXTS: dict[type[Exception], str] = {
    core.DropboxError: "The request failed, and nothing was changed.",
    core.PathError: "The operation is not possible for this path.",
    core.NotFound: "There is no file or folder at the path.",
    core.RevisionNotFound: "The path has no such revision.",
    core.UnknownParentRev: "The parent revision of the upload was never issued for this path.",
    core.NotAFile: "The path is a folder, but must be a file.",
    core.NotAFolder: "The path is a file, but must be a folder.",
    core.IntoItself: "A folder cannot be moved or copied into itself.",
    core.LimitExceeded: "A limit was exceeded.",
    core.TooManyEntries: "The folder has more entries than the requested limit.",
    core.ContentTooLarge: "The content has more bytes than one request may send.",
    core.BadCursor: "The cursor is invalid, or was issued to another caller.",
    core.UploadNotFound: "The upload session does not exist, or has expired.",
    core.UploadClosed: "The upload session is closed.",
    core.InvalidPiece: "The offset or the size of the piece of a concurrent upload is invalid.",
    core.DifferentData: "Other bytes are stored at the offset of the piece.",
    core.WrongOffset: "The offset of the chunk is not the end of the upload session.",
    core.CopyRefNotFound: "The copy reference does not exist, or has expired.",
    core.CopySourceNotFound: "The file or folder of the copy reference was deleted.",
    core.LinkNotFound: "The link does not exist, has expired, or its file or folder was deleted.",
    core.LinkSpent: "The link was used before, or has expired.",
    core.TagNotFound: "The file or folder has no such tag.",
    core.JobNotFound: "The account has no such job.",
    core.SharedFolderNotFound: "The shared folder does not exist.",
    core.ForeignUrl: "The URL does not belong to this emulator, so it is not fetched.",
    core.NotAllowed: "The credentials do not permit the request.",
    core.UnknownApp: "The app key or the app secret is wrong.",
    core.UnknownToken: "The access token does not exist.",
    core.TokenRevoked: "The access token was revoked.",
    core.TokenExpired: "The access token has expired.",
    core.TokenOfAnotherApp: "The access token was not issued to the app that signed the request.",
    core.RequestTokenNotFound: "The request token does not exist, was used before, or has expired.",
    core.RequestTokenNotAuthorized: "The user has not allowed the request token, or has denied it.",
    core.BadSignature: "The signature does not match the request and its credentials.",
    core.StaleTimestamp: "The timestamp of the signature is too old or in the future.",
    core.NonceUsed: "The nonce was used before.",
    core.WrongAccessLevel: "The access level of the token does not include the root.",
    core.WrongPassword: "No account has this e-mail address and password.",
    core.AlreadyTaken: "The e-mail address, app key or token is in use already.",
    core.DataDirectoryError: ("The data directory cannot be used."),
}


def register(app: Flask) -> None:
    """Register `respond` for all exceptions, also for those of Flask."""
    app.register_error_handler(Exception, lambda error: respond(error, flask_request))


def respond(error: Exception, request: Request) -> Response:
    """Return the response to an exception of a view.

    Args:
        error: the exception.
        request: the request that failed.
    """
    kind = next(kind for kind in type(error).__mro__ if kind in _HANDLERS)
    return responses.error(_HANDLERS[kind](error, request), request.path[1:])


def text_response(request: Request, text: str, status: int = 400) -> Response:
    """Return the response to a request that is not valid."""
    return plain(f'Error in call to API function "{request.path[1:]}": {text}', status)


def _failed(error: TaggedError, request: Request) -> Response:
    return _union(request, 409, error.summary, error.error)


def _union(request: Request, status: int, tags: str, error: JSONObject) -> Response:
    summary = V2Request.of(request.environ).error_summary(tags)
    return json_response({"error_summary": summary, "error": error}, status)


def _dropbox_error(error: core.DropboxError, request: Request) -> Response:
    # The view has already converted the errors that it expects.
    tags = write_tags(error)
    if tags:
        return _failed(tagged_error(*tags), request)
    text = next(_TEXTS[kind] for kind in type(error).__mro__ if kind in _TEXTS)
    return text_response(request, text)


def _unauthorized(request: Request, tag: str, **fields: JSONValue) -> Response:
    response = _union(request, 401, tag, {".tag": tag, **fields})
    response.headers["WWW-Authenticate"] = BEARER_CHALLENGE
    return response


def _scope_not_permitted(error: core.ScopeNotPermitted, request: Request) -> Response:
    if error.scope not in USER_SCOPES:
        # The owner of a user app cannot enable it.
        return text_response(request, "Your API app is not allowed to call this function.")
    return text_response(
        request,
        "Your app is not permitted to access this endpoint because it does not have the required"
        f" scope '{error.scope}'. The owner of the app can enable the scope for the app using the"
        " Permissions tab on the App Console.",
    )


def _invalid_path_root(request: Request, tag: str, **fields: JSONValue) -> Response:
    return _union(request, 422, tag, {".tag": tag, **fields})


def _bad_type(error: BadContentType, request: Request) -> Response:
    expected = ", ".join(f'"{name}"' for name in error.expected)
    wrong = f'Bad HTTP "Content-Type" header: "{error.given}"'
    if not error.given:
        wrong = 'Missing or empty HTTP "Content-Type" header'
    return text_response(request, f"{wrong}.  Expecting one of {expected}.")


def _unsatisfiable(error: file_response.Unsatisfiable, request: Request) -> Response:
    if not error.size_bytes:
        # An empty file has no byte, so no range of it can be sent.
        return _failed(tagged_error("range", "not_satisfiable"), request)
    response = text_response(request, "The requested range is not satisfiable.", 416)
    response.headers["Content-Range"] = error.content_range
    return response


def _unknown(_: NotFound, request: Request) -> Response:
    if request.path.endswith("\\"):
        # The service redirects such requests to the path with a slash.
        path = quote(f"{request.script_root}{request.path[:-1]}/")
        query = request.query_string.decode("latin-1")
        return Response(status=307, headers={"Location": f"{path}?{query}" if query else path})
    return text_response(request, f"Unknown API function: {request.script_root}{request.path}")


def _method(error: MethodNotAllowed, request: Request) -> Response:
    allowed = ", ".join(f'"{name}"' for name in sorted(error.valid_methods or ()))
    return text_response(
        request,
        f'Your request\'s HTTP request method is "{request.method}".  This function only accepts'
        f" the HTTP request methods {allowed}.",
    )


def _unexpected(error: Exception, request: Request) -> Response:
    V2Request.of(request.environ).log_exception(log, "a v2 request failed", error)
    return Response(status=500, content_type=_BINARY)


_HANDLERS: dict[type[Exception], Callable[[Any, Request], Response]] = {
    TaggedError: _failed,
    Malformed: lambda error, request: text_response(request, error.text),
    BadContentType: _bad_type,
    BodyNotEmpty: lambda error, request: text_response(
        request,
        f"The request body is supposed to be empty, but it isn't; got {json.dumps(error.shown)}",
    ),
    OtherCredentials: lambda error, request: text_response(
        request,
        f'Invalid authorization value in HTTP header "Authorization": "{error.shown}".  '
        f'Expecting "{error.expected}".',
    ),
    core.NoCredentials: lambda _, request: text_response(request, _NO_AUTHORIZATION),
    core.ExpiredBearerToken: lambda _, request: _unauthorized(request, "expired_access_token"),
    core.MalformedBearerToken: lambda _, request: text_response(
        request, "The given OAuth 2 access token is malformed."
    ),
    core.MissingScope: lambda error, request: _unauthorized(
        request, "missing_scope", required_scope=error.scope
    ),
    core.ScopeNotPermitted: _scope_not_permitted,
    UnusedCredentials: lambda _, request: text_response(
        request,
        "Your request includes an Authorization header, but this function does not use it.",
    ),
    core.InvalidBearerToken: lambda _, request: _unauthorized(request, "invalid_access_token"),
    core.InvalidAppCredentials: lambda _, request: text_response(
        request,
        'Invalid authorization value in HTTP header "Authorization": Invalid app key or secret.',
    ),
    core.AppDisabled: lambda _, request: text_response(request, "This app is currently disabled."),
    MemberNotSelectable: lambda error, request: _unauthorized(request, error.tag),
    core.InvalidRoot: lambda error, request: _invalid_path_root(
        request, "invalid_root", invalid_root=root_info(error.root_id, error.home_id)
    ),
    core.NamespaceNotAllowed: lambda _, request: _invalid_path_root(request, "no_permission"),
    core.ReadOnly: lambda *_: plain("This Dropbox is read-only at the moment.", 503),
    core.DropboxError: _dropbox_error,
    body.AbortedUpload: lambda _, request: text_response(
        request, "The body ended early; nothing was stored."
    ),
    body.TooLarge: lambda error, request: text_response(
        request, f"Malformed body: {error.limit_bytes}"
    ),
    body.MalformedBody: lambda error, request: text_response(
        request, f"Malformed body: {error.reason}"
    ),
    body.BodyError: lambda _, request: text_response(request, "Malformed body"),
    forms.NotUtf8: lambda _, request: text_response(request, "A parameter is not valid UTF-8."),
    forms.TooManyParameters: lambda _, request: text_response(
        request, f"A request may have {forms.PARAMETERS_LIMIT} parameters at most."
    ),
    file_response.Unsatisfiable: _unsatisfiable,
    NotFound: _unknown,
    MethodNotAllowed: _method,
    HTTPException: lambda error, _: plain(error.name, error.code or 500),
    Exception: _unexpected,
}
