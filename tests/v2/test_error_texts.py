"""The texts of errors that no route has a tag for."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from flask import Flask

import fakebox
from fakebox.core import errors as core
from fakebox.core.apps import check_redirect_uri
from fakebox.core.oauth2 import PkceChallenge
from fakebox.http import body
from fakebox.v2 import errors

_DIALECTS = ("v1", "v2", "web", "http", "auth", "media")
_TEXTS = {
    "DropboxError": "The request failed, and nothing was changed.",
    "PathError": "The operation is not possible for this path.",
    "NotFound": "There is no file or folder at the path.",
    "RevisionNotFound": "The path has no such revision.",
    "UnknownParentRev": "The parent revision of the upload was never issued for this path.",
    "NotAFile": "The path is a folder, but must be a file.",
    "NotAFolder": "The path is a file, but must be a folder.",
    "IntoItself": "A folder cannot be moved or copied into itself.",
    "LimitExceeded": "A limit was exceeded.",
    "TooManyEntries": "The folder has more entries than the requested limit.",
    "ContentTooLarge": "The content has more bytes than one request may send.",
    "BadCursor": "The cursor is invalid, or was issued to another caller.",
    "UploadNotFound": "The upload session does not exist, or has expired.",
    "UploadClosed": "The upload session is closed.",
    "InvalidPiece": "The offset or the size of the piece of a concurrent upload is invalid.",
    "DifferentData": "Other bytes are stored at the offset of the piece.",
    "WrongOffset": "The offset of the chunk is not the end of the upload session.",
    "CopyRefNotFound": "The copy reference does not exist, or has expired.",
    "CopySourceNotFound": "The file or folder of the copy reference was deleted.",
    "LinkNotFound": "The link does not exist, has expired, or its file or folder was deleted.",
    "LinkSpent": "The link was used before, or has expired.",
    "TagNotFound": "The file or folder has no such tag.",
    "JobNotFound": "The account has no such job.",
    "SharedFolderNotFound": "The shared folder does not exist.",
    "ForeignUrl": "The URL does not belong to this emulator, so it is not fetched.",
    "NotAllowed": "The credentials do not permit the request.",
    "UnknownApp": "The app key or the app secret is wrong.",
    "UnknownToken": "The access token does not exist.",
    "TokenRevoked": "The access token was revoked.",
    "TokenExpired": "The access token has expired.",
    "TokenOfAnotherApp": "The access token was not issued to the app that signed the request.",
    "RequestTokenNotFound": "The request token does not exist, was used before, or has expired.",
    "RequestTokenNotAuthorized": "The user has not allowed the request token, or has denied it.",
    "BadSignature": "The signature does not match the request and its credentials.",
    "StaleTimestamp": "The timestamp of the signature is too old or in the future.",
    "NonceUsed": "The nonce was used before.",
    "WrongAccessLevel": "The access level of the token does not include the root.",
    "WrongPassword": "No account has this e-mail address and password.",
    "AlreadyTaken": "The e-mail address, app key or token is in use already.",
    "DataDirectoryError": ("The data directory cannot be used."),
    "AppDisabled": "This app is currently disabled.",
}


def response_to(error):
    """Return the response to a request whose view raises an error."""
    app = Flask("fakebox")
    errors.register(app)

    @app.route("/files/any")
    def view():
        raise error

    return app.test_client().get("/files/any")


def error_of(name):
    """Return an error of the core. Only the data that its text needs is set."""
    kind = getattr(core, name)
    error = kind.__new__(kind)
    Exception.__init__(error)
    return error


@pytest.mark.parametrize("name", sorted(_TEXTS))
def test_error_without_a_tag_has_an_explicit_text(name):
    """An error without a tag is answered with 400 and the text of the table."""
    response = response_to(error_of(name))
    assert response.status_code == 400
    assert response.text == f'Error in call to API function "files/any": {_TEXTS[name]}'


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (body.TooLarge(7), "Malformed body: 7"),
        (body.MalformedBody("reason"), "Malformed body: reason"),
        (body.LengthRequired(), "Malformed body"),
        (body.AbortedUpload(1, 2), "The body ended early; nothing was stored."),
    ],
)
def test_unreadable_body_has_an_explicit_text(error, text):
    """An error of the body is answered with 400 and the text of the table."""
    response = response_to(error)
    assert response.status_code == 400
    assert response.text == f'Error in call to API function "files/any": {text}'


def test_unreadable_chunks_have_their_text():
    """The error for a body with invalid chunks has a specific text."""

    class Unreadable:
        def read(self, _):
            raise ValueError

    environ = {"wsgi.input": Unreadable(), "HTTP_TRANSFER_ENCODING": "chunked"}
    with pytest.raises(body.MalformedBody, match=r"^its chunks are not valid$"):
        body.read_all(environ)


def test_unlisted_error_has_the_text_of_its_base_class():
    """An error that is not in the table has the text of its nearest base class in the table."""

    class NewPathError(core.PathError):
        """A docstring that no response contains."""

    response = response_to(NewPathError("/a"))
    assert response.status_code == 400
    assert response.text.endswith(_TEXTS["PathError"])


def message(call, *args):
    """Return the message of the error that a function raises."""
    with pytest.raises(core.DropboxError) as caught:
        call(*args)
    return str(caught.value)


_FORM = "43 to 128 characters of A-Z, a-z, 0-9, '-', '.', '_' and '~'"


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (("a" * 43, "S512"), "code_challenge_method must be one of: S256, plain"),
        (("a", "S256"), f"code_challenge must be {_FORM}"),
    ],
)
def test_invalid_challenge_has_its_text(args, text):
    """The text of an invalid PKCE challenge names the parameter and its form."""
    assert message(PkceChallenge, *args) == text


@pytest.mark.parametrize(
    ("uri", "text"),
    [
        ("https://a.example/#x", "must not have a fragment"),
        ("https://a.example/ x", "must not have spaces, control characters or backslashes"),
        ("https://[a/", "is not a valid URI"),
        ("/relative", "must be an absolute URI of a page or app"),
    ],
)
def test_invalid_redirect_uri_has_its_text(uri, text):
    """The text of an invalid redirect URI says what is wrong with it, and repeats it."""
    assert message(check_redirect_uri, uri) == f"redirect_uri {text}: {uri!r}"


def test_no_response_contains_a_docstring():
    """No response contains a docstring or the name of an exception class."""
    found = [
        f"{path}:{node.lineno}"
        for folder in _DIALECTS
        for path in sorted((Path(fakebox.__file__).parent / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"__doc__", "__name__", "__qualname__"}
    ]
    assert found == []
