"""Apps that call in their own name: HTTP basic authentication with the app's key and secret."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from typing import TYPE_CHECKING

from fakebox.core.errors import AppCredentialsRefused, NoCredentials, UnknownApp
from fakebox.v2.asked import Asked, OtherCredentials

if TYPE_CHECKING:
    from fakebox.core.apps import App

_BASIC = "Basic <base64(app-key:app-secret)>"


def identify_app(asked: Asked) -> App:
    """The app that calls.

    Raises:
        NoCredentials: none says that it does.
        OtherCredentials: a user calls.
        AppCredentialsRefused: the key or the secret is wrong.
    """
    pair = basic(asked.call.authorization)
    if pair is None and asked.call.authorization:
        raise OtherCredentials(asked.call.authorization, _BASIC)
    if pair is None:
        raise NoCredentials
    key, secret = pair
    try:
        app = asked.world.apps.find(asked.service.plain(key))
    except UnknownApp as error:
        raise AppCredentialsRefused from error
    app.check_secret(secret)
    return app


def basic(authorization: str) -> tuple[str, str] | None:
    """The name and password of a header; `None` if it has none of the kind."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, password = b64decode(encoded, validate=True).decode().partition(":")
    except (NotBase64, UnicodeDecodeError):
        return "", ""
    return name, password
