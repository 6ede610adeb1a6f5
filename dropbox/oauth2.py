"""OAuth 2: two flows that let a user authorize an app, and their results."""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping, MutableMapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal, get_args
from urllib.parse import urlencode

from dropbox import rest, urls
from dropbox.bearer_token import Grant, RefreshTokenError, request_grant
from dropbox.compat import Self
from dropbox.json_response import checked_fields
from dropbox.session import Api, DropboxOAuth2Session, DropboxSession, join_scopes

# The documentation has this order: the flows refer to the exceptions.
__all__ = [  # noqa: RUF022
    "BadRequestException",
    "BadStateException",
    "CsrfException",
    "NotApprovedException",
    "ProviderException",
    "RefreshTokenError",
    "OAuth2FlowNoRedirectResult",
    "OAuth2FlowResult",
    "DropboxOAuth2FlowNoRedirect",
    "DropboxOAuth2Flow",
    "DropboxOAuth2Session",
]

TokenAccessType = Literal["legacy", "online", "offline"]
GrantedScopes = Literal["user", "team"]

_CSRF_BYTES = 16
# 96 bytes are 128 characters of Base64, the longest verifier that RFC 7636 allows.
_VERIFIER_BYTES = 96


class _ResultFields:
    """The fields of a result, which is a tuple of some of them."""

    access_token: str
    account_id: str | None
    user_id: str
    refresh_token: str | None
    expires_at: datetime | None
    scope: str | None

    def __repr__(self) -> str:
        """Show the fields without the tokens."""
        fields = {
            name: value if value is None or not name.endswith("_token") else "***"
            for name, value in vars(self).items()
        }
        text = ", ".join(f"{name}={value!r}" for name, value in fields.items())
        return f"{type(self).__name__}({text})"

    def __reduce__(self) -> tuple[object, ...]:
        """Copy the result by its fields, because the tuple has only some of them."""
        return type(self), tuple(vars(self).values())


class OAuth2FlowNoRedirectResult(_ResultFields, tuple[str, str]):
    """The tokens of an authorization; it can be unpacked like `(access_token, user_id)`.

    Args:
        access_token: the access token.
        account_id: the account's id in version 2 of the API; `None` if the service has not sent it.
        user_id: the account's id in version 1 of the API.
        refresh_token: the refresh token; `None` without offline access.
        expires_at: when the access token expires, in UTC; `None` if that is unknown, or never.
        scope: the scopes that the user has granted, separated by spaces; `None` if the service
            has not sent them.

    Attributes:
        access_token, account_id, user_id, refresh_token, expires_at, scope: the arguments. `repr`
            does not show the tokens.

    Example:
        >>> from dropbox.client import DropboxOAuth2FlowNoRedirect
        >>> flow = DropboxOAuth2FlowNoRedirect("fakebox-app-key", "fakebox-app-secret", api="v2")
        >>> result = flow.finish(approve(flow.start()))
        >>> access_token, user_id = result
        >>> result
        OAuth2FlowNoRedirectResult(access_token='***', account_id='dbid:...', user_id='1', ...)
    """

    # The attributes are in the `__dict__` of the other base class.
    __slots__ = ()

    def __new__(
        cls,
        access_token: str,
        account_id: str | None,
        user_id: str,
        refresh_token: str | None = None,
        expires_at: datetime | None = None,
        scope: str | None = None,
    ) -> Self:
        """Make the result."""
        result = super().__new__(cls, (access_token, user_id))
        vars(result).update(
            access_token=access_token,
            account_id=account_id,
            user_id=user_id,
            refresh_token=refresh_token,
            expires_at=expires_at,
            scope=scope,
        )
        return result


