"""OAuth 1.0 parameters of a request."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, Protocol, cast
from urllib.parse import parse_qsl, urlsplit


class KeyPair(Protocol):
    """A key or token with its secret."""

    @property
    def key(self) -> str:
        """The key or token."""
        ...

    @property
    def secret(self) -> str:
        """The secret."""
        ...


def plaintext(consumer: KeyPair, token: KeyPair | None) -> dict[str, str]:
    """Return the parameters of a request signed by `PLAINTEXT`, for requests over TLS.

    Args:
        consumer: the app's key and secret.
        token: the request or access token; `None` for a request that obtains a request token.
    """
    params = {
        "oauth_consumer_key": consumer.key,
        "oauth_timestamp": str(int(time.time())),
        # 64 bits, because nonces of eight digits repeat within a second on a busy server.
        "oauth_nonce": f"{random.SystemRandom().getrandbits(64):020d}",
        "oauth_version": "1.0",
        "oauth_signature_method": "PLAINTEXT",
        "oauth_signature": f"{consumer.secret}&{token.secret if token else ''}",
    }
    if token:
        params["oauth_token"] = token.key
    return params


def hmac_sha1(
    consumer: KeyPair, token: KeyPair | None, method: str, url: str, params: Mapping[str, object]
) -> dict[str, str]:
    """Return the parameters of a request signed by `HMAC-SHA1`, which does not send the secrets.

    Args:
        consumer, token: as for `plaintext`.
        method: the HTTP method.
        url: the URL; the parameters in its query are signed as well.
        params: the other parameters of the request, in its query or body.
    """
    # Imported here, because the import is slow and not used for `PLAINTEXT`.
    from oauthlib.oauth1.rfc5849 import signature

    oauth = plaintext(consumer, token)
    del oauth["oauth_signature"]
    oauth["oauth_signature_method"] = "HMAC-SHA1"
    own = [(name, str(value)) for name, value in (*params.items(), *oauth.items())]
    pairs: Any = parse_qsl(urlsplit(url).query, keep_blank_values=True) + own
    base = signature.signature_base_string(
        cast("Any", method), signature.base_string_uri(url), signature.normalize_parameters(pairs)
    )
    secrets = SimpleNamespace(
        client_secret=consumer.secret, resource_owner_secret=token.secret if token else ""
    )
    oauth["oauth_signature"] = signature.sign_hmac_sha1_with_client(base, secrets)
    return oauth
