"""Where connections come from: pools with TLS verified, through the environment's proxies.

What is sent over them is `dropbox.rest`'s business.
"""

from __future__ import annotations

import importlib
import os
import ssl
from errno import ENOENT
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from dropbox.fork_safe import ForkSafeLock
from dropbox.hosts import CA_BUNDLE_VARIABLE, ca_bundle_from_environment
from dropbox.request_body import BLOCK_BYTES

if TYPE_CHECKING:
    from urllib.parse import SplitResult

CONNECTIONS = 16
_HOSTS = 8


class ConnectionPools:
    """Pools that keep connections alive, for any number of threads.

    There is one for each way to a server: another proxy or another bundle of roots in the
    environment is heeded from the next request on. A process that was forked has its own: on the
    connections of the other one each would read what the other was answered.

    Args:
        heeds_proxies: go through the environment's proxies.
    """

    def __init__(self, *, heeds_proxies: bool = True) -> None:
        self._heeds_proxies = heeds_proxies
        self._pools: dict[tuple[int, str, str | None, str | None], Any] = {}
        self._lock = ForkSafeLock()

    def urlopen(self, method: str, url: str, **options: Any) -> urllib3.BaseHTTPResponse:
        """Send a request, as urllib3's own."""
        response: urllib3.BaseHTTPResponse = self._pool(url).urlopen(method, url, **options)
        return response

    def clear(self) -> None:
        """Close the idle connections; the next request opens new ones."""
        with self._lock:
            for pool in self._pools.values():
                pool.clear()

    def _pool(self, url: str) -> Any:
        parts = urlsplit(url)
        proxy = _proxy_for(parts) if self._heeds_proxies else None
        ca_bundle = ca_bundle_from_environment() if parts.scheme == "https" else None
        key = (os.getpid(), parts.scheme, ca_bundle, proxy)
        with self._lock:
            if key not in self._pools:
                self._pools[key] = _new_pool(parts.scheme, ca_bundle, proxy)
            return self._pools[key]


def _proxy_for(parts: SplitResult) -> str | None:
    proxies = getproxies()
    # With the port, as `urllib` passes it: an entry of `no_proxy` may name one.
    hosts = (parts.netloc.rpartition("@")[2], parts.hostname or "")
    if not proxies or any(proxy_bypass(host) for host in hosts):
        return None
    return proxies.get(parts.scheme) or proxies.get("all")


def _new_pool(scheme: str, ca_bundle: str | None, proxy: str | None) -> Any:
    settings: dict[str, Any] = {
        "num_pools": _HOSTS,
        "maxsize": CONNECTIONS,
        "blocksize": BLOCK_BYTES,
    }
    if scheme == "https":
        # One context for all connections: loading the roots costs more than a request.
        settings["ssl_context"] = _tls_context(ca_bundle)
    if proxy is None:
        return urllib3.PoolManager(**settings)
    return urllib3.ProxyManager(proxy, proxy_headers=_proxy_credentials(proxy), **settings)


def _tls_context(ca_bundle: str | None) -> ssl.SSLContext:
    if ca_bundle is not None and not Path(ca_bundle).is_file():
        raise FileNotFoundError(ENOENT, f"{CA_BUNDLE_VARIABLE} names no file", ca_bundle)
    context = ssl.create_default_context(cafile=ca_bundle)
    if ca_bundle is None and not context.cert_store_stats()["x509_ca"] and not _has_system_roots():
        bundled = _certifi_roots()
        if bundled:
            context.load_verify_locations(bundled)
    return context


def _has_system_roots() -> bool:
    # A directory of roots is read when a certificate asks for it, so none are loaded as yet.
    paths = ssl.get_default_verify_paths()
    return bool(paths.cafile or paths.capath)


def _certifi_roots() -> str | None:
    try:
        certifi = importlib.import_module("certifi")
    except ImportError:
        return None
    return str(certifi.where())


def _proxy_credentials(proxy: str) -> dict[str, str]:
    parts = urlsplit(proxy)
    if parts.username is None:
        return {}
    user, password = unquote(parts.username), unquote(parts.password or "")
    return dict(urllib3.make_headers(proxy_basic_auth=f"{user}:{password}"))
