"""OAuth 2 access tokens: requests to the token endpoint, and the refresh of expired tokens."""

from __future__ import annotations

import json
import logging
import math
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar, cast

from dropbox.connection_pool import ForkSafeLock
from dropbox.errors import ErrorResponse, RESTSocketError, UnauthorizedError
from dropbox.json_response import checked_fields
from dropbox.rest import RESTTransport
from dropbox.retry import RetryPolicy

log: logging.Logger = logging.getLogger("dropbox.oauth2")
_T = TypeVar("_T")

_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
_TOO_MANY_REQUESTS = 429
# A token is refreshed this long before it expires, or after half of its lifetime if that is later.
_EARLY_S = 300.0
# How long a token is used after an early refresh has failed, before the next early refresh.
_POSTPONED_S = 60.0
_SECRET_PARAMETERS = frozenset({"client_secret", "code", "code_verifier", "refresh_token"})

# Returns a transport with the timeout and the user agent of a client.
AddOptions = Callable[[RESTTransport], RESTTransport]


class RefreshTokenError(UnauthorizedError):
    """The service rejected the refresh token; the user must authorize the app again.

    The service rejects a refresh token that was revoked, by the user or by the app, or that belongs
    to another app. The status is 401, as for every token that is not valid any more.

    Attributes:
        status: 401.
        error_msg: the reason that the service reported.

    Example:
        >>> from dropbox.client import DropboxClient
        >>> from dropbox.oauth2 import DropboxOAuth2Session, RefreshTokenError
        >>> session = DropboxOAuth2Session(
        ...     oauth2_refresh_token="revoked-" + 56 * "x",
        ...     app_key="fakebox-app-key",
        ...     app_secret="fakebox-app-secret",
        ... )
        >>> try:
        ...     DropboxClient(session).account_info()
        ... except RefreshTokenError as error:
        ...     print(error.status, error.error_msg)
        401 The refresh token was rejected: refresh token is invalid or revoked
    """


@dataclass
class _Response:
    """A response with another body than the service sent."""

    status: int
    reason: str | None
    headers: Mapping[str, str]
    body: object

    def read(self) -> bytes:
        return json.dumps(self.body).encode()


@dataclass(frozen=True)
class Grant:
    """Tokens, as the token endpoint grants them.

    Attributes:
        access_token: the access token; `None` if only a refresh token is known.
        refresh_token: the refresh token; `None` if the access token cannot be refreshed.
        expires_at: when the access token expires, in UTC; `None` if that is unknown, or never.
        lifetime_s: the lifetime of a new access token, in seconds; `None` if it is unknown.
        fields: the response of the token endpoint.
    """

    access_token: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    lifetime_s: float | None = None
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def refresh_at_s(self) -> float | None:
        """When to refresh the access token, in seconds since 1970; `None` if that is unknown."""
        if self.expires_at is None:
            return None
        early_s = _EARLY_S if self.lifetime_s is None else min(_EARLY_S, self.lifetime_s / 2)
        return self.expires_at.timestamp() - early_s

    def optional_text(self, name: str) -> str | None:
        """Return a field of the response; `None` if it is missing or not a string.

        Args:
            name: the name of the field, such as `scope`.
        """
        value = self.fields.get(name)
        return value if isinstance(value, str) else None


def is_token(value: object) -> bool:
    """Return whether a value has the form of a bearer token (RFC 6750, section 2.1).

    Args:
        value: the value, of any type.
    """
    return isinstance(value, str) and _TOKEN.fullmatch(value) is not None


def request_grant(
    url: str,
    params: Mapping[str, str],
    rest_client: RESTTransport,
    retries: RetryPolicy,
    *,
    repeatable: bool,
) -> Grant:
    """Request tokens from the token endpoint.

    Args:
        url: the URL of the endpoint.
        params: the parameters of the request.
        rest_client: sends the request.
        retries: the policy for failed requests; its clock is used for the time of expiry.
        repeatable: whether the request may be sent again although it may have been executed.

    Returns:
        The tokens.

    Raises:
        ErrorResponse: an error of the endpoint; 200 if the response is malformed. The text does not
            contain a malformed response, because it may contain a token.
        RESTSocketError: there was no response, or it was incomplete.
    """

    def send() -> Grant:
        # The lifetime begins at the server, after the request was sent.
        sent_s = retries.clock()
        with hidden_body(), _masked_errors(params):
            payload = rest_client.POST(url, params=params)
        return _parse_grant(payload, sent_s)

    return retries.run(send, repeatable=repeatable)


