"""Sessions: the credentials of an app and a user, and the requests signed with them.

A `DropboxSession` has an app's key and secret and a user's token. A `DropboxOAuth2Session` has an
OAuth 2 token. A `DropboxClient` uses one of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any, ClassVar, Literal, NamedTuple, get_args
from urllib.parse import parse_qs, urlencode

from dropbox import oauth1, rest, urls
from dropbox.bearer_token import AddOptions, BearerToken, Grant, is_token, request_grant
from dropbox.compat import Self
from dropbox.retry import RetryPolicy

AccessType = Literal["dropbox", "app_folder", "auto"]
SignatureMethod = Literal["PLAINTEXT", "HMAC-SHA1"]
Api = Literal["v1", "v2"]
_SCOPE = re.compile(r"\S+")

# The secret that marks an OAuth 2 refresh token in `DropboxSession.set_token`.
REFRESH_TOKEN = "refresh_token"


class OAuthToken(NamedTuple):
    """A key or token with its secret, the tuple `(key, secret)`.

    Args:
        key: the key or token.
        secret: its secret, which `repr` does not show.

    Example:
        >>> from dropbox.session import OAuthToken
        >>> token = OAuthToken("fakebox-token", "fakebox-token-secret")
        >>> key, secret = token
        >>> "%s|%s" % token
        'fakebox-token|fakebox-token-secret'
        >>> token
        OAuthToken(key='fakebox-token', secret='***')
    """

    key: str
    secret: str

    def __repr__(self) -> str:
        """Show the key without the secret."""
        return f"OAuthToken(key={self.key!r}, secret='***')"

    def __getstate__(self) -> None:
        """Raise `TypeError`, so that secrets are not saved by accident."""
        raise TypeError("tokens cannot be pickled; save DropboxSession.to_dict() instead")

    def __copy__(self) -> Self:
        """Return the token itself, which cannot change."""
        return self

    def __deepcopy__(self, memo: object) -> Self:
        """Return the token itself, which cannot change."""
        return self

    @classmethod
    def from_string(cls, text: str) -> Self:
        """Parse the response to a request for a token.

        Args:
            text: the URL-encoded response.

        Raises:
            ValueError: a field is missing; the message does not contain the response.

        Example:
            >>> from dropbox.session import OAuthToken
            >>> OAuthToken.from_string("oauth_token_secret=s&oauth_token=k").key
            'k'
        """
        fields = parse_qs(text)
        try:
            return cls(fields["oauth_token"][0], fields["oauth_token_secret"][0])
        except KeyError as error:
            raise ValueError(f"the response must contain {error.args[0]}") from None


class DropboxSession:
    """The credentials of an app and a user, for OAuth 1.0.

    Args:
        consumer_key: the app's key.
        consumer_secret: the app's secret.
        access_type: `dropbox` or `app_folder`, as the app is configured; `auto` leaves this to the
            service, as in later releases of the original.
        locale: the language of responses, such as `en` or `pt_BR`; `None` is the default of the
            service.
        rest_client: sends requests; any object with the methods `GET`, `POST` and `PUT`.
        signature_method: `PLAINTEXT` sends the secrets, so it is safe only over TLS. `HMAC-SHA1`
            does not send the secrets.
        api: the version of the API that calls are sent to, `v1` or `v2`. Version 2 requires an
            OAuth 2 token (`set_token(token, "")`). If `None`, calls with such a token to the live
            service are sent to version 2, all others to version 1.

    Attributes:
        request_token: the request token, an `OAuthToken`; `None` before it is obtained.
        consumer_creds: the app's key and secret, an `OAuthToken`.
        root: the access type as it is in URLs: `dropbox`, `sandbox` or `auto`.
        API_VERSION, API_HOST, API_CONTENT_HOST, WEB_HOST, API_NOTIFY_HOST: the version and the
            hosts of the API. If `DROPBOX_ENDPOINT_URL` is set when the session is made, that base
            URL replaces all hosts that were not changed.
        retries: a `RetryPolicy` for requests for tokens.

    Raises:
        ValueError: `access_type`, `signature_method` or `api` is not one of the values above.

    Example:
        >>> from dropbox.client import DropboxClient
        >>> from dropbox.session import DropboxSession
        >>> session = DropboxSession("fakebox-app-key", "fakebox-app-secret", "dropbox")
        >>> session.set_token("fakebox-token", "fakebox-token-secret")
        >>> DropboxClient(session).account_info()["email"]
        'user@fakebox.example'

    Source: Dropbox Python SDK documentation, `DropboxSession`.
    """

    API_VERSION = 1
    API_HOST = urls.API_HOST
    API_CONTENT_HOST = urls.API_CONTENT_HOST
    WEB_HOST = urls.WEB_HOST
    API_NOTIFY_HOST = urls.API_NOTIFY_HOST

    retries: RetryPolicy = RetryPolicy()
    bearer_token: BearerToken | None

    _ROOTS: ClassVar[dict[str, str]] = {
        "dropbox": "dropbox",
        "app_folder": "sandbox",
        "auto": "auto",
    }

    def __init__(
        self,
        consumer_key: str,
        consumer_secret: str,
        access_type: AccessType | str = "auto",
        locale: str | None = None,
        rest_client: rest.RESTTransport = rest.RESTClient,
        *,
        signature_method: SignatureMethod = "PLAINTEXT",
        api: Api | None = None,
    ) -> None:
        if api not in (None, *get_args(Api)):
            raise ValueError(f"api must be 'v1' or 'v2', not {api!r}")
        if access_type not in self._ROOTS:
            raise ValueError(
                f"access_type must be 'dropbox', 'app_folder' or 'auto', not {access_type!r}"
            )
        if signature_method not in get_args(SignatureMethod):
            raise ValueError(
                f"signature_method must be 'PLAINTEXT' or 'HMAC-SHA1', not {signature_method!r}"
            )
        self.consumer_creds: OAuthToken = OAuthToken(consumer_key, consumer_secret)
        self.token = None
        self.request_token: OAuthToken | None = None
        self.access_type = access_type
        self.root: str = self._ROOTS[access_type]
        self.locale = locale
        self.rest_client = rest_client
        self.signature_method = signature_method
        self.api: Api | None = api
        self._use_environment()

    def __repr__(self) -> str:
        """Show the app and whether the session is linked."""
        state = "linked" if self.is_linked() else "not linked"
        return f"<{type(self).__name__} {self.consumer_creds.key!r} {self.access_type} {state}>"

    # --- the token ------------------------------------------------------------------------------

    @property
    def token(self) -> OAuthToken | None:
        """The access token, or the OAuth 2 refresh token; `None` if the session is not linked.

        Example:
            >>> client.session.token
            OAuthToken(key='fakebox-token', secret='***')

        Source: Dropbox Python SDK documentation.
        """
        return self._token

    @token.setter
    def token(self, token: OAuthToken | None) -> None:
        self._token = token
        self.bearer_token = self._bearer_token_of(token)

    def is_linked(self) -> bool:
        """Return whether the session has an access token attached.

        Example:
            >>> client.session.is_linked()
            True

        Source: Dropbox Python SDK documentation.
        """
        return bool(self.token)

    def unlink(self) -> None:
        """Remove any attached access token.

        Example:
            >>> client.session.unlink()
            >>> client.session.is_linked()
            False

        Source: Dropbox Python SDK documentation.
        """
        self.token = None

    def set_token(self, access_token: str, access_token_secret: str) -> None:
        """Attach an access token, or an OAuth 2 refresh token.

        With a refresh token, the session requests an access token from the live service with the
        app's key and secret, and a new one before it expires.

        Args:
            access_token: the token.
            access_token_secret: its secret. An empty string for an OAuth 2 access token;
                `refresh_token`, the value of `REFRESH_TOKEN`, for an OAuth 2 refresh token.

        Example:
            >>> client.session.set_token("fakebox-other-token", "fakebox-other-token-secret")
            >>> client.account_info()["email"]
            'other@fakebox.example'

        Source: Dropbox Python SDK documentation.
        """
        self.token = OAuthToken(access_token, access_token_secret)

    def set_request_token(self, request_token: str, request_token_secret: str) -> None:
        """Attach a request token.

        Args:
            request_token: the token.
            request_token_secret: its secret.

        Example:
            >>> client.session.set_request_token("key", "secret")
            >>> client.session.request_token
            OAuthToken(key='key', secret='***')

        Source: Dropbox Python SDK documentation.
        """
        self.request_token = OAuthToken(request_token, request_token_secret)

    def to_dict(self) -> dict[str, str | None]:
        """Return the state of the session for `from_dict`, with its secrets, ready for JSON.

        Returns:
            A dictionary with `consumer_key`, `consumer_secret`, `access_type`, `locale`,
            `signature_method`, `api`, and `access_token` and `access_token_secret` (both `None`
            if the session is not linked).

        Example:
            >>> import json
            >>> json.dumps(client.session.to_dict())
            '{"consumer_key": "fakebox-app-key", "consumer_secret": "...", ...}'
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
    def from_dict(
        cls, saved: Mapping[str, Any], rest_client: rest.RESTTransport = rest.RESTClient
    ) -> Self:
        """Make a session from the result of `to_dict`.

        Args:
            saved: the result of `to_dict`.
            rest_client: as for the class.

        Raises:
            KeyError: a field is missing.
            ValueError: a field has a value that the class does not accept.
            TypeError: `saved` is not a dictionary.

        Example:
            >>> from dropbox.session import DropboxSession
            >>> saved = client.session.to_dict()
            >>> DropboxSession.from_dict(saved)
            <DropboxSession 'fakebox-app-key' dropbox linked>
        """
        fields = _saved_fields(saved)
        session = cls(
            fields["consumer_key"],
            fields["consumer_secret"],
            fields["access_type"],
            fields["locale"],
            rest_client,
            signature_method=fields["signature_method"],
            api=fields.get("api"),
        )
        if fields["access_token"]:
            session.set_token(fields["access_token"], fields["access_token_secret"])
        return session

    # --- linking --------------------------------------------------------------------------------

    def obtain_request_token(self) -> OAuthToken:
        """Obtain a request token from the Dropbox API: the first step of linking.

        Returns:
            The request token, also attached as `request_token`; an access token is removed.

        Raises:
            ErrorResponse: 401 or 403 if the app's key or secret is wrong.
            ValueError: the response has no token.

        Example:
            >>> from dropbox.session import DropboxSession
            >>> session = DropboxSession("fakebox-app-key", "fakebox-app-secret", "dropbox")
            >>> request_token = session.obtain_request_token()
            >>> session.build_authorize_url(request_token)
            'http://.../1/oauth/authorize?oauth_token=...'

        Source: Dropbox Python SDK documentation.
        """
        self.token = None
        self.request_token = self._obtain(
            self.build_url(self.API_HOST, "/oauth/request_token"), None
        )
        return self.request_token

    def build_authorize_url(
        self, request_token: OAuthToken, oauth_callback: str | None = None
    ) -> str:
        """Build the URL of the page where the user authorizes the app.

        Args:
            request_token: a token from `obtain_request_token`.
            oauth_callback: the URL to redirect the user to afterwards, with the token.

        Example:
            >>> from dropbox.session import DropboxSession
            >>> session = DropboxSession("fakebox-app-key", "fakebox-app-secret", "dropbox")
            >>> request_token = session.obtain_request_token()
            >>> session.build_authorize_url(request_token, "https://app.example/callback")
            'http://.../1/oauth/authorize?oauth_token=...&oauth_callback=https%3A%2F%2Fapp.example...'

        Source: Dropbox Python SDK documentation.
        """
        params = {"oauth_token": request_token.key}
        if oauth_callback:
            params["oauth_callback"] = oauth_callback
        return self.build_url(self.WEB_HOST, "/oauth/authorize", params)

    def obtain_access_token(self, request_token: OAuthToken | None = None) -> OAuthToken:
        """Obtain an access token for a user: the last step of linking.

        Args:
            request_token: the token that the user has authorized; `None` uses the attribute
                `request_token`.

        Returns:
            The access token, also attached as `token`.

        Raises:
            ErrorResponse: 401 if the user has not authorized the request token.
            ValueError: there is no request token, or the response has no token.

        Example:
            >>> from dropbox.client import DropboxClient
            >>> from dropbox.session import DropboxSession
            >>> session = DropboxSession("fakebox-app-key", "fakebox-app-secret", "dropbox")
            >>> request_token = session.obtain_request_token()
            >>> approve(session.build_authorize_url(request_token))
            >>> access_token = session.obtain_access_token(request_token)
            >>> DropboxClient(session).account_info()["email"]
            'user@fakebox.example'

        Source: Dropbox Python SDK documentation.
        """
        request_token = request_token or self.request_token
        if not request_token:
            raise ValueError("there is no request_token; call obtain_request_token() or pass one")
        self.token = self._obtain(
            self.build_url(self.API_HOST, "/oauth/access_token"), request_token
        )
        return self.token

    # --- requests -------------------------------------------------------------------------------

    def build_path(self, target: str, params: Mapping[str, object] | None = None) -> str:
        """Build the path of an API URL: the version, the target, and the parameters.

        Args:
            target: the target, such as `/files`; it is percent-encoded.
            params: the parameters; the session's locale is added.

        Example:
            >>> client.session.build_path("/search/dropbox/Photos", {"query": "beach"})
            '/1/search/dropbox/Photos?query=beach'

        Source: Dropbox Python SDK documentation.
        """
        path = f"/{self.API_VERSION}{urls.quote_path(target)}"
        query = dict(params or {})
        if self.locale:
            query["locale"] = self.locale
        return f"{path}?{urlencode(query)}" if query else path

    def build_url(self, host: str, target: str, params: Mapping[str, object] | None = None) -> str:
        """Build an API URL: `https`, a host, and the result of `build_path`.

        Args:
            host: a bare host name, or a base URL with its scheme.
            target, params: as for `build_path`.

        Example:
            >>> client.session.build_url("api.dropbox.com", "/account/info")
            'https://api.dropbox.com/1/account/info'

        Source: Dropbox Python SDK documentation.
        """
        return urls.base_url(host) + self.build_path(target, params)

    def build_access_headers(
        self,
        method: str,
        resource_url: str,
        params: Mapping[str, object] | None = None,
        request_token: OAuthToken | None = None,
    ) -> tuple[dict[str, str], dict[str, object]]:
        """Build OAuth access headers for a future request.

        An OAuth 2 token is refreshed first if it expires soon.

        Args:
            method: the HTTP method that will be used.
            resource_url: the URL that the request will be made to.
            params: the parameters that are not in the URL, such as those of a POST.
            request_token: the token to sign with; `None` uses the session's token.

        Returns:
            A tuple of (headers, params): empty headers, and `params` with the parameters of OAuth.
            With an OAuth 2 token, the headers contain the token and `params` is unchanged.

        Raises:
            RefreshTokenError: the refresh token was rejected.
            ErrorResponse, RESTSocketError: the request for an OAuth 2 token failed.

        Example:
            >>> url = client.session.build_url("api.dropbox.com", "/account/info")
            >>> headers, params = client.session.build_access_headers("GET", url)
            >>> headers, params["oauth_token"]
            ({}, 'fakebox-token')

        Source: Dropbox Python SDK documentation.
        """
        token = request_token or self.token
        all_params = dict(params or {})
        if self.bearer_token and not request_token:
            return {"Authorization": f"Bearer {self.bearer_token.current()}"}, all_params
        if self.signature_method == "HMAC-SHA1":
            oauth = oauth1.hmac_sha1(self.consumer_creds, token, method, resource_url, all_params)
        else:
            oauth = oauth1.plaintext(self.consumer_creds, token)
        return {}, {**all_params, **oauth}

    def _obtain(self, url: str, request_token: OAuthToken | None) -> OAuthToken:
        def send() -> Any:
            headers, params = self.build_access_headers("POST", url, request_token=request_token)
            return self.rest_client.POST(url, headers=headers, params=params, raw_response=True)

        body = self.retries.run(send, repeatable=False).read()
        return OAuthToken.from_string(body.decode() if isinstance(body, bytes) else body)

    # --- OAuth 2 --------------------------------------------------------------------------------

    def _bearer_token_of(self, token: OAuthToken | None) -> BearerToken | None:
        if token and token.secret == REFRESH_TOKEN:
            return self._make_bearer_token(Grant(refresh_token=token.key))
        if token and not token.secret and is_token(token.key):
            return self._make_bearer_token(Grant(access_token=token.key))
        return None

    def _make_bearer_token(self, grant: Grant) -> BearerToken:
        return BearerToken(grant, self._refresh, self._now_s, self._grant_changed)

    def _refresh(self, grant: Grant, may_wait: bool, add_options: AddOptions) -> Grant:
        params = {
            "grant_type": "refresh_token",
            "refresh_token": str(grant.refresh_token),
            "client_id": self.consumer_creds.key,
            "client_secret": self.consumer_creds.secret,
            "scope": self._refreshed_scope(),
        }
        return request_grant(
            urls.v2_base_url(self.API_HOST) + "/oauth2/token",
            {name: value for name, value in params.items() if value},
            add_options(self.rest_client),
            self.retries if may_wait else replace(self.retries, attempts=1),
            # The service does not replace refresh tokens, so the request has the same result again.
            repeatable=True,
        )

    def _now_s(self) -> float:
        return self.retries.clock()

    def _refreshed_scope(self) -> str:
        # An empty scope requests every scope that the user has granted.
        return ""

    def _grant_changed(self, bearer_token: BearerToken) -> None:
        # Another thread may have replaced or removed the token during the refresh.
        if bearer_token is self.bearer_token:
            self._store_grant(bearer_token.grant)

    def _store_grant(self, grant: Grant) -> None:
        if self._token and grant.refresh_token and grant.refresh_token != self._token.key:
            # Without the setter, which would discard the new access token.
            self._token = OAuthToken(grant.refresh_token, REFRESH_TOKEN)

    def _use_environment(self) -> None:
        endpoint = urls.endpoint_from_environment()
        if not endpoint:
            return
        for name in ("API_HOST", "API_CONTENT_HOST", "WEB_HOST", "API_NOTIFY_HOST"):
            if getattr(self, name) == getattr(urls, name):
                setattr(self, name, endpoint)


