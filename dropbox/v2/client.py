"""Sending requests of version 2: JSON procedures, uploads and downloads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dropbox import hosts, json_text
from dropbox.errors import ErrorResponse
from dropbox.v2.errors import failed

if TYPE_CHECKING:
    from dropbox.response import RESTResponse

_OCTETS = "application/octet-stream"


@dataclass(frozen=True)
class Wire:
    """Where version 2 is, and on whose behalf it is called.

    Attributes:
        session: knows the hosts.
        rest_client: sends; of what version 1 uses it needs `request`.
        token: the OAuth 2 access token.
    """

    session: Any
    rest_client: Any
    token: str

    def __repr__(self) -> str:
        """Show nothing of the token."""
        return f"<{type(self).__name__} of {self.session!r}>"

    def call(self, route: str, argument: Any = None, **options: Any) -> Any:
        """Call a remote procedure; what it answers.

        Raises:
            Failed: with one of the route's own errors.
            ErrorResponse: any other status than 200, or what is told makes no sense.
        """
        return self._call(self.session.API_HOST, route, argument, self._bearer(), options)

    def notify(self, route: str, argument: Any, **options: Any) -> Any:
        """Call a remote procedure of the notification host, which asks for no token."""
        return self._call(self.session.API_NOTIFY_HOST, route, argument, {}, options)

    def upload(self, route: str, argument: Any, body: Any) -> Any:
        """Send content; what the route answers. Raises as `call`."""
        headers = {**self._bearer(), **_beside(argument), "Content-Type": _OCTETS}
        with self._send(self.session.API_CONTENT_HOST, route, body, headers, {}) as response:
            return _told(response)

    def download(
        self, route: str, argument: Any, extra: dict[str, str]
    ) -> tuple[RESTResponse, dict[str, Any]]:
        """Fetch content: the open response, and what is told beside it. Raises as `call`."""
        headers = {**self._bearer(), **_beside(argument), **extra}
        host = self.session.API_CONTENT_HOST
        response: RESTResponse = self._send(host, route, None, headers, {})
        told = _decoded(response.getheader("Dropbox-API-Result") or "")
        if told is None:
            response.close()
            raise ErrorResponse(response, "")
        return response, told

    def _call(
        self, host: str, route: str, argument: Any, headers: dict[str, str], options: Any
    ) -> Any:
        body = json.dumps(argument).encode()
        sent = {**headers, "Content-Type": "application/json"}
        with self._send(host, route, body, sent, options) as response:
            return _told(response)

    def _send(
        self, host: str, route: str, body: Any, headers: dict[str, str], options: dict[str, Any]
    ) -> Any:
        base = hosts.v2_base_url(host)
        try:
            return self.rest_client.request(
                "POST",
                f"{base}/2/{route}",
                body=body,
                headers=headers,
                raw_response=True,
                **options,
            )
        except ErrorResponse as error:
            raise failed(error) from error

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def _told(response: RESTResponse) -> Any:
    body = response.read()
    found = _decoded(body)
    if found is None:
        raise ErrorResponse(response, body)
    return found


def _decoded(text: bytes | str) -> dict[str, Any] | None:
    try:
        found = json_text.parse(text)
    except ValueError:
        return None
    if found is None:
        # So answers a procedure that has nothing to tell.
        return {}
    return found if isinstance(found, dict) else None


def _beside(argument: Any) -> dict[str, str]:
    # In ASCII: headers hold nothing else.
    return {"Dropbox-API-Arg": json.dumps(argument)}
