"""OAuth 2: sessions with a bearer token, and two flows that obtain a token."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import urlencode

from dropbox import rest, urls
from dropbox.compat import Self
from dropbox.json_response import checked_fields
from dropbox.session import Api, DropboxSession, OAuthToken

_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
_CSRF_BYTES = 16


class DropboxOAuth2Session(DropboxSession):
    """A session that signs with an OAuth 2 bearer token.

    Args:
        oauth2_access_token: the token.
        locale: the language of responses, as for `DropboxSession`.
        rest_client, api: as for `DropboxSession`.

    Raises:
        ValueError: the token is empty or contains an invalid character.

    Example:
        >>> from dropbox.client import DropboxClient
        >>> from dropbox.oauth2 import DropboxOAuth2Session
        >>> session = DropboxOAuth2Session("fakebox-bearer-token", locale="de")
        >>> DropboxClient(session).account_info()["email"]
        'user@fakebox.example'

    Source: Dropbox API v1, OAuth 2.
    """

    def __init__(
        self,
        oauth2_access_token: str,
        locale: str | None = None,
        rest_client: rest.RESTTransport = rest.RESTClient,
        *,
        api: Api | None = None,
    ) -> None:
        if not _TOKEN.fullmatch(oauth2_access_token or ""):
            raise ValueError("invalid oauth2_access_token: it is empty or has an invalid character")
        super().__init__("", "", "dropbox", locale, rest_client, api=api)
        self.root = "auto"
        self.access_token: str | None = oauth2_access_token

    def __repr__(self) -> str:
        """Show whether the session is linked, without the token."""
        return f"<{type(self).__name__} {'linked' if self.is_linked() else 'not linked'}>"

    def is_linked(self) -> bool:
        """Return whether the session has a token.

        Example:
            >>> from dropbox.oauth2 import DropboxOAuth2Session
            >>> DropboxOAuth2Session("fakebox-bearer-token").is_linked()
            True
        """
        return self.access_token is not None

    def unlink(self) -> None:
        """Remove the token.

        Example:
            >>> from dropbox.oauth2 import DropboxOAuth2Session
            >>> session = DropboxOAuth2Session("fakebox-bearer-token")
            >>> session.unlink()
            >>> session
            <DropboxOAuth2Session not linked>
        """
        self.access_token = None

    def to_dict(self) -> dict[str, str | None]:
        """Return the state of the session for `from_dict`, with its token, ready for JSON.

        Returns:
            A dictionary with `oauth2_access_token`, `locale` and `api`.

        Example:
            >>> from dropbox.oauth2 import DropboxOAuth2Session
            >>> DropboxOAuth2Session("fakebox-bearer-token", "de").to_dict()
            {'oauth2_access_token': 'fakebox-bearer-token', 'locale': 'de', 'api': None}
        """
        return {
            "oauth2_access_token": self.access_token,
            "locale": self.locale,
            "api": self.api,
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
            ValueError: the token is not valid.

        Example:
            >>> from dropbox.oauth2 import DropboxOAuth2Session
            >>> saved = DropboxOAuth2Session("fakebox-bearer-token").to_dict()
            >>> DropboxOAuth2Session.from_dict(saved)
            <DropboxOAuth2Session linked>
        """
        return cls(saved["oauth2_access_token"], saved["locale"], rest_client, api=saved.get("api"))

    def build_access_headers(
        self,
        method: str,
        resource_url: str,
        params: Mapping[str, object] | None = None,
        request_token: OAuthToken | None = None,
    ) -> tuple[dict[str, str], dict[str, object]]:
        """Build the header with the token of a linked session. The parameters are unchanged.

        Args:
            method, resource_url, request_token: not used.
            params: the parameters of the request.

        Returns:
            A tuple of (headers, params).

        Example:
            >>> from dropbox.oauth2 import DropboxOAuth2Session
            >>> session = DropboxOAuth2Session("fakebox-bearer-token")
            >>> session.build_access_headers("GET", "https://api.dropbox.com/1/account/info")
            ({'Authorization': 'Bearer fakebox-bearer-token'}, {})
        """
        del method, resource_url, request_token
        headers = {"Authorization": f"Bearer {self.access_token}"} if self.access_token else {}
        return headers, dict(params or {})


