"""Requests of version 2: remote procedure calls, uploads and downloads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from dropbox import urls
from dropbox.errors import ErrorResponse
from dropbox.json_response import JsonObject, malformed_header, parse_object, read_body
from dropbox.request_body import Body, Uploadable
from dropbox.response import RESTResponse
from dropbox.session import DropboxSession
from dropbox.v2.errors import convert_error

# The errors that a response without the documented fields causes while it is converted.
FIELD_ERRORS = (AttributeError, LookupError, OverflowError, TypeError, ValueError)
_OCTET_STREAM = "application/octet-stream"


class CallerError(Exception):
    """Contains an error of the caller's code: of the source, a callback or the `rest_client`.

    Without this class, one of `FIELD_ERRORS` would look like the error of a malformed response.

    Attributes:
        error: the error.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True)
class V2Client:
    """Sends requests of version 2 for one account.

    Attributes:
        session: the session, which contains the names of the hosts.
        rest_client: sends requests by its method `request`.
        token: the OAuth 2 access token.
    """

    session: DropboxSession
    rest_client: Any
    token: str

    def __repr__(self) -> str:
        """Show the session; the token is left out."""
        return f"<{type(self).__name__} of {self.session!r}>"

    def call(self, route: str, argument: JsonObject | None = None) -> JsonObject:
        """Call a remote procedure.

        Args:
            route: the route, such as `files/get_metadata`.
            argument: the JSON argument; `None` for a route without an argument.

        Returns:
            The decoded response; an empty dictionary if the response is `null`.

        Raises:
            RouteError: the route reported an error (status 409).
            ErrorResponse: another error status, or 200 with a body that is not a JSON object.
        """
        return self._call(self.session.API_HOST, route, argument, self._authorization(), {})

    def call_notify(self, route: str, argument: JsonObject, options: JsonObject) -> JsonObject:
        """Call a remote procedure of the notification host, without a token.

        Args:
            route, argument: as for `call`.
            options: arguments of the `rest_client`, such as `read_timeout_s`.

        Returns:
            The decoded response.

        Raises:
            RouteError, ErrorResponse: as `call`.
        """
        return self._call(self.session.API_NOTIFY_HOST, route, argument, {}, options)

    def upload(
        self, route: str, argument: JsonObject, body: Uploadable | Body | None
    ) -> JsonObject:
        """Upload content, and its content hash, which the service compares.

        Args:
            route, argument: as for `call`.
            body: the content; `None` if the request has no content.

        Returns:
            The decoded response.

        Raises:
            RouteError, ErrorResponse: as `call`.
        """
        with _caller_errors():
            content = body if isinstance(body, Body) else Body.of(b"" if body is None else body)
            if body is not None:
                argument = {**argument, "content_hash": content.content_hash()}
        headers = {
            **self._authorization(),
            **_argument_header(argument),
            "Content-Type": _OCTET_STREAM,
        }
        host = self.session.API_CONTENT_HOST
        with closing(content), self._send(host, route, content, headers, {}) as response:
            return _read_object(response)

    def download(
        self, route: str, argument: JsonObject, headers: dict[str, str]
    ) -> tuple[RESTResponse, JsonObject]:
        """Download content.

        Args:
            route, argument: as for `call`.
            headers: more headers to send, such as `Range`.

        Returns:
            The open response, and the metadata in its header `Dropbox-API-Result`.

        Raises:
            RouteError, ErrorResponse: as `call`. The status is 200 if the metadata is malformed.
        """
        headers = {**self._authorization(), **_argument_header(argument), **headers}
        response = self._send(self.session.API_CONTENT_HOST, route, None, headers, {})
        metadata = _parse_result(response.getheader("Dropbox-API-Result") or "")
        if metadata is None:
            response.close()
            raise malformed_header(response, "Dropbox-API-Result")
        return response, metadata

    def _call(
        self,
        host: str,
        route: str,
        argument: JsonObject | None,
        headers: dict[str, str],
        options: JsonObject,
    ) -> JsonObject:
        body = json.dumps(argument).encode()
        headers = {**headers, "Content-Type": "application/json"}
        with self._send(host, route, body, headers, options) as response:
            return _read_object(response)

    def _send(
        self, host: str, route: str, body: object, headers: dict[str, str], options: JsonObject
    ) -> RESTResponse:
        try:
            with _caller_errors():
                response: RESTResponse = self.rest_client.request(
                    "POST",
                    f"{urls.v2_base_url(host)}/2/{route}",
                    body=body,
                    headers=headers,
                    raw_response=True,
                    **options,
                )
        except ErrorResponse as error:
            raise convert_error(error) from error
        return response

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@contextmanager
def _caller_errors() -> Iterator[None]:
    try:
        yield
    except FIELD_ERRORS as error:
        raise CallerError(error) from error


def _read_object(response: RESTResponse) -> JsonObject:
    body = read_body(response)
    payload = _parse_result(body)
    if payload is None:
        raise ErrorResponse(response, body)
    return payload


def _parse_result(text: bytes | str) -> JsonObject | None:
    # A route without a result responds with `null`.
    return {} if text.strip() in (b"null", "null") else parse_object(text)


def _argument_header(argument: JsonObject) -> dict[str, str]:
    # `json.dumps` escapes all characters outside ASCII, as headers require.
    return {"Dropbox-API-Arg": json.dumps(argument)}
