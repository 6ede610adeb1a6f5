"""The places in a request where a client may send a token, an app key or a code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from fakebox.http.basic import name_and_password

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fakebox.http.urlencoded import Pairs

_IN_HEADER = (
    re.compile(r'(?:^Bearer\s+|oauth_token="?)(?P<value>[^",\s]+)', re.IGNORECASE),
    re.compile(r'oauth_consumer_key="?(?P<value>[^",\s]+)', re.IGNORECASE),
)
_EVERYWHERE = ("oauth_token", "access_token", "oauth_consumer_key")
# Elsewhere these names have other meanings.
_OAUTH2_PATHS = ("/oauth2/", "/1/oauth2/")
_OAUTH2 = ("client_id", "code", "refresh_token")


def in_header(authorization: str) -> Iterator[str]:
    """The credentials in an Authorization header: a token before an app key.

    Args:
        authorization: the header's value, or an empty string.
    """
    if authorization[:6].lower() == "basic ":
        pair = name_and_password(authorization)
        yield from pair[:1] if pair else ()
        return
    for pattern in _IN_HEADER:
        if found := pattern.search(authorization):
            yield unquote(found["value"])


def in_parameters(raw_path: str, pairs: Pairs) -> Iterator[str]:
    """The credentials among the parameters of query and form: tokens before app keys.

    Secrets are not among them, since they do not identify anything.

    Args:
        raw_path: the path of the request, percent-encoded.
        pairs: the parameters.
    """
    names = _EVERYWHERE + (_OAUTH2 if raw_path.startswith(_OAUTH2_PATHS) else ())
    for wanted in names:
        yield from (value for name, value in pairs if name == wanted)
