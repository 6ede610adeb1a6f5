"""Apps that call in their own name: HTTP basic authentication with the app's key and secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakebox.core.errors import InvalidAppCredentials, NoCredentials, UnknownApp
from fakebox.http.headers import name_and_password
from fakebox.v2.request import OtherCredentials, V2Request

if TYPE_CHECKING:
    from fakebox.core.apps import App

_BASIC = "Basic <base64(app-key:app-secret)>"


def identify_app(request: V2Request) -> App:
    """The app that calls.

    Raises:
        NoCredentials: none says that it does.
        OtherCredentials: a user calls.
        InvalidAppCredentials: the key or the secret is wrong.
    """
    pair = name_and_password(request.authorization)
    if pair is None and request.authorization:
        raise OtherCredentials(request.authorization, _BASIC)
    if pair is None:
        raise NoCredentials
    key, secret = pair
    try:
        app = request.world.apps.find(request.namespace.resolve(key))
    except UnknownApp as error:
        raise InvalidAppCredentials from error
    app.check_secret(request.namespace.resolve(secret))
    return app
