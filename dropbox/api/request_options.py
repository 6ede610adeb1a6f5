"""Options of a client that apply to each of its requests: the timeout and the user agent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dropbox.rest import USER_AGENT


class OptionsTransport:
    """Adds options to each request, and passes it on to a `rest_client`.

    Args:
        rest_client: sends the requests. It has to accept `connect_timeout_s` and `read_timeout_s`,
            as `RESTClientObject` does, if there is a timeout.
        timeout_s: how long to wait for a connection and for each part of a response, in seconds;
            `None` uses the timeouts of the `rest_client`.
        user_agent: the name and version of the program; `None` uses the one of the `rest_client`.
    """

    def __init__(self, rest_client: Any, timeout_s: float | None, user_agent: str | None) -> None:
        self._rest_client = rest_client
        self._timeouts: dict[str, float] = {}
        if timeout_s is not None:
            self._timeouts = {"connect_timeout_s": timeout_s, "read_timeout_s": timeout_s}
        self._headers: dict[str, str] = {}
        if user_agent is not None:
            self._headers = {"User-Agent": f"{user_agent} {USER_AGENT}"}

    def request(self, *n: Any, headers: Mapping[str, str] | None = None, **kw: Any) -> Any:
        """Perform a request."""
        return self._rest_client.request(*n, headers=self._all_headers(headers), **self._all(kw))

    def GET(self, url: str, headers: Mapping[str, str] | None = None, **kw: Any) -> Any:
        """Perform a GET request."""
        return self._rest_client.GET(url, self._all_headers(headers), **self._all(kw))

    def POST(
        self,
        url: str,
        params: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        **kw: Any,
    ) -> Any:
        """Perform a POST request."""
        return self._rest_client.POST(url, params, self._all_headers(headers), **self._all(kw))

    def PUT(self, url: str, body: Any, headers: Mapping[str, str] | None = None, **kw: Any) -> Any:
        """Perform a PUT request."""
        return self._rest_client.PUT(url, body, self._all_headers(headers), **self._all(kw))

    def _all_headers(self, headers: Mapping[str, str] | None) -> dict[str, str]:
        return {**self._headers, **(headers or {})}

    def _all(self, options: dict[str, Any]) -> dict[str, Any]:
        # A long poll has a longer timeout.
        return {**self._timeouts, **options}
