"""OAuth 1.0 (RFC 5849): verifies signatures, and finds the app and the token of a request.

The parameters may be in the `Authorization` header, the query or a form, and in several of them if
the values are the same. The order of the checks is app, token, signature, timestamp, nonce.
"""

import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from fakebox.context import Caller, RequestContext
from fakebox.core.apps import App
from fakebox.core.errors import (
    BadSignature,
    InvalidAppCredentials,
    NoCredentials,
    RequestTokenNotFound,
    StaleTimestamp,
    TokenOfAnotherApp,
    TokenRevoked,
    UnknownApp,
    UnknownToken,
)
from fakebox.core.tokens import AccessToken, RequestToken

# `int` raises an exception for numbers with thousands of digits.
_TIMESTAMP = re.compile(r"[0-9]{1,18}")
PLAINTEXT = "PLAINTEXT"
HMAC_SHA1 = "HMAC-SHA1"


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed request.

    Attributes:
        context: the request.
        oauth: its OAuth parameters, by name.
    """

    context: RequestContext
    oauth: dict[str, str]

    @classmethod
    def of(cls, context: RequestContext) -> "Signed | None":
        """Parse the OAuth 1.0 parameters of a request; `None` if there are none.

        Raises:
            BadSignature: a parameter was sent twice with different values.
        """
        oauth: dict[str, str] = {}
        for name, value in (*_header_pairs(context.authorization), *context.pairs):
            if name.startswith("oauth_") and oauth.setdefault(name, value) != value:
                raise BadSignature
        return cls(context, oauth) if "oauth_consumer_key" in oauth else None

    def get(self, name: str) -> str:
        """The value of `oauth_{name}`; empty if it was not sent."""
        return self.oauth.get(f"oauth_{name}", "")

    def check(self, app: App, token: str, token_secret: str) -> None:
        """Verify the signature, and for HMAC-SHA1 the timestamp and the nonce.

        Args:
            app: the app whose secret has to sign the request.
            token: the token of the request; empty if there is none.
            token_secret: the secret of the token; empty if there is none.

        Raises:
            BadSignature: the signature, its method or the version is not valid.
            StaleTimestamp: the timestamp is missing, malformed, too old or too far in the future.
            NonceUsed: the nonce was used before.
        """
        method = self.get("signature_method")
        if self.get("version") not in ("", "1.0"):
            raise BadSignature
        if method == PLAINTEXT:
            # The service checked neither timestamps nor nonces of these requests. Clients of 2012
            # repeat nonces, because theirs have eight digits.
            self._check_plaintext(f"{app.secret}&{token_secret}")
        elif method == HMAC_SHA1:
            self._check_hmac(app.secret, token_secret)
            if self.context.namespace.options.auth == "strict":
                self._check_freshness(app, token)
        else:
            raise BadSignature

    def _check_plaintext(self, expected: str) -> None:
        # Some clients percent-encode the key once more, as the RFC says, and some do not.
        sent = self.get("signature")
        if not _same(sent, expected) and not _same(unquote(sent), expected):
            raise BadSignature

    def _check_hmac(self, app_secret: str, token_secret: str) -> None:
        from oauthlib.oauth1.rfc5849 import signature

        secrets = _Secrets(app_secret, token_secret)
        base_string = ""
        for base_string in self._base_strings():
            expected = signature.sign_hmac_sha1_with_client(base_string, secrets)
            if _same(self.get("signature"), expected):
                return
        raise BadSignature(base_string)

    def _base_strings(self) -> Iterator[str]:
        from oauthlib.oauth1.rfc5849 import signature

        # The type stubs of oauthlib declare a Literal of methods, and a dict of parameters.
        method: Any = self.context.method
        uri = signature.base_string_uri(self.context.base_url)
        for extra in dict.fromkeys(((), self.context.also_signed)):
            pairs: Any = [*self._signed_pairs(), *extra]
            yield signature.signature_base_string(
                method, uri, signature.normalize_parameters(pairs)
            )

    def _signed_pairs(self) -> list[tuple[str, str]]:
        sent = list(self.context.pairs)
        sent += [pair for pair in self.oauth.items() if pair not in sent]
        return [pair for pair in sent if pair[0] != "oauth_signature"]

    def _check_freshness(self, app: App, token: str) -> None:
        timestamp, nonce = self.get("timestamp"), self.get("nonce")
        if not (_TIMESTAMP.fullmatch(timestamp) and nonce):
            raise StaleTimestamp(timestamp)
        self.context.namespace.world.tokens.check_nonce(app.key, token, int(timestamp), nonce)


def identify(context: RequestContext) -> Caller | None:
    """Authenticate a request that is signed with an access token; `None` if it is not signed.

    Raises:
        NotAllowed: the app or the token is unknown, or the signature is not valid.
    """
    signed = Signed.of(context)
    if signed is None:
        return None
    namespace = context.namespace
    app = namespace.world.apps.find(namespace.resolve(signed.get("consumer_key")))
    return Caller(app, _check_access(signed, app))


def _check_access(signed: Signed, app: App) -> AccessToken:
    """Find the access token of a request of an app, and check the signature."""
    namespace = signed.context.namespace
    token = namespace.world.tokens.find(namespace.resolve(signed.get("token")))
    if token.app_id != app.id:
        raise TokenOfAnotherApp
    signed.check(app, token.token, token.secret or "")
    return token


def identify_app(context: RequestContext) -> App:
    """Authenticate the app of a request for a request token.

    The request may be signed with an access token of the app as well: dropbox-js signs it so if it
    has one.

    Raises:
        NotAllowed: the request is not signed by an app.
    """
    signed = _required(context)
    try:
        app = context.world.apps.find(context.namespace.resolve(signed.get("consumer_key")))
        if signed.get("token"):
            _check_access(signed, app)
        else:
            signed.check(app, "", "")
    except (UnknownApp, UnknownToken, TokenRevoked, TokenOfAnotherApp, BadSignature) as error:
        raise InvalidAppCredentials from error
    return app


def identify_request(context: RequestContext) -> RequestToken:
    """Authenticate a request for an access token, and return the request token that signs it.

    Raises:
        NotAllowed: the request is not signed with a request token of the app.
    """
    signed = _required(context)
    app = context.world.apps.find(context.namespace.resolve(signed.get("consumer_key")))
    request_token = context.world.tokens.find_request(
        context.namespace.resolve(signed.get("token"))
    )
    if request_token.app_id != app.id:
        raise RequestTokenNotFound(request_token.token)
    signed.check(app, request_token.token, request_token.secret)
    return request_token


@dataclass(frozen=True, slots=True)
class _Secrets:
    client_secret: str
    resource_owner_secret: str


def _required(context: RequestContext) -> Signed:
    signed = Signed.of(context)
    if signed is None:
        raise NoCredentials
    return signed


def _header_pairs(authorization: str) -> list[tuple[str, str]]:
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() != "oauth":
        return []
    fields = (field.partition("=") for field in rest.split(","))
    pairs = ((name.strip(), value.strip().strip('"')) for name, _, value in fields)
    return [(_decoded(name), _decoded(value)) for name, value in pairs if name != "realm"]


def _decoded(text: str) -> str:
    # Most values contain no percent sign. This check takes a tenth of the time of decoding.
    return unquote(text) if "%" in text else text


def _same(sent: str, expected: str) -> bool:
    return hmac.compare_digest(sent.encode(), expected.encode())
