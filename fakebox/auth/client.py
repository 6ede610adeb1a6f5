"""OAuth 2 clients: the app's key and secret, by HTTP Basic or as parameters (RFC 6749, 2.3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fakebox.core.errors import UnknownApp
from fakebox.http.basic import name_and_password

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fakebox.context import RequestContext
    from fakebox.core.apps import App


@dataclass(frozen=True, slots=True)
class Client:
    """An app that calls the token endpoint.

    Attributes:
        app: the app.
        has_secret: whether it has authenticated with its secret.
    """

    app: App
    has_secret: bool


def identify_client(context: RequestContext, params: Mapping[str, str]) -> Client:
    """The app that calls the token endpoint.

    Every secret that was sent is checked, whether the call needs one or not.

    Args:
        context: the request.
        params: the request's parameters; `client_id` and `client_secret` are used.

    Raises:
        NotAllowed: the key is unknown, a secret is wrong, or header and parameters name two apps.
    """
    resolve = context.namespace.resolve
    key, secrets = resolve(params.get("client_id", "")), [params.get("client_secret", "")]
    pair = name_and_password(context.authorization)
    if pair is not None:
        name, password = resolve(pair[0]), pair[1]
        if key and key != name:
            raise UnknownApp(key)
        key = name
        secrets.append(password)
    app = context.world.apps.find(key)
    sent = [secret for secret in secrets if secret]
    for secret in sent:
        app.check_secret(resolve(secret))
    return Client(app, bool(sent))
