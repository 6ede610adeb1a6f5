"""Sign requests by OAuth 1.0 (RFC 5849), without code of the SDK or of a library that it uses.

If the raw cases used the signer of the SDK, an error that the SDK and the emulator share would not
be detected.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl, quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

Method = Literal["HMAC-SHA1", "PLAINTEXT"]
Pair = tuple[str, str]


def parameters(
    consumer: Pair,
    token: Pair | None,
    method: str,
    url: str,
    params: Mapping[str, object] | None = None,
    signature_method: Method = "HMAC-SHA1",
    now_s: float | None = None,
    others: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the OAuth parameters of a request, with the signature.

    Args:
        consumer: key and secret of the app.
        token: key and secret of the request token or access token; `None` to obtain one.
        method: HTTP method.
        url: URL; parameters in its query are signed as well.
        params: other parameters in the query or in a form.
        signature_method: the signature method.
        now_s: the timestamp, in seconds since 1970; `None` for the present time.
        others: other values of OAuth parameters, which are signed; an empty one removes it.
    """
    fields = {
        "oauth_consumer_key": consumer[0],
        "oauth_nonce": secrets.token_hex(12),
        "oauth_signature_method": signature_method,
        "oauth_timestamp": str(int(time.time() if now_s is None else now_s)),
        "oauth_version": "1.0",
    }
    if token:
        fields["oauth_token"] = token[0]
    fields = {name: value for name, value in {**fields, **(others or {})}.items() if value}
    key = f"{encoded(consumer[1])}&{encoded(token[1] if token else '')}"
    if signature_method == "PLAINTEXT":
        return {**fields, "oauth_signature": key}
    pairs = [(name, str(value)) for name, value in {**(params or {}), **fields}.items()]
    text = base_string(method, url, pairs)
    digest = hmac.digest(key.encode(), text.encode(), hashlib.sha1)
    return {**fields, "oauth_signature": base64.b64encode(digest).decode()}


def header(fields: Mapping[str, str]) -> dict[str, str]:
    """Return OAuth parameters as an Authorization header."""
    listed = ", ".join(f'{name}="{encoded(value)}"' for name, value in fields.items())
    return {"Authorization": f"OAuth {listed}"}


def base_string(method: str, url: str, pairs: list[Pair]) -> str:
    """Return the signature base string (RFC 5849, section 3.4.1)."""
    parts = urlsplit(url)
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    if parts.port and (scheme, parts.port) not in (("http", 80), ("https", 443)):
        host += f":{parts.port}"
    everything = pairs + parse_qsl(parts.query, keep_blank_values=True)
    listed = sorted((encoded(name), encoded(value)) for name, value in everything)
    normalized = "&".join(f"{name}={value}" for name, value in listed)
    address = f"{scheme}://{host}{parts.path or '/'}"
    return "&".join(map(encoded, (method.upper(), address, normalized)))


def encoded(text: str) -> str:
    """Encode a text (RFC 5849, section 3.6)."""
    return quote(text, safe="~")
