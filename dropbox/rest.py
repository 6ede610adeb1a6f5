"""REST requests with JSON responses, for the client and the session.

Most programs use this module for its exceptions only. Any object with the methods `GET`, `POST` and
`PUT` may replace `RESTClient`; see `RESTTransport`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, ClassVar, Protocol
from urllib.parse import urlencode

from urllib3 import BaseHTTPResponse, Timeout
from urllib3.exceptions import HTTPError

from dropbox.arguments import check_count, check_timeout, check_user_agent
from dropbox.compat import Self
from dropbox.connection_pool import POOL_SIZE, ConnectionPools
from dropbox.errors import (
    ConflictError,
    ErrorResponse,
    NotFoundError,
    OutOfSpaceError,
    RateLimitError,
    RESTSocketError,
    ServerError,
    SizeChangedError,
    UnauthorizedError,
)
from dropbox.json_response import malformed_response, parse, read_body
from dropbox.request_body import Body, Uploadable
from dropbox.response import RESTResponse
from dropbox.urls import RedactionFilter, host_of, redact

__all__ = [
    "ConflictError",
    "ErrorResponse",
    "NotFoundError",
    "OutOfSpaceError",
    "RESTClient",
    "RESTClientObject",
    "RESTResponse",
    "RESTSocketError",
    "RESTTransport",
    "RateLimitError",
    "ServerError",
    "SizeChangedError",
    "UnauthorizedError",
]

log: logging.Logger = logging.getLogger("dropbox.rest")
# These loggers log URLs, which may contain credentials in their query.
_redaction = RedactionFilter()
for _name in ("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(_redaction)

SDK_VERSION = "0.1.0"
USER_AGENT = f"fakebox-dropbox-sdk/{SDK_VERSION}"
CONNECT_TIMEOUT_S = 20.0
READ_TIMEOUT_S = 60.0


class RESTTransport(Protocol):
    """The methods that clients and sessions call on a `rest_client`.

    They have the same arguments as in `RESTClientObject`.

    Example:
        >>> from dropbox.client import DropboxClient
        >>> from dropbox.rest import RESTClient
        >>> class ReadOnlyTransport:
        ...     def GET(self, *args, **options):
        ...         return RESTClient.GET(*args, **options)
        ...     def POST(self, *args, **options):
        ...         raise PermissionError("this program must not change the Dropbox")
        ...     PUT = POST
        >>> reader = DropboxClient(client.session, ReadOnlyTransport())
        >>> reader.metadata("/notes.txt")["bytes"]
        14
        >>> reader.put_file("/new.txt", b"new")
        Traceback (most recent call last):
        ...
        PermissionError: this program must not change the Dropbox
    """

    def GET(self, *n: Any, **kw: Any) -> Any:
        """Perform a GET request."""
        ...

    def POST(self, *n: Any, **kw: Any) -> Any:
        """Perform a POST request."""
        ...

    def PUT(self, *n: Any, **kw: Any) -> Any:
        """Perform a PUT request."""
        ...


class Connections(Protocol):
    """The method of urllib3's `PoolManager` that a `RESTClientObject` calls."""

    def urlopen(self, method: str, url: str, **options: Any) -> BaseHTTPResponse:
        """Send a request."""
        ...