class BadRequestException(Exception):
    """The redirect does not have the parameters of an authorization.

    Example:
        >>> from dropbox.client import DropboxOAuth2Flow
        >>> flow = DropboxOAuth2Flow(
        ...     "fakebox-app-key",
        ...     "fakebox-app-secret",
        ...     redirect_uri="http://localhost:8000/callback",
        ...     session={},
        ...     csrf_token_session_key="csrf",
        ... )
        >>> flow.finish({"code": "abc"})
        Traceback (most recent call last):
        ...
        dropbox.oauth2.BadRequestException: the parameter 'state' is missing
    """


class BadStateException(Exception):
    """No authorization was started in the web session; start again.

    Example:
        >>> from dropbox.client import DropboxOAuth2Flow
        >>> flow = DropboxOAuth2Flow(
        ...     "fakebox-app-key",
        ...     "fakebox-app-secret",
        ...     redirect_uri="http://localhost:8000/callback",
        ...     session={},
        ...     csrf_token_session_key="csrf",
        ... )
        >>> flow.finish({"code": "abc", "state": "def"})
        Traceback (most recent call last):
        ...
        dropbox.oauth2.BadStateException: no authorization was started in this web session
    """


class CsrfException(Exception):
    """The redirect belongs to another web session; respond with status 403.

    Example:
        >>> from dropbox.client import DropboxOAuth2Flow
        >>> flow = DropboxOAuth2Flow(
        ...     "fakebox-app-key",
        ...     "fakebox-app-secret",
        ...     redirect_uri="http://localhost:8000/callback",
        ...     session={},
        ...     csrf_token_session_key="csrf",
        ... )
        >>> url = flow.start()
        >>> flow.finish({"code": "abc", "state": "def"})
        Traceback (most recent call last):
        ...
        dropbox.oauth2.CsrfException: the parameter 'state' belongs to another web session
    """


class NotApprovedException(Exception):
    """The user did not authorize the app.

    Example:
        >>> from dropbox.client import DropboxOAuth2Flow
        >>> flow = DropboxOAuth2Flow(
        ...     "fakebox-app-key",
        ...     "fakebox-app-secret",
        ...     redirect_uri="http://localhost:8000/callback",
        ...     session={"csrf": "abc"},
        ...     csrf_token_session_key="csrf",
        ... )
        >>> flow.finish({"error": "access_denied", "state": "abc"})
        Traceback (most recent call last):
        ...
        dropbox.oauth2.NotApprovedException
    """


class ProviderException(Exception):
    """Dropbox reported an error.

    Example:
        >>> from dropbox.client import DropboxOAuth2Flow
        >>> flow = DropboxOAuth2Flow(
        ...     "fakebox-app-key",
        ...     "fakebox-app-secret",
        ...     redirect_uri="http://localhost:8000/callback",
        ...     session={"csrf": "abc"},
        ...     csrf_token_session_key="csrf",
        ... )
        >>> flow.finish({"error": "server_error", "state": "abc"})
        Traceback (most recent call last):
        ...
        dropbox.oauth2.ProviderException: ('server_error', None)
    """


