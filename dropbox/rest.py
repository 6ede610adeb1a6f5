"""A simple JSON REST request abstraction layer: one pooled transport for the client and the
session.

You shouldn't need to use it, but you may put another in its place: any object with `GET`, `POST`
and `PUT` will do.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode, urlsplit

from urllib3 import Timeout
from urllib3.exceptions import HTTPError

from dropbox import json_text
from dropbox.connection_pool import ConnectionPools
from dropbox.errors import ErrorResponse, RESTSocketError, SizeChangedError
from dropbox.log_redaction import Masking, masked_url
from dropbox.request_body import Body, whole
from dropbox.response import RESTResponse
from dropbox.validation import malformed_response

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ErrorResponse",
    "RESTClient",
    "RESTClientObject",
    "RESTResponse",
    "RESTSocketError",
    "SizeChangedError",
]

log: logging.Logger = logging.getLogger("dropbox.rest")
# They log URLs, and ours have credentials in their query.
for _name in ("urllib3.connectionpool", "urllib3.connection"):
    logging.getLogger(_name).addFilter(Masking())

SDK_VERSION = "0.1.0"
USER_AGENT = f"fakebox-dropbox-sdk/{SDK_VERSION}"
CONNECT_TIMEOUT_S = 20.0
READ_TIMEOUT_S = 60.0


class RESTClientObject:
    """Sends requests over one thread-safe pool of connections.

    Args:
        pool_manager: what carries them: any object with urllib3's `urlopen`. By default a pool that
            verifies TLS against `DROPBOX_CA_BUNDLE` or the system's roots, goes through the
            environment's proxies and keeps connections alive; it is made at the first request.
        connect_timeout_s: how long to wait for a connection, in seconds.
        read_timeout_s: how long to wait for each piece of an answer, in seconds.
    """

    def __init__(
        self,
        pool_manager: Any = None,
        *,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        read_timeout_s: float = READ_TIMEOUT_S,
    ) -> None:
        self._connections = ConnectionPools() if pool_manager is None else pool_manager
        self._owns_connections = pool_manager is None
        self._connect_timeout_s = connect_timeout_s
        self._read_timeout_s = read_timeout_s

    def request(
        self,
        method: str,
        url: str,
        post_params: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        raw_response: bool = False,
        read_timeout_s: float | None = None,
    ) -> Any:
        """Perform a REST request and parse the response.

        Args:
            method: an HTTP method, as `GET` or `POST`.
            url: where to.
            post_params: parameters to put in the body, urlencoded; not together with `body`.
            body: a string, bytes, a path or a file-like object, streamed from where it stands.
            headers: headers to send with it.
            raw_response: return the open `RESTResponse` rather than the decoded JSON; for large
                answers, and where status or headers are of interest.
            read_timeout_s: how long to wait for the answer, in seconds, where that differs.

        Returns:
            The decoded JSON, or with `raw_response` an open `RESTResponse`.

        Raises:
            ErrorResponse: the status isn't 200 (or 206), the body isn't JSON, or it has a
                `Content-Encoding`, which no request of the SDK accepts.
            RESTSocketError: there was no answer.
            ValueError: both `post_params` and `body` are given.

        Source: seed (`RESTClient.request`).
        """
        sent_headers = {"User-Agent": USER_AGENT, **(headers or {})}
        if post_params:
            if body is not None:
                raise ValueError("body parameter cannot be used with post_params parameter")
            body = urlencode(post_params)
            sent_headers["Content-Type"] = "application/x-www-form-urlencoded"
        response = self._send(method, url, body, sent_headers, read_timeout_s)
        log.debug("%s %s -> %s", method, masked_url(url), response.status)
        _refuse_encoding(response)
        if response.status not in (200, 206):
            with response:
                raise ErrorResponse(response)
        return response if raw_response else _decoded(response)

    def GET(self, url: str, headers: Any = None, raw_response: bool = False, **kw: Any) -> Any:
        """Perform a GET request by `request`."""
        return self.request("GET", url, headers=headers, raw_response=raw_response, **kw)

    def POST(
        self,
        url: str,
        params: Any = None,
        headers: Any = None,
        raw_response: bool = False,
        **kw: Any,
    ) -> Any:
        """Perform a POST request by `request`, with `params` in the body."""
        return self.request(
            "POST",
            url,
            post_params={} if params is None else params,
            headers=headers,
            raw_response=raw_response,
            **kw,
        )

    def PUT(
        self, url: str, body: Any, headers: Any = None, raw_response: bool = False, **kw: Any
    ) -> Any:
        """Perform a PUT request by `request`."""
        return self.request("PUT", url, body=body, headers=headers, raw_response=raw_response, **kw)

    def close(self) -> None:
        """Close idle connections of its own pool; the next request opens new ones."""
        if self._owns_connections:
            self._connections.clear()

    def _send(
        self,
        method: str,
        url: str,
        body: Any,
        headers: dict[str, str],
        read_timeout_s: float | None,
    ) -> RESTResponse:
        host = urlsplit(url).netloc
        sent = _as_body(body)
        if sent is not None or method in ("POST", "PUT"):
            headers["Content-Length"] = str(sent.length_bytes if sent else 0)
        timeout = Timeout(
            connect=self._connect_timeout_s, read=read_timeout_s or self._read_timeout_s
        )
        try:
            answer = self._connections.urlopen(
                method,
                url,
                body=None if sent is None else iter(sent),
                headers=headers,
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=False,
            )
        except (HTTPError, OSError) as error:
            log.debug("%s %s -> %s", method, masked_url(url), type(error).__name__)
            raise RESTSocketError(host, error) from error
        finally:
            if sent is not None:
                sent.close()
        return RESTResponse(answer, host)


class RESTClient:
    """Performs JSON REST requests by class methods, over a shared `IMPL`.

    Attributes:
        IMPL: what sends them; assign another to change it for everybody.

    Source: seed (`RESTClient`).
    """

    IMPL: ClassVar[Any] = RESTClientObject()

    @classmethod
    def request(cls, *n: Any, **kw: Any) -> Any:
        """Perform a REST request and parse the response; see `RESTClientObject.request`."""
        return cls.IMPL.request(*n, **kw)

    @classmethod
    def GET(cls, *n: Any, **kw: Any) -> Any:
        """Perform a GET request; see `RESTClientObject.GET`."""
        return cls.IMPL.GET(*n, **kw)

    @classmethod
    def POST(cls, *n: Any, **kw: Any) -> Any:
        """Perform a POST request; see `RESTClientObject.POST`."""
        return cls.IMPL.POST(*n, **kw)

    @classmethod
    def PUT(cls, *n: Any, **kw: Any) -> Any:
        """Perform a PUT request; see `RESTClientObject.PUT`."""
        return cls.IMPL.PUT(*n, **kw)


def _as_body(body: Any) -> Body | None:
    if body is None or isinstance(body, Body):
        return body
    return whole(body)


def _refuse_encoding(response: RESTResponse) -> None:
    # A small encoded body may decode to any number of bytes, so none is decoded.
    encoding = response.getheader("Content-Encoding") or "identity"
    if encoding.strip().lower() not in ("", "identity"):
        response.close()
        problem = f"The response has Content-Encoding {encoding!r}, which was not requested."
        raise malformed_response(response, problem)


def _decoded(response: RESTResponse) -> Any:
    with response:
        body = response.read()
    try:
        decoded = json_text.parse(body)
    except ValueError:
        decoded = None
    # No call is answered by a bare word or number.
    if not isinstance(decoded, (dict, list)):
        raise ErrorResponse(response, body)
    return decoded