@contextmanager
def hidden_body() -> Iterator[None]:
    """Remove the body of a malformed response with a success status from its error."""
    try:
        yield
    except ErrorResponse as error:
        if error.status >= 300:
            raise
        body = {"error": "The response is not a JSON object."}
        raise ErrorResponse(_Response(error.status, error.reason, error.headers, body)) from None


@contextmanager
def _masked_errors(params: Mapping[str, str]) -> Iterator[None]:
    # The service may repeat parameters in its errors.
    try:
        yield
    except ErrorResponse as error:
        masked = _masked(error.body, params)
        if masked == error.body:
            raise
        response = _Response(error.status, error.reason, error.headers, masked)
        raise ErrorResponse.from_response(response) from None


def _masked(value: Any, params: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _masked(each, params) for name, each in value.items()}
    if not isinstance(value, str):
        return value
    for name in _SECRET_PARAMETERS & params.keys():
        # Whole words only: a short secret may be a part of any word.
        value = re.sub(rf"(?<!\w){re.escape(params[name])}(?!\w)", "***", value)
    return value


def _unchanged(rest_client: RESTTransport) -> RESTTransport:
    return rest_client


class BearerToken:
    """An access token that is refreshed when it expires, for any number of threads.

    Several threads that find the token expired send one request. A forked process has a copy, and
    refreshes it independently.

    Args:
        grant: the tokens.
        request_refresh: requests new tokens for a `Grant` with a refresh token. The second argument
            is whether it may wait and send a failed request again. The third one adds the options
            of a client to the transport.
        now_s: returns the current time, in seconds since 1970.
        on_change: called with this object after each refresh. If it raises, the new token is kept,
            the error is raised, and the function is called again before the next request.
    """

    def __init__(
        self,
        grant: Grant,
        request_refresh: Callable[[Grant, bool, AddOptions], Grant],
        now_s: Callable[[], float],
        on_change: Callable[[BearerToken], object],
    ) -> None:
        self._request_refresh = request_refresh
        self._now_s = now_s
        self._on_change = on_change
        self._lock = ForkSafeLock(threading.RLock)
        self._is_reported = True
        self._reporter: tuple[int, int] | None = None
        self._grant = grant
        self._refresh_at_s = grant.refresh_at_s

    def __repr__(self) -> str:
        """Show whether the token can be refreshed; the tokens are left out."""
        kind = "with" if self.can_refresh else "without"
        return f"<{type(self).__name__} {kind} refresh token>"

    def __getstate__(self) -> dict[str, Any]:
        """Return the attributes for a copy, whose `on_change` is not running."""
        return {**vars(self), "_reporter": None}

    @property
    def grant(self) -> Grant:
        """The current tokens. They are replaced as a whole."""
        return self._grant

    @property
    def can_refresh(self) -> bool:
        """Whether there is a refresh token."""
        return self._grant.refresh_token is not None

    def current(self, add_options: AddOptions = _unchanged) -> str | None:
        """Return the access token, refreshed if it expires soon.

        If an early refresh fails for a reason that may be temporary, the old token is returned.

        Args:
            add_options: adds the options of a client to the transport of a refresh.

        Returns:
            The access token; `None` if there is neither an access token nor a refresh token.

        Raises:
            RefreshTokenError: the refresh token was rejected.
            ErrorResponse, RESTSocketError: the request failed, and there is no access token, or
                the service rejected the app.
        """
        if self._is_due() or not self._is_reported:
            with self._lock:
                if self._is_due():
                    self._refresh_early(add_options)
                self._report()
        return self._grant.access_token

    def run(self, send: Callable[[], _T], add_options: AddOptions = _unchanged) -> _T:
        """Call `send`, and call it again with a new token if the service reports an expired token.

        Args:
            send: sends a request with the token that `current` returns, and returns the result.
            add_options: as for `current`.

        Returns:
            The result of `send`.

        Raises:
            ErrorResponse, RESTSocketError: as `send` and `refresh`.
        """
        is_new = False
        while not is_new:
            used = self.current(add_options)
            try:
                return send()
            except ErrorResponse as error:
                if not (self.can_refresh and _is_expired(error)):
                    raise
                # If another thread has replaced the token, the request may have had either token.
                is_new = self.refresh(used, add_options)
        return send()

    def refresh(self, used: str | None = None, add_options: AddOptions = _unchanged) -> bool:
        """Replace the access token by a new one.

        Args:
            used: the access token to replace. If another thread has replaced it, nothing is
                requested. `None` replaces any token.
            add_options: as for `current`.

        Returns:
            Whether this call has replaced the token.

        Raises:
            RefreshTokenError: the refresh token was rejected.
            ErrorResponse, RESTSocketError: the request failed; the old tokens are kept.
        """
        with self._lock:
            is_current = used is None or used == self._grant.access_token
            if is_current:
                self._refresh(add_options)
            self._report()
        return is_current

    def _is_due(self) -> bool:
        if not self.can_refresh:
            return False
        if self._grant.access_token is None:
            return True
        return self._refresh_at_s is not None and self._now_s() >= self._refresh_at_s

    def _refresh_early(self, add_options: AddOptions) -> None:
        expires_at = self._grant.expires_at
        # While the old token is valid, calls do not wait for the repeated requests of a refresh.
        may_wait = expires_at is None or self._now_s() >= expires_at.timestamp()
        try:
            self._refresh(add_options, may_wait)
        except (ErrorResponse, RESTSocketError) as error:
            if self._grant.access_token is None or not _may_be_temporary(error):
                raise
            # The service decides whether the old token is still valid.
            self._refresh_at_s = self._now_s() + _POSTPONED_S
            log.warning("the access token was not refreshed and stays in use: %s", error)

    def _refresh(self, add_options: AddOptions, may_wait: bool = True) -> None:
        old = self._grant
        try:
            new = self._request_refresh(old, may_wait, add_options)
        except ErrorResponse as error:
            if _is_rejected(error):
                raise _refresh_token_error(error) from error
            raise
        # The service returns a refresh token only if it replaces the old one.
        self._grant = replace(new, refresh_token=new.refresh_token or old.refresh_token)
        self._refresh_at_s = self._grant.refresh_at_s
        self._is_reported = False

    def _report(self) -> None:
        # `on_change` may use the token, and even refresh it again. It is not called recursively.
        caller = (os.getpid(), threading.get_ident())
        if self._is_reported or self._reporter == caller:
            return
        self._is_reported, self._reporter = True, caller
        try:
            self._on_change(self)
        except BaseException:
            self._is_reported = False
            raise
        finally:
            self._reporter = None


