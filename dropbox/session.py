"""Sessions: the credentials of an app and a user, and the requests signed with them.

A `DropboxSession` has an app's key and secret and a user's token. A `DropboxClient` uses it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple, get_args
from urllib.parse import parse_qs, urlencode

from dropbox import oauth1, rest, urls
from dropbox.compat import Self
from dropbox.retry import RetryPolicy

AccessType = Literal["dropbox", "app_folder", "auto"]
SignatureMethod = Literal["PLAINTEXT", "HMAC-SHA1"]
Api = Literal["v1", "v2"]


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
        token: the access token, an `OAuthToken`; `None` if the session is not linked.
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
        """Show the app and whether the session is linked."""
        state = "linked" if self.is_linked() else "not linked"
        return f"<{type(self).__name__} {self.consumer_creds.key!r} {self.access_type} {state}>"

    # --- the token ------------------------------------------------------------------------------

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
        """Attach an access token.

        Args:
            access_token: the token.
            access_token_secret: its secret; an empty string for an OAuth 2 token.

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

        Example:
            >>> from dropbox.session import DropboxSession
            >>> saved = client.session.to_dict()
            >>> DropboxSession.from_dict(saved)
            <DropboxSession 'fakebox-app-key' dropbox linked>
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

        Args:
            method: the HTTP method that will be used.
            resource_url: the URL that the request will be made to.
            params: the parameters that are not in the URL, such as those of a POST.
            request_token: the token to sign with; `None` uses the session's token.

        Returns:
            A tuple of (headers, params): empty headers, and `params` with the parameters of OAuth.

        Example:
            >>> url = client.session.build_url("api.dropbox.com", "/account/info")
            >>> headers, params = client.session.build_access_headers("GET", url)
            >>> headers, params["oauth_token"]
            ({}, 'fakebox-token')

        Source: Dropbox Python SDK documentation.
        """
        token = request_token or self.token
        all_params = dict(params or {})
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

    def _use_environment(self) -> None:
        endpoint = urls.endpoint_from_environment()
        if not endpoint:
            return
        for name in ("API_HOST", "API_CONTENT_HOST", "WEB_HOST", "API_NOTIFY_HOST"):
            if getattr(self, name) == getattr(urls, name):
                setattr(self, name, endpoint)
