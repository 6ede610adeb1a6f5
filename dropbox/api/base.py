"""Building and sending requests, for all families of calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dropbox.api.request_options import OptionsTransport
from dropbox.bearer_token import BearerToken
from dropbox.rest import RESTTransport
from dropbox.retry import RetryPolicy
from dropbox.session import DropboxSession
from dropbox.urls import format_path
from dropbox.v2 import V2Transport, uses_v2

Params = Mapping[str, object]


class ApiBase:
    """Builds, signs and sends requests.

    Attributes:
        session: signs requests and has the names of the hosts.
        rest_client: sends requests.
        retries: the policy for failed requests.
        timeout_s: how long to wait for a connection and for each part of a response, in seconds;
            `None` uses the timeouts of the `rest_client`.
        user_agent: the name and version of the program; `None` uses the one of the `rest_client`.
    """

    session: DropboxSession
    rest_client: RESTTransport
    retries: RetryPolicy
    timeout_s: float | None = None
    user_agent: str | None = None

    def request(
        self,
        target: str,
        params: Params | None = None,
        method: str = "POST",
        content_server: bool = False,
        notification_server: bool = False,
    ) -> tuple[str, dict[str, object], dict[str, str]]:
        """Build an HTTP request to an API method, without sending it.

        Use it for calls of the API that this class does not have, and for debugging.

        Args:
            target: the target URL with leading slash, such as `/files`.
            params: parameters to add to the request.
            method: `GET`, `POST` or `PUT`.
            content_server: whether the request is for the API content server.
            notification_server: whether the request is for the notification server.

        Returns:
            A tuple of (url, params, headers), signed.

        Raises:
            ValueError: `method` is not `GET`, `POST` or `PUT`.
            TypeError: a parameter is `None`.

        Example:
            >>> url, params, headers = client.request("/account/info", method="GET")
            >>> client.rest_client.GET(url, headers)["email"]
            'user@fakebox.example'

        Source: Dropbox Python SDK documentation.
        """
        if method not in ("GET", "POST", "PUT"):
            raise ValueError(f"method must be 'GET', 'POST' or 'PUT', not {method!r}")
        for name, value in (params or {}).items():
            if value is None:
                # It would be sent as the text 'None', which may be the name of a file.
                raise TypeError(f"{name} must not be None")
        host = self.session.API_CONTENT_HOST if content_server else self.session.API_HOST
        if notification_server:
            host = self.session.API_NOTIFY_HOST
        url = self.session.build_url(host, target)
        headers, signed = self.session.build_access_headers(method, url, params)
        if method == "POST":
            return url, signed, headers
        return self.session.build_url(host, target, signed), signed, headers

    @property
    def _transport(self) -> RESTTransport:
        transport = self._add_options(self.rest_client)
        # Chosen for each call, because a session may get its token after the client is made.
        return V2Transport(self.session, transport) if uses_v2(self.session) else transport

    def _add_options(self, rest_client: RESTTransport) -> RESTTransport:
        if self.timeout_s is None and self.user_agent is None:
            return rest_client
        return OptionsTransport(rest_client, self.timeout_s, self.user_agent)

    def _target(self, call: str, path: str) -> str:
        if path is None:
            raise TypeError(f"the path for {call} must be a str, not None")
        return f"/{call}/{self.session.root}{format_path(path)}"

    def _get(self, target: str, params: Params | None = None) -> object:
        def send() -> object:
            url, _, headers = self.request(target, params, "GET")
            return self._transport.GET(url, headers)

        return self._run(send)

    def _open(self, target: str, params: Params, extra_headers: dict[str, str]) -> object:
        def send() -> object:
            url, _, headers = self.request(target, params, "GET", content_server=True)
            return self._transport.GET(url, {**headers, **extra_headers}, raw_response=True)

        return self._run(send)

    def _post(
        self,
        target: str,
        params: Params | None = None,
        content_server: bool = False,
        *,
        repeatable: bool = False,
    ) -> object:
        def send() -> object:
            url, signed, headers = self.request(target, params, content_server=content_server)
            return self._transport.POST(url, signed, headers)

        return self._run(send, repeatable=repeatable)

    def _put(self, target: str, params: Params, make_body: Callable[[], object]) -> object:
        def send() -> object:
            url, _, headers = self.request(target, params, "PUT", content_server=True)
            return self._transport.PUT(url, make_body(), headers)

        return self._run(send, repeatable=False)

    def _run(self, send: Callable[[], object], *, repeatable: bool = True) -> object:
        def attempt() -> object:
            return self.retries.run(send, repeatable=repeatable)

        # A session of the caller may not have this attribute, which is not documented.
        bearer_token: BearerToken | None = getattr(self.session, "bearer_token", None)
        if bearer_token is None:
            return attempt()
        return bearer_token.run(attempt, self._add_options)