class OAuth2FlowResult(_ResultFields, tuple[str, str, "str | None"]):
    """The tokens of an authorization; it unpacks to `(access_token, user_id, url_state)`.

    Args:
        access_token, account_id, user_id, refresh_token, expires_at, scope: as for
            `OAuth2FlowNoRedirectResult`.
        url_state: the text that the application passed to `DropboxOAuth2Flow.start`.

    Attributes:
        access_token, account_id, user_id, refresh_token, expires_at, scope, url_state: the
            arguments. `repr` does not show the tokens.

    Example:
        >>> from dropbox.oauth2 import OAuth2FlowResult
        >>> access_token, user_id, url_state = OAuth2FlowResult("token", None, "1", url_state="/")
        >>> url_state
        '/'
    """

    __slots__ = ()
    url_state: str | None

    def __new__(
        cls,
        access_token: str,
        account_id: str | None,
        user_id: str,
        refresh_token: str | None = None,
        expires_at: datetime | None = None,
        scope: str | None = None,
        url_state: str | None = None,
    ) -> Self:
        """Make the result."""
        result = super().__new__(cls, (access_token, user_id, url_state))
        vars(result).update(
            access_token=access_token,
            account_id=account_id,
            user_id=user_id,
            refresh_token=refresh_token,
            expires_at=expires_at,
            scope=scope,
            url_state=url_state,
        )
        return result


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
        consumer_secret: str | None,
        locale: str | None,
        rest_client: rest.RESTTransport,
        api: Api | None,
        token_access_type: TokenAccessType | None,
        scope: Sequence[str] | None,
        include_granted_scopes: GrantedScopes | None,
        use_pkce: bool | None,
    ) -> None:
        _check_choice("token_access_type", token_access_type, get_args(TokenAccessType))
        _check_choice("include_granted_scopes", include_granted_scopes, get_args(GrantedScopes))
        if include_granted_scopes is not None and scope is None:
            raise ValueError("include_granted_scopes requires scope")
        if not consumer_secret and use_pkce is False:
            raise ValueError("use_pkce must not be False without consumer_secret")
        self.consumer_key = consumer_key
        self._consumer_secret = consumer_secret
        self._uses_pkce: bool = not consumer_secret if use_pkce is None else bool(use_pkce)
        self._urls = DropboxSession(
            consumer_key, consumer_secret or "", "dropbox", locale, rest_client, api=api
        )
        # The live service has no version 1 any more.
        self._uses_v2: bool = api == "v2" or (api is None and self._urls.API_HOST == urls.API_HOST)
        if token_access_type is None and self._uses_v2:
            token_access_type = "offline"
        self._options: dict[str, str | None] = {
            "token_access_type": token_access_type,
            "scope": join_scopes(scope) or None,
            "include_granted_scopes": include_granted_scopes,
        }

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.consumer_key!r}>"

    def _authorize_url(self, verifier: str | None, **params: str | None) -> str:
        query = {"response_type": "code", "client_id": self.consumer_key, **params, **self._options}
        if verifier is not None:
            query |= {"code_challenge": _challenge(verifier), "code_challenge_method": "S256"}
        sent = {name: value for name, value in query.items() if value is not None}
        return self._url(self._urls.WEB_HOST, "/oauth2/authorize", sent)

    def _exchange(self, code: str, verifier: str | None, redirect_uri: str | None = None) -> Grant:
        params = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": self.consumer_key,
            "redirect_uri": redirect_uri,
            # The service authenticates the app by the one or the other.
            "client_secret": self._consumer_secret if verifier is None else None,
            "code_verifier": verifier,
        }
        grant = request_grant(
            self._url(self._urls.API_HOST, "/oauth2/token", {}),
            {name: value for name, value in params.items() if value is not None},
            self._urls.rest_client,
            self._urls.retries,
            # The service accepts a code once.
            repeatable=False,
        )
        checked_fields(grant.fields, uid=(str, int))
        return grant

    def _new_verifier(self) -> str | None:
        return secrets.token_urlsafe(_VERIFIER_BYTES) if self._uses_pkce else None

    def _url(self, host: str, path: str, params: dict[str, str]) -> str:
        if not self._uses_v2:
            return self._urls.build_url(host, path, params)
        # In version 2 the path does not begin with the version.
        query = {**params, "locale": self._urls.locale} if self._urls.locale else params
        url = f"{urls.v2_base_url(host)}{path}"
        return f"{url}?{urlencode(query)}" if query else url


