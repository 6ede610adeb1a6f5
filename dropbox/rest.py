"""A simple JSON REST request abstraction layer: one pooled transport for the client and the
session.

You shouldn't need to use it, but you may put another in its place: any object with `GET`, `POST`
and `PUT` will do.
"""

from __future__ import annotations

import json
import logging
import ssl
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3.exceptions import HTTPError

from dropbox.bodies import BLOCK_BYTES, Body, whole
from dropbox.endpoints import ca_bundle_from_environment
from dropbox.errors import ErrorResponse, RESTSocketError
from dropbox.masking import masked_url
from dropbox.response import RESTResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ErrorResponse", "RESTClient", "RESTClientObject", "RESTResponse", "RESTSocketError"]

log: logging.Logger = logging.getLogger("dropbox.rest")

SDK_VERSION = "0.1.0"
USER_AGENT = f"fakebox-dropbox-sdk/{SDK_VERSION}"
CONNECT_TIMEOUT_S = 20.0
READ_TIMEOUT_S = 60.0
CONNECTIONS = 16


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
        self._pool_manager = pool_manager
        self._pools: dict[tuple[str, str | None, str | None], Any] = {}
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
            ErrorResponse: the status isn't 200 (or 206), or the body isn't JSON.
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
        """Close the pool's idle connections; the next request opens new ones."""
        for pool in self._pools.values():
            pool.clear()

    def _send(
        self,
        method: str,
        url: str,
        body: Any,
        headers: dict[str, str],
        read_timeout_s: float | None,
    ) -> RESTResponse:
        host = urlsplit(url).netloc
        if body is not None:
            body = body if isinstance(body, Body) else whole(body)
            headers["Content-Length"] = str(body.length_bytes)
        elif method in ("POST", "PUT"):
            headers["Content-Length"] = "0"
        timeout = urllib3.Timeout(
            connect=self._connect_timeout_s, read=read_timeout_s or self._read_timeout_s
        )
        try:
            answer = self._pool(url).urlopen(
                method,
                url,
                body=body,
                headers=headers,
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=False,
            )
        except (HTTPError, OSError) as error:
            raise RESTSocketError(host, error) from error
        return RESTResponse(answer, host)

    def _pool(self, url: str) -> Any:
        if self._pool_manager is not None:
            return self._pool_manager
        parts = urlsplit(url)
        proxies = getproxies()
        bypassed = not proxies or bool(proxy_bypass(parts.hostname or ""))
        proxy = None if bypassed else proxies.get(parts.scheme)
        ca_bundle = ca_bundle_from_environment() if parts.scheme == "https" else None
        key = (parts.scheme, ca_bundle, proxy)
        if key not in self._pools:
            self._pools[key] = _new_pool(parts.scheme, ca_bundle, proxy)
        return self._pools[key]


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


def _decoded(response: RESTResponse) -> Any:
    with response:
        body = response.read()
    try:
        return json.loads(body)
    except ValueError:
        raise ErrorResponse(response, body) from None


def _new_pool(scheme: str, ca_bundle: str | None, proxy: str | None) -> Any:
    settings: dict[str, Any] = {
        "num_pools": 8,
        "maxsize": CONNECTIONS,
        "block": False,
        "blocksize": BLOCK_BYTES,
    }
    if scheme == "https":
        # One context for all connections: loading the roots costs more than a request.
        settings["ssl_context"] = ssl.create_default_context(cafile=ca_bundle)
    if proxy:
        return urllib3.ProxyManager(proxy, **settings)
    return urllib3.PoolManager(**settings)
