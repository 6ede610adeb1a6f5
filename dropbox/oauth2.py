"""OAuth 2: sessions with a bearer token, and the two flows that get one."""

from __future__ import annotations

import hmac
import re
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from dropbox import hosts, rest
from dropbox.session import Api, DropboxSession
from dropbox.validation import checked_fields

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from typing_extensions import Self

_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
_CSRF_BYTES = 16


class DropboxOAuth2Session(DropboxSession):
    """A session that signs with an OAuth 2 bearer token.

    Args:
        oauth2_access_token: the token.
        locale, rest_client, api: as for `DropboxSession`.

    Raises:
        ValueError: the token has characters that no token has.

    Source: the wire reference, OAuth 2.
    """

    def __init__(
        self,
        oauth2_access_token: str,
        locale: str | None = None,
        rest_client: Any = rest.RESTClient,
        *,
        api: Api | None = None,
    ) -> None:
        if not _TOKEN.fullmatch(oauth2_access_token or ""):
            raise ValueError("invalid oauth2_access_token: not the characters of a token")
        super().__init__("", "", "dropbox", locale, rest_client, api=api)
        self.root = "auto"
        self.access_token: str | None = oauth2_access_token

    def __repr__(self) -> str:
        """Show nothing of the token."""
        return f"<{type(self).__name__} {'linked' if self.is_linked() else 'not linked'}>"

    def is_linked(self) -> bool:
        """Return whether there is a token."""
        return self.access_token is not None

    def unlink(self) -> None:
        """Forget the token."""
        self.access_token = None

    def to_dict(self) -> dict[str, Any]:
        """All that `from_dict` needs, the token included, ready for JSON.

        Returns:
            A dictionary with `oauth2_access_token`, `locale` and `api`.
        """
        return {
            "oauth2_access_token": self.access_token,
            "locale": self.locale,
            "api": self.api,
        }

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any], rest_client: Any = rest.RESTClient) -> Self:
        """The session that `to_dict` saved.

        Raises:
            KeyError: a field is missing.
            ValueError: what is saved as the token can't be one.
        """
        return cls(saved["oauth2_access_token"], saved["locale"], rest_client, api=saved.get("api"))

    def build_access_headers(
        self,
        method: str,
        resource_url: str,
        params: Mapping[str, Any] | None = None,
        request_token: Any = None,
    ) -> tuple[dict[str, str], dict[str, Any]]:
        """Build the header with the token, if there is one; the parameters stay as they are."""
        del method, resource_url, request_token
        headers = {"Authorization": f"Bearer {self.access_token}"} if self.access_token else {}
        return headers, dict(params or {})


class BadRequestException(Exception):
    """The redirect's parameters aren't those of an authorization."""


class BadStateException(Exception):
    """The web session knows of no authorization under way; begin anew."""


class CsrfException(Exception):
    """The redirect doesn't belong to this web session; refuse it."""


class NotApprovedException(Exception):
    """The user said no."""


class ProviderException(Exception):
    """Dropbox reports an error."""


class _Flow:
    def __init__(
        self,
        consumer_key: str,
        consumer_secret: str,
        locale: str | None,
        rest_client: Any,
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
        reply = self._urls.retries.run(
            lambda: self._urls.rest_client.POST(url, params=params), repeatable=False
        )
        token, uid = checked_fields(reply, access_token=str, uid=(str, int))
        return token, uid

    def _url(self, host: str, path: str, params: dict[str, str]) -> str:
        if self._urls.api != "v2":
            return self._urls.build_url(host, path, params)
        # Today's have no version before the path.
        query = {**params, "locale": self._urls.locale} if self._urls.locale else params
        url = f"{hosts.v2_base_url(host)}{path}"
        return f"{url}?{urlencode(query)}" if query else url


class DropboxOAuth2FlowNoRedirect(_Flow):
    """The flow for programs without a web address: the user copies a code.

    Args:
        consumer_key, consumer_secret: the app's.
        locale, rest_client: as for `DropboxSession`.
        api: `v2` goes where the live service takes apps in today, whose tokens last some hours;
            otherwise to the addresses of version 1.

    Source: the wire reference, oauth2/authorize.
    """

    def __init__(
        self,
        consumer_key: str,
        consumer_secret: str,
        locale: str | None = None,
        rest_client: Any = rest.RESTClient,
        *,
        api: Api | None = None,
    ) -> None:
        super().__init__(consumer_key, consumer_secret, locale, rest_client, api)

    def start(self) -> str:
        """The URL where the user allows the app and gets a code."""
        return self._authorize_url()

    def finish(self, code: str) -> tuple[str, str]:
        """Exchange the code that the user has copied.

        Returns:
            The access token and the user's id.

        Raises:
            ErrorResponse: 400 if the code is wrong or expired.
        """
        return self._exchange(code)


class DropboxOAuth2Flow(_Flow):
    """The flow for web applications: Dropbox sends the user back to them.

    Args:
        consumer_key, consumer_secret: the app's.
        redirect_uri: where to; registered for the app.
        session: the web session of the user, any mutable mapping.
        csrf_token_session_key: the key under which the flow keeps its token in it.
        locale, rest_client: as for `DropboxSession`.
        api: `v2` goes where the live service takes apps in today, whose tokens last some hours;
            otherwise to the addresses of version 1.

    Source: the wire reference, oauth2/authorize.
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
        rest_client: Any = rest.RESTClient,
        *,
        api: Api | None = None,
    ) -> None:
        super().__init__(consumer_key, consumer_secret, locale, rest_client, api)
        self.redirect_uri = redirect_uri
        self.session = session
        self.csrf_token_session_key = csrf_token_session_key

    def start(self, url_state: str | None = None) -> str:
        """The URL where the user allows the app.

        Args:
            url_state: a word of the application's, which `finish` gives back.
        """
        csrf_token = secrets.token_urlsafe(_CSRF_BYTES)
        self.session[self.csrf_token_session_key] = csrf_token
        state = csrf_token if url_state is None else f"{csrf_token}|{url_state}"
        return self._authorize_url(self.redirect_uri, state)

    def finish(self, query_params: Mapping[str, str]) -> tuple[str, str, str | None]:
        """Exchange the code that the redirect brought.

        Args:
            query_params: the parameters of the redirect.

        Returns:
            The access token, the user's id, and the `url_state` given to `start`.

        Raises:
            BadRequestException: the parameters are not those of a redirect.
            BadStateException: nothing was started in this web session.
            CsrfException: the redirect belongs to another one.
            NotApprovedException: the user said no.
            ProviderException: Dropbox reports another error.
            ErrorResponse: 400 if the code is wrong or expired.
        """
        url_state = self._checked_state(query_params.get("state"))
        error, code = query_params.get("error"), query_params.get("code")
        if (error is None) == (code is None):
            raise BadRequestException("exactly one of 'code' and 'error' has to be there")
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
        given, divider, url_state = state.partition("|")
        if not hmac.compare_digest(given.encode(), expected.encode()):
            raise CsrfException("the parameter 'state' is of another web session")
        return url_state if divider else None