class DropboxOAuth2Session(DropboxSession):
    """A session with an OAuth 2 access token, and a refresh token if the app has one.

    With a refresh token, the session replaces the access token before it expires, and once for a
    request that is rejected with `expired_access_token`. Several threads share one new token. A
    forked process has a copy of the tokens, and replaces them independently. Refresh tokens do not
    expire, and the live service does not replace them.

    Args:
        oauth2_access_token: the access token; `None` requests one with the refresh token.
        locale: the language of responses, as for `DropboxSession`.
        rest_client: as for `DropboxSession`; it also sends the requests for new tokens.
        api: as for `DropboxSession`.
        oauth2_refresh_token: the refresh token; `None` if the access token is not replaced.
        oauth2_access_token_expiration: when the access token expires, in UTC if it has no time
            zone; `None` if that is unknown, or never.
        app_key: the app's key; a refresh token requires it.
        app_secret: the app's secret; `None` if the refresh token was obtained with PKCE.
        scope: the scopes of new access tokens, from those that the user has granted; `None` for
            all of them.
        on_refresh: called with the session after each replacement, to store `to_dict()`. If it
            raises, the session keeps the new token, the call that needed it raises the error
            without sending its request, and the function is called again before the next request.

    Attributes:
        on_refresh: the argument.

    Raises:
        ValueError: a token is empty or contains an invalid character, there is no token, or
            another argument does not have an accepted value.
        TypeError: `oauth2_access_token_expiration` is not a datetime, or `on_refresh` is not a
            function.

    Example:
        >>> from dropbox.client import DropboxClient
        >>> from dropbox.session import DropboxOAuth2Session
        >>> session = DropboxOAuth2Session("fakebox-bearer-token", locale="de")
        >>> DropboxClient(session).account_info()["email"]
        'user@fakebox.example'

    Source: Dropbox API v1, OAuth 2; OAuth guide of API v2, refresh tokens.
    """

    def __init__(
        self,
        oauth2_access_token: str | None = None,
        locale: str | None = None,
        rest_client: rest.RESTTransport = rest.RESTClient,
        *,
        api: Api | None = None,
        oauth2_refresh_token: str | None = None,
        oauth2_access_token_expiration: datetime | None = None,
        app_key: str | None = None,
        app_secret: str | None = None,
        scope: Sequence[str] | None = None,
        on_refresh: Callable[[DropboxOAuth2Session], object] | None = None,
    ) -> None:
        if oauth2_access_token is not None or oauth2_refresh_token is None:
            _check_token("oauth2_access_token", oauth2_access_token)
        if on_refresh is not None and not callable(on_refresh):
            raise TypeError(f"on_refresh must be a function or None, not {on_refresh!r}")
        if oauth2_refresh_token is not None:
            _check_token("oauth2_refresh_token", oauth2_refresh_token)
            if not app_key:
                raise ValueError("oauth2_refresh_token requires app_key")
        super().__init__(app_key or "", app_secret or "", "dropbox", locale, rest_client, api=api)
        self.root = "auto"
        self.on_refresh: Callable[[DropboxOAuth2Session], object] | None = on_refresh
        self._scope: str = join_scopes(scope)
        self.bearer_token: BearerToken | None = self._make_bearer_token(
            Grant(
                oauth2_access_token,
                oauth2_refresh_token,
                _utc(oauth2_access_token_expiration),
            )
        )

    def __repr__(self) -> str:
        """Show whether the session is linked, without the tokens."""
        return f"<{type(self).__name__} {'linked' if self.is_linked() else 'not linked'}>"

    @property
    def access_token(self) -> str | None:
        """The access token; `None` after `unlink`, or before the first one is requested.

        Example:
            >>> from dropbox.session import DropboxOAuth2Session
            >>> DropboxOAuth2Session("fakebox-bearer-token").access_token
            'fakebox-bearer-token'
        """
        return self._grant.access_token

    @property
    def refresh_token(self) -> str | None:
        """The refresh token; `None` if there is none.

        Example:
            >>> from dropbox.session import DropboxOAuth2Session
            >>> DropboxOAuth2Session("fakebox-bearer-token").refresh_token is None
            True
        """
        return self._grant.refresh_token

    @property
    def expires_at(self) -> datetime | None:
        """When the access token expires, in UTC; `None` if that is unknown, or never.

        Example:
            >>> from datetime import datetime, timezone
            >>> from dropbox.session import DropboxOAuth2Session
            >>> session = DropboxOAuth2Session(
            ...     "fakebox-bearer-token",
            ...     oauth2_access_token_expiration=datetime(2030, 1, 1, tzinfo=timezone.utc),
            ... )
            >>> session.expires_at.year
            2030
        """
        return self._grant.expires_at

    def is_linked(self) -> bool:
        """Return whether the session has a token.

        Example:
            >>> from dropbox.session import DropboxOAuth2Session
            >>> DropboxOAuth2Session("fakebox-bearer-token").is_linked()
            True
        """
        return self.bearer_token is not None

    def unlink(self) -> None:
        """Remove the tokens.

        Example:
            >>> from dropbox.session import DropboxOAuth2Session
            >>> session = DropboxOAuth2Session("fakebox-bearer-token")
            >>> session.unlink()
            >>> session
            <DropboxOAuth2Session not linked>
        """
        self.token = None

    def check_and_refresh_access_token(self) -> None:
        """Replace the access token if it expires soon; every request does this.

        Raises:
            RefreshTokenError: the refresh token was rejected.
            ErrorResponse, RESTSocketError: the request failed, and there is no access token, or
                the service rejected the app.

        Example:
            >>> from dropbox.session import DropboxOAuth2Session
            >>> session = DropboxOAuth2Session("fakebox-bearer-token")
            >>> session.check_and_refresh_access_token()
            >>> session.access_token
            'fakebox-bearer-token'
        """
        if self.bearer_token:
            self.bearer_token.current()

    def refresh_access_token(self) -> None:
        """Replace the access token now.

        Raises:
            RefreshTokenError: the refresh token was rejected.
            ErrorResponse, RESTSocketError: the request failed; the session keeps its tokens.
            ValueError: the session has no refresh token.

        Example:
            >>> from dropbox.client import DropboxOAuth2FlowNoRedirect
            >>> from dropbox.session import DropboxOAuth2Session
            >>> flow = DropboxOAuth2FlowNoRedirect("fakebox-app-key", use_pkce=True, api="v2")
            >>> result = flow.finish(approve(flow.start()))
            >>> session = DropboxOAuth2Session(
            ...     oauth2_refresh_token=result.refresh_token, app_key="fakebox-app-key"
            ... )
            >>> session.refresh_access_token()
            >>> session.expires_at
            datetime.datetime(...)
        """
        if self.bearer_token is None or not self.bearer_token.can_refresh:
            raise ValueError("the session has no refresh token")
        self.bearer_token.refresh()

    def to_dict(self) -> dict[str, str | None]:
        """Return the state of the session for `from_dict`, with its tokens, ready for JSON.

        Returns:
            A dictionary with `oauth2_access_token`, `locale` and `api`. It also has
            `oauth2_refresh_token`, `oauth2_access_token_expiration` (ISO 8601, UTC), `app_key`,
            `app_secret` and `scope` (separated by spaces), if the session has them.

        Example:
            >>> from dropbox.session import DropboxOAuth2Session
            >>> DropboxOAuth2Session("fakebox-bearer-token", "de").to_dict()
            {'oauth2_access_token': 'fakebox-bearer-token', 'locale': 'de', 'api': None}
        """
        grant = self._grant
        optional = {
            "oauth2_refresh_token": grant.refresh_token,
            "oauth2_access_token_expiration": grant.expires_at and grant.expires_at.isoformat(),
            "app_key": self.consumer_creds.key,
            "app_secret": self.consumer_creds.secret,
            "scope": self._scope,
        }
        return {
            "oauth2_access_token": grant.access_token,
            "locale": self.locale,
            "api": self.api,
            **{name: value for name, value in optional.items() if value},
        }

    @classmethod
    def from_dict(
        cls,
        saved: Mapping[str, Any],
        rest_client: rest.RESTTransport = rest.RESTClient,
        *,
        on_refresh: Callable[[DropboxOAuth2Session], object] | None = None,
    ) -> Self:
        """Make a session from the result of `to_dict`.

        Args:
            saved: the result of `to_dict`.
            rest_client, on_refresh: as for the class.

        Raises:
            KeyError: a field is missing.
            ValueError: a field has a value that the class does not accept.
            TypeError: `saved` is not a dictionary.

        Example:
            >>> from dropbox.session import DropboxOAuth2Session
            >>> saved = DropboxOAuth2Session("fakebox-bearer-token").to_dict()
            >>> DropboxOAuth2Session.from_dict(saved)
            <DropboxOAuth2Session linked>
        """
        fields = _saved_fields(saved)
        return cls(
            fields["oauth2_access_token"],
            fields["locale"],
            rest_client,
            api=fields.get("api"),
            oauth2_refresh_token=fields.get("oauth2_refresh_token"),
            oauth2_access_token_expiration=_parse_time(
                fields.get("oauth2_access_token_expiration")
            ),
            app_key=fields.get("app_key"),
            app_secret=fields.get("app_secret"),
            scope=(fields.get("scope") or "").split() or None,
            on_refresh=on_refresh,
        )

    def build_access_headers(
        self,
        method: str,
        resource_url: str,
        params: Mapping[str, object] | None = None,
        request_token: OAuthToken | None = None,
    ) -> tuple[dict[str, str], dict[str, object]]:
        """Build the header with the token of a linked session. The parameters are unchanged.

        The token is refreshed first if it expires soon.

        Args:
            method, resource_url, request_token: not used.
            params: the parameters of the request.

        Returns:
            A tuple of (headers, params).

        Raises:
            RefreshTokenError: the refresh token was rejected.
            ErrorResponse, RESTSocketError: the request for a token failed.

        Example:
            >>> from dropbox.session import DropboxOAuth2Session
            >>> session = DropboxOAuth2Session("fakebox-bearer-token")
            >>> session.build_access_headers("GET", "https://api.dropbox.com/1/account/info")
            ({'Authorization': 'Bearer fakebox-bearer-token'}, {})
        """
        del request_token
        if self.bearer_token is None:
            return {}, dict(params or {})
        return super().build_access_headers(method, resource_url, params)

    @property
    def _grant(self) -> Grant:
        return self.bearer_token.grant if self.bearer_token else Grant()

    def _refreshed_scope(self) -> str:
        return self._scope

    def _store_grant(self, grant: Grant) -> None:
        super()._store_grant(grant)
        if self.on_refresh is not None:
            self.on_refresh(self)


