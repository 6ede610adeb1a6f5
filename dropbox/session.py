"""OAuth authentication information, and how it makes requests and URLs.

`DropboxSession` holds an app's key and secret and a user's token; `DropboxClient` is made with one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args
from urllib.parse import parse_qs, urlencode

from dropbox import hosts, oauth1, rest
from dropbox.paths import quote_path
from dropbox.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self

AccessType = Literal["dropbox", "app_folder"]
SignatureMethod = Literal["PLAINTEXT", "HMAC-SHA1"]
Api = Literal["v1", "v2"]


class OAuthToken:
    """A key or token with its secret; as a tuple it is `(key, secret)`.

    Args:
        key: the public half.
        secret: the other half; it stays out of `repr`.
    """

    __slots__ = ("key", "secret")

    def __init__(self, key: str, secret: str) -> None:
        self.key: str = key
        self.secret: str = secret

    def __iter__(self) -> Any:
        """Key and secret, so that a token unpacks like the documented tuple."""
        return iter((self.key, self.secret))

    def __getitem__(self, index: int) -> str:
        """Key at 0, secret at 1."""
        return (self.key, self.secret)[index]

    def __len__(self) -> int:
        """2."""
        return 2

    def __eq__(self, other: object) -> bool:
        """Whether another token, or tuple, has the same halves."""
        if isinstance(other, (OAuthToken, tuple)):
            return tuple(self) == tuple(other)
        return NotImplemented

    def __hash__(self) -> int:
        """That of the tuple."""
        return hash((self.key, self.secret))

    def __repr__(self) -> str:
        """Show the key alone."""
        return f"OAuthToken(key={self.key!r}, secret='***')"

    def __getstate__(self) -> None:
        """Secrets are saved on purpose (`DropboxSession.to_dict`), never by accident."""
        raise TypeError("tokens aren't pickled; save DropboxSession.to_dict() instead")

    @classmethod
    def from_string(cls, text: str) -> Self:
        """The pair that an answer of the token calls holds.

        Raises:
            ValueError: it is empty, or either field is missing; the text isn't repeated.
        """
        fields = parse_qs(text)
        try:
            return cls(fields["oauth_token"][0], fields["oauth_token_secret"][0])
        except KeyError as error:
            raise ValueError(f"no {error.args[0]} in the answer") from None


class DropboxSession:
    """An app's credentials, a user's token, and the access they make.

    Args:
        consumer_key: the app's key.
        consumer_secret: the app's secret.
        access_type: `dropbox` or `app_folder`, as configured for the app.
        locale: the language of answers, as `en` or `pt_BR`; the service's default if `None`.
        rest_client: what sends requests: any object with `GET`, `POST` and `PUT`.
        signature_method: `PLAINTEXT`, which leaves the protection to TLS, or `HMAC-SHA1`, which
            keeps the secrets out of the requests.
        api: `v2` sends the client's calls to version 2 of the API, for which the session needs an
            OAuth 2 token (`set_token(token, "")`); `v1` never does. By default only calls with such
            a token to the live service go there, which shut version 1 down.

    Attributes:
        token: the access token, an `OAuthToken`, once there is one.
        request_token: the request token, an `OAuthToken`, once there is one.
        consumer_creds: the app's key and secret, an `OAuthToken`.
        root: `dropbox` or `sandbox`, the word that the access type has in URLs.
        API_VERSION, API_HOST, API_CONTENT_HOST, WEB_HOST, API_NOTIFY_HOST: where requests go. If
            the environment has `DROPBOX_ENDPOINT_URL` when the session is made, that one base URL
            serves in place of all hosts that weren't overridden.

        retries: when a request for a token is sent again, a `RetryPolicy`.

    Raises:
        ValueError: the access type or the signature method is unknown.

    Source: seed (`DropboxSession`).
    """

    API_VERSION = 1
    API_HOST = hosts.API_HOST
    API_CONTENT_HOST = hosts.API_CONTENT_HOST
    WEB_HOST = hosts.WEB_HOST
    API_NOTIFY_HOST = hosts.API_NOTIFY_HOST

    retries: RetryPolicy = RetryPolicy()

    _ROOTS: ClassVar[dict[str, str]] = {"dropbox": "dropbox", "app_folder": "sandbox"}

    def __init__(
        self,
        consumer_key: str,
        consumer_secret: str,
        access_type: AccessType | str,
        locale: str | None = None,
        rest_client: Any = rest.RESTClient,
        *,
        signature_method: SignatureMethod = "PLAINTEXT",
        api: Api | None = None,
    ) -> None:
        if api not in (None, *get_args(Api)):
            raise ValueError(f"api is {api!r}; it must be 'v1' or 'v2'")
        if access_type not in self._ROOTS:
            raise ValueError(
                f"access_type is {access_type!r}; it must be 'dropbox' or 'app_folder'"
            )
        if signature_method not in get_args(SignatureMethod):
            raise ValueError(
                f"signature_method is {signature_method!r}; it must be 'PLAINTEXT' or 'HMAC-SHA1'"
            )
        self.consumer_creds: OAuthToken = OAuthToken(consumer_key, consumer_secret)
        self.token: OAuthToken | None = None
        self.request_token: OAuthToken | None = None
        self.access_type = access_type
        self.root: str = self._ROOTS[access_type]
        self.locale = locale
        self.rest_client = rest_client
        self.signature_method = signature_method
        self.api: Api | None = api
        self._use_environment()

    def __repr__(self) -> str:
        """Show the app and whether there is a token."""
        state = "linked" if self.is_linked() else "not linked"
        return f"<{type(self).__name__} {self.consumer_creds.key!r} {self.access_type} {state}>"

    # --- the token ------------------------------------------------------------------------------

    def is_linked(self) -> bool:
        """Return whether the session has an access token attached. Source: seed."""
        return bool(self.token)

    def unlink(self) -> None:
        """Remove any attached access token. Source: seed."""
        self.token = None

    def set_token(self, access_token: str, access_token_secret: str) -> None:
        """Attach an access token: its string and its secret. Source: seed."""
        self.token = OAuthToken(access_token, access_token_secret)

    def set_request_token(self, request_token: str, request_token_secret: str) -> None:
        """Attach a request token: its string and its secret. Source: seed."""
        self.request_token = OAuthToken(request_token, request_token_secret)

    def to_dict(self) -> dict[str, Any]:
        """All that `from_dict` needs, secrets included, ready for JSON.

        Returns:
            A dictionary with `consumer_key`, `consumer_secret`, `access_type`, `locale`,
            `signature_method`, `api`, and `access_token` and `access_token_secret` (both `None`
            if the session isn't linked).
        """
        key, secret = self.token or (None, None)
        return {
            "consumer_key": self.consumer_creds.key,
            "consumer_secret": self.consumer_creds.secret,
            "access_type": self.access_type,
            "locale": self.locale,
            "signature_method": self.signature_method,
            "api": self.api,
            "access_token": key,
            "access_token_secret": secret,
        }

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any], rest_client: Any = rest.RESTClient) -> Self:
        """The session that `to_dict` saved.

        Raises:
            KeyError: a field is missing.
            ValueError: the access type is unknown.
        """
        session = cls(
            saved["consumer_key"],
            saved["consumer_secret"],
            saved["access_type"],
            saved["locale"],
            rest_client,
            signature_method=saved["signature_method"],
            api=saved.get("api"),
        )
        if saved["access_token"]:
            session.set_token(saved["access_token"], saved["access_token_secret"])
        return session

    # --- linking --------------------------------------------------------------------------------

    def obtain_request_token(self) -> OAuthToken:
        """Obtain a request token from the Dropbox API: the first step of linking.

        Returns:
            The request token, also attached as `request_token`; an access token is removed.

        Raises:
            ErrorResponse: 401 or 403 if the app's key or secret is wrong.
            ValueError: the answer holds no token.

        Source: seed.
        """
        self.token = None
        self.request_token = self._obtain(
            self.build_url(self.API_HOST, "/oauth/request_token"), None
        )
        return self.request_token

    def build_authorize_url(
        self, request_token: OAuthToken, oauth_callback: str | None = None
    ) -> str:
        """Build the URL where the user allows the app.

        Args:
            request_token: one from `obtain_request_token`.
            oauth_callback: where to send the user afterwards, with the token.

        Source: seed.
        """
        params = {"oauth_token": request_token.key}
        if oauth_callback:
            params["oauth_callback"] = oauth_callback
        return self.build_url(self.WEB_HOST, "/oauth/authorize", params)

    def obtain_access_token(self, request_token: OAuthToken | None = None) -> OAuthToken:
        """Obtain an access token for a user: the last step of linking.

        Args:
            request_token: the one that the user has allowed; `request_token` of this session if
                left out.

        Returns:
            The access token, also attached as `token`.

        Raises:
            ErrorResponse: 401 if the user hasn't allowed it.
            ValueError: there is no request token, or the answer holds no token.

        Source: seed.
        """
        request_token = request_token or self.request_token
        if not request_token:
            raise ValueError("no request_token given and none obtained before")
        self.token = self._obtain(
            self.build_url(self.API_HOST, "/oauth/access_token"), request_token
        )
        return self.token

    # --- requests -------------------------------------------------------------------------------

    def build_path(self, target: str, params: Mapping[str, Any] | None = None) -> str:
        """Build the path of an API URL: the version, the target, and the parameters.

        Args:
            target: as `/files`; it is percent-encoded.
            params: name to value; the session's locale joins them.

        Source: seed.
        """
        path = f"/{self.API_VERSION}{quote_path(target)}"
        query = dict(params or {})
        if self.locale:
            query["locale"] = self.locale
        return f"{path}?{urlencode(query)}" if query else path

    def build_url(self, host: str, target: str, params: Mapping[str, Any] | None = None) -> str:
        """Build an API URL: `https`, a host, and what `build_path` returns.

        Args:
            host: a bare host name, or a base URL with its scheme.
            target, params: as for `build_path`.

        Source: seed.
        """
        return hosts.base_url(host) + self.build_path(target, params)

    def build_access_headers(
        self,
        method: str,
        resource_url: str,
        params: Mapping[str, Any] | None = None,
        request_token: OAuthToken | None = None,
    ) -> tuple[dict[str, str], dict[str, Any]]:
        """Build OAuth access headers for a future request.

        Args:
            method: the HTTP method that will be used.
            resource_url: the URL that the request will be made to.
            params: parameters to add to what's already on the URL; typically those of a POST.
            request_token: sign with this one rather than with the session's token.

        Returns:
            A tuple of (headers, params): nothing in the headers, and the parameters with the OAuth
            ones among them.

        Source: seed.
        """
        token = request_token or self.token
        given = dict(params or {})
        if self.signature_method == "HMAC-SHA1":
            oauth = oauth1.hmac_sha1(self.consumer_creds, token, method, resource_url, given)
        else:
            oauth = oauth1.plaintext(self.consumer_creds, token)
        return {}, {**given, **oauth}

    def _obtain(self, url: str, request_token: OAuthToken | None) -> OAuthToken:
        def send() -> Any:
            headers, params = self.build_access_headers("POST", url, request_token=request_token)
            return self.rest_client.POST(url, headers=headers, params=params, raw_response=True)

        body = self.retries.run(send, repeatable=False).read()
        return OAuthToken.from_string(body.decode() if isinstance(body, bytes) else body)

    def _use_environment(self) -> None:
        endpoint = hosts.endpoint_from_environment()
        if not endpoint:
            return
        for name in ("API_HOST", "API_CONTENT_HOST", "WEB_HOST", "API_NOTIFY_HOST"):
            if getattr(self, name) == getattr(hosts, name):
                setattr(self, name, endpoint)
