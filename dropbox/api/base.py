"""Making and sending signed requests: what every family of calls does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dropbox.paths import format_path
from dropbox.v2 import V2Transport, uses_v2

if TYPE_CHECKING:
    from collections.abc import Callable

    from dropbox.retry import RetryPolicy

Params = dict[str, Any]


class Requests:
    """What a client needs to make a call.

    Attributes:
        session: signs, and knows the hosts.
        rest_client: sends.
        retries: when a failed request is sent again.
    """

    session: Any
    rest_client: Any
    retries: RetryPolicy

    def request(
        self,
        target: str,
        params: Params | None = None,
        method: str = "POST",
        content_server: bool = False,
        notification_server: bool = False,
    ) -> tuple[str, Params, dict[str, str]]:
        """Make the parts of an HTTP request to a target API method.

        It is exposed for other API calls than those of this class, and for debugging.

        Args:
            target: the target URL with leading slash, as `/files`.
            params: parameters to add to the request.
            method: `GET`, `POST` or `PUT`.
            content_server: whether the request is for the API content server.
            notification_server: whether it is for the notification server.

        Returns:
            A tuple of (url, params, headers) to make the request with, signed.

        Source: seed.
        """
        if method not in ("GET", "POST", "PUT"):
            raise ValueError(f"only GET, POST and PUT are possible, not {method}")
        host = self.session.API_CONTENT_HOST if content_server else self.session.API_HOST
        if notification_server:
            host = self.session.API_NOTIFY_HOST
        url = self.session.build_url(host, target)
        headers, signed = self.session.build_access_headers(method, url, params)
        if method == "POST":
            return url, signed, headers
        return self.session.build_url(host, target, signed), signed, headers

    @property
    def _transport(self) -> Any:
        # Asked for each call: a session may be linked after its client was made.
        if uses_v2(self.session):
            return V2Transport(self.session, self.rest_client)
        return self.rest_client

    def _target(self, call: str, path: str) -> str:
        if path is None:
            raise TypeError(f"{call} wants a path, not None")
        return f"/{call}/{self.session.root}{format_path(path)}"

    def _get(self, target: str, params: Params | None = None) -> Any:
        def send() -> Any:
            url, _, headers = self.request(target, params, "GET")
            return self._transport.GET(url, headers)

        return self.retries.run(send)

    def _open(self, target: str, params: Params, extra: dict[str, str]) -> Any:
        def send() -> Any:
            url, _, headers = self.request(target, params, "GET", content_server=True)
            return self._transport.GET(url, {**headers, **extra}, raw_response=True)

        return self.retries.run(send)

    def _post(
        self,
        target: str,
        params: Params | None = None,
        content_server: bool = False,
        *,
        repeatable: bool = False,
    ) -> Any:
        def send() -> Any:
            url, signed, headers = self.request(target, params, content_server=content_server)
            return self._transport.POST(url, signed, headers)

        return self.retries.run(send, repeatable=repeatable)

    def _put(self, target: str, params: Params, body: Callable[[], Any]) -> Any:
        def send() -> Any:
            url, _, headers = self.request(target, params, "PUT", content_server=True)
            return self._transport.PUT(url, body(), headers)

        return self.retries.run(send, repeatable=False)