class RESTClientObject:
    """Sends requests over a thread-safe pool of connections.

    Args:
        pool_manager: an object with the method `urlopen` of urllib3's `PoolManager`. The default
            verifies TLS against `DROPBOX_CA_BUNDLE` or the system's roots, uses the proxies of the
            environment and keeps connections alive.
        connect_timeout_s: how long to wait for a connection, in seconds.
        read_timeout_s: how long to wait for each part of a response, in seconds.
        user_agent: the name and version of the program, such as `my-app/1.0`; the header
            `User-Agent` begins with it.
        pool_size: the number of idle connections to keep for each host. Any number of threads may
            use the object; if more connections are open, they are closed after their request.

    Raises:
        ValueError: a timeout is not positive, `pool_size` is less than 1 or is given together with
            `pool_manager`, or `user_agent` is not valid in a header.

    Example:
        >>> from dropbox.client import DropboxClient
        >>> from dropbox.rest import RESTClientObject
        >>> rest_client = RESTClientObject(connect_timeout_s=5, read_timeout_s=30)
        >>> DropboxClient(client.session, rest_client).account_info()["email"]
        'user@fakebox.example'
    """

    def __init__(
        self,
        pool_manager: Connections | None = None,
        *,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        read_timeout_s: float = READ_TIMEOUT_S,
        user_agent: str | None = None,
        pool_size: int | None = None,
    ) -> None:
        self._own_pools: ConnectionPools | None = None
        if pool_manager is None:
            size = POOL_SIZE if pool_size is None else check_count("pool_size", pool_size)
            self._own_pools = pool_manager = ConnectionPools(pool_size=size)
        elif pool_size is not None:
            raise ValueError("pool_size and pool_manager are both given; only one is accepted")
        self._connections: Connections = pool_manager
        self._connect_timeout_s = check_timeout("connect_timeout_s", connect_timeout_s)
        self._read_timeout_s = check_timeout("read_timeout_s", read_timeout_s)
        self._user_agent = USER_AGENT
        if user_agent is not None:
            self._user_agent = f"{check_user_agent(user_agent)} {USER_AGENT}"

    def __deepcopy__(self, memo: object) -> Self:
        """Return the object itself, so that copies of clients and sessions share connections."""
        return self

    def request(
        self,
        method: str,
        url: str,
        post_params: Mapping[str, object] | None = None,
        body: Uploadable | Body | None = None,
        headers: Mapping[str, str] | None = None,
        raw_response: bool = False,
        read_timeout_s: float | None = None,
        connect_timeout_s: float | None = None,
    ) -> Any:
        """Perform a REST request and decode the response.

        Args:
            method: an HTTP method, such as `GET` or `POST`.
            url: the URL.
            post_params: parameters to send URL-encoded in the body; not together with `body`.
            body: a string, bytes, a path or a file-like object, read from its current position.
            headers: headers to send.
            raw_response: whether to return the open `RESTResponse` instead of the decoded JSON.
            read_timeout_s, connect_timeout_s: as for the class; `None` uses the timeout of the
                object.

        Returns:
            The decoded JSON; with `raw_response`, an open `RESTResponse`.

        Raises:
            ErrorResponse: the status is not 200 or 206, the body is not JSON, or the response has
                a `Content-Encoding`, which the SDK does not request.
            RESTSocketError: there was no response.
            OSError: the source of the body could not be read.
            ValueError: both `post_params` and `body` are given.

        Example:
            >>> from dropbox.rest import RESTClientObject
            >>> url, params, headers = client.request("/account/info", method="GET")
            >>> RESTClientObject().request("GET", url, headers=headers)["email"]
            'user@fakebox.example'

        Source: Dropbox Python SDK documentation, `RESTClient.request`.
        """
        all_headers = {"User-Agent": self._user_agent, **(headers or {})}
        if post_params:
            if body is not None:
                raise ValueError("body and post_params are both given; only one is accepted")
            body = urlencode(post_params)
            all_headers["Content-Type"] = "application/x-www-form-urlencoded"
        timeout = Timeout(
            connect=connect_timeout_s or self._connect_timeout_s,
            read=read_timeout_s or self._read_timeout_s,
        )
        response = self._send(method, url, body, all_headers, timeout)
        log.debug("%s %s -> %s", method, redact(url), response.status)
        _check_encoding(response)
        if response.status not in (200, 206):
            with response:
                raise ErrorResponse.from_response(response, read_body(response))
        return response if raw_response else _decoded(response)

    def GET(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        raw_response: bool = False,
        **kw: Any,
    ) -> Any:
        """Perform a GET request.

        Args:
            url, headers, raw_response: as for `request`.
            kw: `read_timeout_s` and `connect_timeout_s`, as for `request`.

        Returns:
            The decoded JSON; with `raw_response`, an open `RESTResponse`.

        Raises:
            ErrorResponse, RESTSocketError: as `request`.

        Example:
            >>> from dropbox.rest import RESTClientObject
            >>> url, params, headers = client.request("/metadata/dropbox/notes.txt", method="GET")
            >>> RESTClientObject().GET(url, headers)["bytes"]
            14
        """
        return self.request("GET", url, headers=headers, raw_response=raw_response, **kw)

    def POST(
        self,
        url: str,
        params: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        raw_response: bool = False,
        **kw: Any,
    ) -> Any:
        """Perform a POST request.

        Args:
            url, headers, raw_response: as for `request`.
            params: parameters to send URL-encoded in the body.
            kw: `read_timeout_s` and `connect_timeout_s`, as for `request`.

        Returns:
            The decoded JSON; with `raw_response`, an open `RESTResponse`.

        Raises:
            ErrorResponse, RESTSocketError: as `request`.

        Example:
            >>> from dropbox.rest import RESTClientObject
            >>> url, params, headers = client.request("/search/dropbox", {"query": "beach"})
            >>> [entry["path"] for entry in RESTClientObject().POST(url, params, headers)]
            ['/Photos/beach.png']
        """
        return self.request(
            "POST",
            url,
            post_params={} if params is None else params,
            headers=headers,
            raw_response=raw_response,
            **kw,
        )

    def PUT(
        self,
        url: str,
        body: Uploadable | Body | None,
        headers: Mapping[str, str] | None = None,
        raw_response: bool = False,
        **kw: Any,
    ) -> Any:
        """Perform a PUT request.

        Args:
            url, headers, raw_response: as for `request`.
            body: a string, bytes, a path or a file-like object, read from its current position.
            kw: `read_timeout_s` and `connect_timeout_s`, as for `request`.

        Returns:
            The decoded JSON; with `raw_response`, an open `RESTResponse`.

        Raises:
            ErrorResponse, RESTSocketError: as `request`.
            SizeChangedError: the file became longer or shorter while it was sent.

        Example:
            >>> from dropbox.rest import RESTClientObject
            >>> url, params, headers = client.request(
            ...     "/files_put/dropbox/hello.txt", method="PUT", content_server=True
            ... )
            >>> RESTClientObject().PUT(url, b"Hello", headers)["bytes"]
            5
        """
        return self.request("PUT", url, body=body, headers=headers, raw_response=raw_response, **kw)

    def close(self) -> None:
        """Close the idle connections of the default pool; the next request opens a new one.

        Example:
            >>> from dropbox.rest import RESTClientObject
            >>> rest_client = RESTClientObject()
            >>> rest_client.close()
        """
        if self._own_pools is not None:
            self._own_pools.clear()

    def _send(
        self,
        method: str,
        url: str,
        body: Uploadable | Body | None,
        headers: dict[str, str],
        timeout: Timeout,
    ) -> RESTResponse:
        host = host_of(url)
        content = _as_body(body)
        if content is not None or method in ("POST", "PUT"):
            headers["Content-Length"] = str(content.length_bytes if content else 0)
        try:
            with _redaction.active():
                response = self._connections.urlopen(
                    method,
                    url,
                    body=None if content is None else iter(content),
                    headers=headers,
                    timeout=timeout,
                    retries=False,
                    redirect=False,
                    preload_content=False,
                )
        except (HTTPError, OSError) as error:
            log.debug("%s %s -> %s", method, redact(url), type(error).__name__)
            if content is not None and content.caller_error is not None:
                raise content.caller_error from error
            raise RESTSocketError(host, error) from error
        finally:
            if content is not None:
                content.close()
        return RESTResponse(response, host)