def _parse_grant(payload: Any, sent_s: float) -> Grant:
    (access_token,) = checked_fields(payload, access_token=str)
    if not is_token(access_token):
        # The text for a missing field: it does not contain the value.
        checked_fields({}, access_token=str)
    if payload.get("refresh_token") is not None:
        checked_fields(payload, refresh_token=str)
    lifetime_s = _lifetime_s(payload.get("expires_in"))
    return Grant(
        access_token,
        # An empty text counts as missing.
        payload.get("refresh_token") or None,
        _moment(sent_s, lifetime_s),
        lifetime_s,
        payload,
    )


def _lifetime_s(value: object) -> float | None:
    # An unusable lifetime counts as unknown: the token is refreshed when the service rejects it.
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number and not (isinstance(value, str) and value.isdecimal()):
        return None
    try:
        lifetime_s = float(cast("float | str", value))
    except OverflowError:
        return None
    return lifetime_s if 1 <= lifetime_s < math.inf else None


def _moment(sent_s: float, lifetime_s: float | None) -> datetime | None:
    if lifetime_s is None:
        return None
    try:
        return datetime.fromtimestamp(sent_s, timezone.utc) + timedelta(seconds=lifetime_s)
    except (OSError, OverflowError, ValueError):
        return None


def _is_expired(error: ErrorResponse) -> bool:
    # Version 2 reports `expired_access_token`. The text of version 1 is "The given OAuth 2 access
    # token doesn't exist or has expired."
    return error.status == 401 and "expired" in str(error.body)


def _is_rejected(error: ErrorResponse) -> bool:
    return error.status in (400, 401) and str(error.error_msg).startswith("invalid_grant")


def _refresh_token_error(error: ErrorResponse) -> RefreshTokenError:
    fields = error.body if isinstance(error.body, dict) else {}
    reason = fields.get("error_description") or error.error_msg
    body = {"error": f"The refresh token was rejected: {reason}"}
    return RefreshTokenError(_Response(401, "Unauthorized", error.headers, body))


def _may_be_temporary(error: ErrorResponse | RESTSocketError) -> bool:
    if not isinstance(error, ErrorResponse):
        return True
    return not 400 <= error.status < 500 or error.status == _TOO_MANY_REQUESTS