def _check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value is not None and value not in choices:
        accepted = ", ".join(map(repr, choices))
        raise ValueError(f"{name} must be None or one of {accepted}, not {value!r}")


def _challenge(verifier: str) -> str:
    # RFC 7636, section 4.2.
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class DropboxOAuth2FlowNoRedirect(_Flow):
    """The flow for programs without a web server: the user copies a code.

    Args:
        consumer_key: the app's key.
        consumer_secret: the app's secret; `None` for a program that cannot keep a secret.
        locale, rest_client: as for `DropboxSession`.
        api: `v2` uses the URLs of version 2, `v1` those of version 1. `None` is `v2` for the hosts
            of the live service, `v1` for others.
        token_access_type: `offline` requests an access token that expires and a refresh token,
            `online` only the access token, `legacy` one that does not expire, if the app still may
            have one. `None` is `offline` over version 2; over version 1 nothing is sent.
        scope: the scopes to request, such as `["files.metadata.read"]`; `None` for all of the app.
        include_granted_scopes: `user` or `team` adds the scopes that were granted to the app
            before; it requires `scope`.
        use_pkce: whether to prove with PKCE, instead of the app's secret, that the code belongs to
            this flow. `None` uses PKCE if there is no `consumer_secret`.

    Raises:
        ValueError: an argument does not have an accepted value.

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
        consumer_secret: str | None = None,
        locale: str | None = None,
        rest_client: rest.RESTTransport = rest.RESTClient,
        *,
        api: Api | None = None,
        token_access_type: TokenAccessType | None = None,
        scope: Sequence[str] | None = None,
        include_granted_scopes: GrantedScopes | None = None,
        use_pkce: bool | None = None,
    ) -> None:
        super().__init__(
            consumer_key,
            consumer_secret,
            locale,
            rest_client,
            api,
            token_access_type,
            scope,
            include_granted_scopes,
            use_pkce,
        )
        # One for all codes of the flow, because the user may copy the code of an earlier page.
        self._verifier: str | None = self._new_verifier()

    def start(self) -> str:
        """Return the URL of the page where the user authorizes the app and gets a code.

        Example:
            >>> from dropbox.client import DropboxOAuth2FlowNoRedirect
            >>> DropboxOAuth2FlowNoRedirect("fakebox-app-key", "fakebox-app-secret").start()
            'http://.../1/oauth2/authorize?response_type=code&client_id=fakebox-app-key'
        """
        return self._authorize_url(self._verifier)

    def finish(self, code: str) -> OAuth2FlowNoRedirectResult:
        """Exchange the code for tokens.

        Args:
            code: the code that the user has copied. With PKCE, it must come from a page of this
                object.

        Returns:
            The tokens, which can be unpacked like the tuple `(access_token, user_id)`.

        Raises:
            ErrorResponse: 400 if the code is wrong or expired; 200 if the response is malformed.
            RESTSocketError: there was no response, or it was incomplete. The code may be used up:
                start again.

        Example:
            >>> from dropbox.client import DropboxOAuth2FlowNoRedirect
            >>> flow = DropboxOAuth2FlowNoRedirect("fakebox-app-key", "fakebox-app-secret")
            >>> access_token, user_id = flow.finish(approve(flow.start()))
            >>> user_id
            '1'
        """
        grant = self._exchange(code, self._verifier)
        return OAuth2FlowNoRedirectResult(*_result_fields(grant))


class DropboxOAuth2Flow(_Flow):
    """The flow for web applications: Dropbox redirects the user to the application.

    Args:
        consumer_key: the app's key.
        consumer_secret: the app's secret; `None` for a program that cannot keep a secret.
        redirect_uri: the URL to redirect to; it is registered for the app.
        session: the web session of the user, any mutable mapping. `start` stores the CSRF token
            and the PKCE verifier in it, and `finish` removes them.
        csrf_token_session_key: the key of the flow's CSRF token in `session`.
        locale, rest_client: as for `DropboxSession`.
        api: `v2` uses the URLs of version 2, `v1` those of version 1. `None` is `v2` for the hosts
            of the live service, `v1` for others.
        token_access_type: `offline` requests an access token that expires and a refresh token,
            `online` only the access token, `legacy` one that does not expire, if the app still may
            have one. `None` is `offline` over version 2; over version 1 nothing is sent.
        scope: the scopes to request, such as `["files.metadata.read"]`; `None` for all of the app.
        include_granted_scopes: `user` or `team` adds the scopes that were granted to the app
            before; it requires `scope`.
        use_pkce: whether to prove with PKCE, instead of the app's secret, that the code belongs to
            this flow. `None` uses PKCE if there is no `consumer_secret`.

    Raises:
        ValueError: an argument does not have an accepted value.

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
        consumer_secret: str | None,
        redirect_uri: str,
        session: MutableMapping[str, Any],
        csrf_token_session_key: str,
        locale: str | None = None,
        rest_client: rest.RESTTransport = rest.RESTClient,
        *,
        api: Api | None = None,
        token_access_type: TokenAccessType | None = None,
        scope: Sequence[str] | None = None,
        include_granted_scopes: GrantedScopes | None = None,
        use_pkce: bool | None = None,
    ) -> None:
        super().__init__(
            consumer_key,
            consumer_secret,
            locale,
            rest_client,
            api,
            token_access_type,
            scope,
            include_granted_scopes,
            use_pkce,
        )
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
        verifier = self._new_verifier()
        if verifier is not None:
            self.session[self._verifier_key] = verifier
        state = csrf_token if url_state is None else f"{csrf_token}|{url_state}"
        return self._authorize_url(verifier, redirect_uri=self.redirect_uri, state=state)

    def finish(self, query_params: Mapping[str, str]) -> OAuth2FlowResult:
        """Exchange the code in a redirect for tokens.

        Args:
            query_params: the parameters of the redirect.

        Returns:
            The tokens, which can be unpacked like the tuple `(access_token, user_id, url_state)`.

        Raises:
            BadRequestException: a parameter of the redirect is missing or not valid.
            BadStateException: no authorization was started in this web session.
            CsrfException: the redirect belongs to another web session.
            NotApprovedException: the user did not authorize the app.
            ProviderException: Dropbox reports another error.
            ErrorResponse: 400 if the code is wrong or expired; 200 if the response is malformed.
            RESTSocketError: there was no response, or it was incomplete. The code may be used up:
                start again.

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
            OAuth2FlowResult(access_token='***', ..., url_state='/settings')
        """
        url_state = self._checked_state(query_params.get("state"))
        error, code = query_params.get("error"), query_params.get("code")
        if (error is None) == (code is None):
            raise BadRequestException("exactly one of 'code' and 'error' is required")
        if error == "access_denied":
            raise NotApprovedException(query_params.get("error_description", ""))
        if code is None:
            raise ProviderException(error, query_params.get("error_description"))
        verifier = self.session.get(self._verifier_key) if self._uses_pkce else None
        if self._uses_pkce and verifier is None:
            raise BadStateException("the authorization was started without PKCE")
        del self.session[self.csrf_token_session_key]
        if verifier is not None:
            del self.session[self._verifier_key]
        grant = self._exchange(code, verifier, self.redirect_uri)
        return OAuth2FlowResult(*_result_fields(grant), url_state)

    @property
    def _verifier_key(self) -> str:
        return f"{self.csrf_token_session_key}-code-verifier"

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


def _result_fields(
    grant: Grant,
) -> tuple[str, str | None, str, str | None, datetime | None, str | None]:
    return (
        str(grant.access_token),
        grant.optional_text("account_id"),
        str(grant.fields["uid"]),
        grant.refresh_token,
        grant.expires_at,
        grant.optional_text("scope"),
    )