class RESTClient:
    """Performs REST requests by class methods, with a shared `IMPL`.

    Attributes:
        IMPL: the object that sends the requests; assign another object to replace it everywhere.

    Example:
        >>> from dropbox.rest import RESTClient, RESTClientObject
        >>> RESTClient.IMPL = RESTClientObject(read_timeout_s=120)
        >>> client.account_info()["email"]
        'user@fakebox.example'

    Source: Dropbox Python SDK documentation, `RESTClient`.
    """

    IMPL: ClassVar[Any] = RESTClientObject()

    @classmethod
    def request(cls, *n: object, **kw: object) -> Any:
        """Perform a REST request and decode the response; see `RESTClientObject.request`.

        Example:
            >>> from dropbox.rest import RESTClient
            >>> url, params, headers = client.request("/account/info", method="GET")
            >>> RESTClient.request("GET", url, headers=headers)["email"]
            'user@fakebox.example'
        """
        return cls.IMPL.request(*n, **kw)

    @classmethod
    def GET(cls, *n: object, **kw: object) -> Any:
        """Perform a GET request; see `RESTClientObject.GET`.

        Example:
            >>> from dropbox.rest import RESTClient
            >>> url, params, headers = client.request("/account/info", method="GET")
            >>> RESTClient.GET(url, headers)["email"]
            'user@fakebox.example'
        """
        return cls.IMPL.GET(*n, **kw)

    @classmethod
    def POST(cls, *n: object, **kw: object) -> Any:
        """Perform a POST request; see `RESTClientObject.POST`.

        Example:
            >>> from dropbox.rest import RESTClient
            >>> url, params, headers = client.request("/search/dropbox", {"query": "beach"})
            >>> [entry["path"] for entry in RESTClient.POST(url, params, headers)]
            ['/Photos/beach.png']
        """
        return cls.IMPL.POST(*n, **kw)

    @classmethod
    def PUT(cls, *n: object, **kw: object) -> Any:
        """Perform a PUT request; see `RESTClientObject.PUT`.

        Example:
            >>> from dropbox.rest import RESTClient
            >>> url, params, headers = client.request(
            ...     "/files_put/dropbox/hello.txt", method="PUT", content_server=True
            ... )
            >>> RESTClient.PUT(url, b"Hello", headers)["bytes"]
            5
        """
        return cls.IMPL.PUT(*n, **kw)


def _as_body(body: Uploadable | Body | None) -> Body | None:
    if body is None or isinstance(body, Body):
        return body
    return Body.of(body)


def _check_encoding(response: RESTResponse) -> None:
    # Encoded bodies are not decoded, because the size of the decoded body has no limit.
    encoding = response.getheader("Content-Encoding") or "identity"
    if encoding.strip().lower() not in ("", "identity"):
        response.close()
        problem = f"The response has Content-Encoding {encoding!r}, which was not requested."
        raise malformed_response(response, problem)


def _decoded(response: RESTResponse) -> Any:
    with response:
        body = read_body(response)
    try:
        decoded = parse(body)
    except ValueError:
        decoded = None
    # No call returns a string or a number.
    if not isinstance(decoded, (dict, list)):
        raise ErrorResponse(response, body)
    return decoded