class _Flow:
    def __init__(
        self,
        consumer_key: str,
        consumer_secret: str,
        locale: str | None,
        rest_client: rest.RESTTransport,
        api: Api | None,
    ) -> None:
        self.consumer_key = consumer_key
        self._consumer_secret = consumer_secret
        self._urls = DropboxSession(
            consumer_key, consumer_secret, "dropbox", locale, rest_client, api=api
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.consumer_key!r}>"

    def _authorize_url(self, redirect_uri: str | None = None, state: str | None = None) -> str:
        params = {"response_type": "code", "client_id": self.consumer_key}
        if redirect_uri is not None:
            params["redirect_uri"] = redirect_uri
        if state is not None:
            params["state"] = state
        return self._url(self._urls.WEB_HOST, "/oauth2/authorize", params)

    def _exchange(self, code: str, redirect_uri: str | None = None) -> tuple[str, str]:
        params = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": self.consumer_key,
            "client_secret": self._consumer_secret,
        }
        if redirect_uri is not None:
            params["redirect_uri"] = redirect_uri
        url = self._url(self._urls.API_HOST, "/oauth2/token", {})
        response = self._urls.retries.run(
            lambda: self._urls.rest_client.POST(url, params=params), repeatable=False
        )
        token, uid = checked_fields(response, access_token=str, uid=(str, int))
        return token, uid

    def _url(self, host: str, path: str, params: dict[str, str]) -> str:
        if self._urls.api != "v2":
            return self._urls.build_url(host, path, params)
        # In version 2 the path does not begin with the version.
        query = {**params, "locale": self._urls.locale} if self._urls.locale else params
        url = f"{urls.v2_base_url(host)}{path}"
        return f"{url}?{urlencode(query)}" if query else url


class DropboxOAuth2FlowNoRedirect(_Flow):
    """The flow for programs without a web server: the user copies a code.

    Args:
        consumer_key, consumer_secret: the app's key and secret.
        locale, rest_client: as for `DropboxSession`.
        api: `v2` uses the URLs of the live service, where tokens expire after some hours;
            other values use the URLs of version 1.

    Example:
        >>> from dropbox.client import DropboxClient, DropboxOAuth2FlowNoRedirect
        >>> flow = DropboxOAuth2FlowNoRedirect("fakebox-app-key", "fakebox-app-secret")
        >>> code = approve(flow.start())
        >>> access_token, user_id = flow.finish(code)
        >>> DropboxClient(access_token).account_info()["email"]
        'user@fakebox.example'

    Source: Dropbox API v1, /oauth2/authorize.
    """

    def __init__(
        self,
        consumer_key: str,
        consumer_secret: str,
        locale: str | None = None,
        rest_client: rest.RESTTransport = rest.RESTClient,
        *,
        api: Api | None = None,
    ) -> None:
        super().__init__(consumer_key, consumer_secret, locale, rest_client, api)

    def start(self) -> str:
        """Return the URL of the page where the user authorizes the app and gets a code.

        Example:
            >>> from dropbox.client import DropboxOAuth2FlowNoRedirect
            >>> DropboxOAuth2FlowNoRedirect("fakebox-app-key", "fakebox-app-secret").start()
            'http://.../1/oauth2/authorize?response_type=code&client_id=fakebox-app-key'
        """
        return self._authorize_url()

    def finish(self, code: str) -> tuple[str, str]:
        """Exchange the code for an access token.

        Args:
            code: the code that the user has copied.

        Returns:
            The access token and the user's id.

        Raises:
            ErrorResponse: 400 if the code is wrong or expired.

        Example:
            >>> from dropbox.client import DropboxOAuth2FlowNoRedirect
            >>> flow = DropboxOAuth2FlowNoRedirect("fakebox-app-key", "fakebox-app-secret")
            >>> access_token, user_id = flow.finish(approve(flow.start()))
            >>> user_id
            '1'
        """
        return self._exchange(code)