def join_scopes(scope: Sequence[str] | None) -> str:
    """Return scopes as one text, separated by spaces; an empty text for `None`.

    Args:
        scope: the scopes, such as `["files.metadata.read"]`.

    Raises:
        ValueError: `scope` is not a list of scopes, or is empty.

    Example:
        >>> from dropbox.session import join_scopes
        >>> join_scopes(["files.metadata.read", "files.content.read"])
        'files.metadata.read files.content.read'
    """
    if scope is None:
        return ""
    scopes: list[object] = [] if isinstance(scope, (str, bytes)) else list(scope)
    if not scopes or not all(isinstance(each, str) and _SCOPE.fullmatch(each) for each in scopes):
        raise ValueError(f"scope must be a list of scopes or None, not {scope!r}")
    return " ".join(scope)


def _check_token(name: str, token: object) -> None:
    if not is_token(token):
        raise ValueError(f"invalid {name}: it is empty or has an invalid character")


def _utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    if not isinstance(moment, datetime):
        raise TypeError(
            f"oauth2_access_token_expiration must be a datetime or None, not {moment!r}"
        )
    if moment.tzinfo is None:
        return moment.replace(tzinfo=timezone.utc)
    try:
        return moment.astimezone(timezone.utc)
    except OverflowError:
        raise ValueError(f"oauth2_access_token_expiration is out of range: {moment}") from None


_SAVED_FIELDS = frozenset(
    {
        "consumer_key",
        "consumer_secret",
        "access_type",
        "locale",
        "signature_method",
        "api",
        "access_token",
        "access_token_secret",
        "oauth2_access_token",
        "oauth2_refresh_token",
        "oauth2_access_token_expiration",
        "app_key",
        "app_secret",
        "scope",
    }
)


def _saved_fields(saved: object) -> dict[str, Any]:
    # The values are strings or `None`. Other fields are ignored: a program may have added them.
    if not isinstance(saved, Mapping):
        raise TypeError(f"saved must be the result of to_dict, not {type(saved).__name__}")
    fields = {name: value for name, value in saved.items() if name in _SAVED_FIELDS}
    for name, value in fields.items():
        if value is not None and not isinstance(value, str):
            # Without the value, which may be a secret.
            raise ValueError(f"{name} must be a string or None, not {type(value).__name__}")
    return fields


def _parse_time(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        raise ValueError(
            f"oauth2_access_token_expiration must be a date and time in ISO 8601, not {text!r}"
        ) from None