class DropboxOAuth2Flow(_Flow):
    """The flow for web applications: Dropbox redirects the user to the application.

    Args:
        consumer_key, consumer_secret: the app's key and secret.
        redirect_uri: the URL to redirect to; it is registered for the app.
        session: the web session of the user, any mutable mapping.
        csrf_token_session_key: the key of the flow's CSRF token in `session`.
        locale, rest_client: as for `DropboxSession`.
        api: `v2` uses the URLs of the live service, where tokens expire after some hours;
            other values use the URLs of version 1.

    Example:
        >>> from urllib.parse import parse_qsl, urlsplit
        >>> from dropbox.client import DropboxOAuth2Flow
        >>> flow = DropboxOAuth2Flow(
        ...     "fakebox-app-key",
        ...     "fakebox-app-secret",
        ...     redirect_uri="http://localhost:8000/callback",
        ...     session={},
        ...     csrf_token_session_key="csrf",
        ... )
        >>> redirect = urlsplit(approve(flow.start()))
        >>> access_token, user_id, url_state = flow.finish(dict(parse_qsl(redirect.query)))
        >>> user_id
        '1'

    Source: Dropbox API v1, /oauth2/authorize.
    """

    BadRequestException = BadRequestException
    BadStateException = BadStateException
    CsrfException = CsrfException
    NotApprovedException = NotApprovedException
    ProviderException = ProviderException

    def __init__(
        self,
        consumer_key: str,
        consumer_secret: str,
        redirect_uri: str,
        session: MutableMapping[str, Any],
        csrf_token_session_key: str,
        locale: str | None = None,
        rest_client: rest.RESTTransport = rest.RESTClient,
        *,
        api: Api | None = None,
    ) -> None:
        super().__init__(consumer_key, consumer_secret, locale, rest_client, api)
        self.redirect_uri = redirect_uri
        self.session = session
        self.csrf_token_session_key = csrf_token_session_key

    def start(self, url_state: str | None = None) -> str:
        """Return the URL of the page where the user authorizes the app.

        Args:
            url_state: a text of the application, which `finish` returns.

        Example:
            >>> from dropbox.client import DropboxOAuth2Flow
            >>> flow = DropboxOAuth2Flow(
            ...     "fakebox-app-key",
            ...     "fakebox-app-secret",
            ...     redirect_uri="http://localhost:8000/callback",
            ...     session={},
            ...     csrf_token_session_key="csrf",
            ... )
            >>> flow.start()
            'http://.../1/oauth2/authorize?...&state=...'
        """
        csrf_token = secrets.token_urlsafe(_CSRF_BYTES)
        self.session[self.csrf_token_session_key] = csrf_token
        state = csrf_token if url_state is None else f"{csrf_token}|{url_state}"
        return self._authorize_url(self.redirect_uri, state)

    def finish(self, query_params: Mapping[str, str]) -> tuple[str, str, str | None]:
        """Exchange the code in a redirect for an access token.

        Args:
            query_params: the parameters of the redirect.

        Returns:
            The access token, the user's id, and the `url_state` of `start`.

        Raises:
            BadRequestException: a parameter of the redirect is missing or not valid.
            BadStateException: no authorization was started in this web session.
            CsrfException: the redirect belongs to another web session.
            NotApprovedException: the user did not authorize the app.
            ProviderException: Dropbox reports another error.
            ErrorResponse: 400 if the code is wrong or expired.

        Example:
            >>> from urllib.parse import parse_qsl, urlsplit
            >>> from dropbox.client import DropboxOAuth2Flow
            >>> flow = DropboxOAuth2Flow(
            ...     "fakebox-app-key",
            ...     "fakebox-app-secret",
            ...     redirect_uri="http://localhost:8000/callback",
            ...     session={},
            ...     csrf_token_session_key="csrf",
            ... )
            >>> redirect = urlsplit(approve(flow.start(url_state="/settings")))
            >>> flow.finish(dict(parse_qsl(redirect.query)))
            ('...', '1', '/settings')
        """
        url_state = self._checked_state(query_params.get("state"))
        error, code = query_params.get("error"), query_params.get("code")
        if (error is None) == (code is None):
            raise BadRequestException("exactly one of 'code' and 'error' is required")
        if error == "access_denied":
            raise NotApprovedException(query_params.get("error_description", ""))
        if code is None:
            raise ProviderException(error, query_params.get("error_description"))
        del self.session[self.csrf_token_session_key]
        return (*self._exchange(code, self.redirect_uri), url_state)

    def _checked_state(self, state: str | None) -> str | None:
        if state is None:
            raise BadRequestException("the parameter 'state' is missing")
        expected = self.session.get(self.csrf_token_session_key)
        if expected is None:
            raise BadStateException("no authorization was started in this web session")
        csrf_token, separator, url_state = state.partition("|")
        if not hmac.compare_digest(csrf_token.encode(), expected.encode()):
            raise CsrfException("the parameter 'state' belongs to another web session")
        return url_state if separator else None
