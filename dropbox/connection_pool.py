"""Connection pools that verify TLS and use the proxies of the environment."""

from __future__ import annotations

import importlib
import os
import queue
import ssl
import threading
import weakref
from collections.abc import Callable
from errno import ENOENT
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from dropbox.request_body import BLOCK_BYTES

CA_BUNDLE_VARIABLE = "DROPBOX_CA_BUNDLE"
POOL_SIZE = 16
_HOSTS = 8


class _Lock(Protocol):
    def acquire(self, blocking: bool = ...) -> bool: ...

    def release(self) -> None: ...


class ForkSafeLock:
    """A lock for `with` that is free in a forked process.

    A fork copies the locks of the process with their state. A lock that another thread holds during
    the fork would stay locked in the child, which does not have the thread that releases it.

    Args:
        make: makes the lock, `threading.Lock` or `threading.RLock`.
    """

    def __init__(self, make: Callable[[], _Lock] = threading.Lock) -> None:
        self._make = make
        self._lock = make()
        _locks.add(self)

    def __reduce__(self) -> tuple[object, ...]:
        """Copy the lock as a free lock."""
        return type(self), (self._make,)

    def __enter__(self) -> None:
        """Acquire the lock."""
        self._lock.acquire()

    def __exit__(self, *exception: object) -> None:
        """Release the lock."""
        self._lock.release()

    def renew(self) -> None:
        """Replace the lock by a free one if another thread holds it."""
        # An `RLock` that the forking thread holds can be acquired again. The thread releases it.
        if self._lock.acquire(blocking=False):
            self._lock.release()
        else:
            self._lock = self._make()


_locks: weakref.WeakSet[ForkSafeLock] = weakref.WeakSet()


def _renew_locks() -> None:
    for lock in list(_locks):
        lock.renew()


# `os` has no such function on Windows, which does not fork.
if hasattr(os, "register_at_fork"):  # pragma: no branch
    os.register_at_fork(after_in_child=_renew_locks)


class _IdleConnections(queue.LifoQueue[Any]):
    """The idle connections of a pool. If it is full, a connection is closed without a warning."""

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        del block, timeout
        try:
            super().put(item, block=False)
        except queue.Full:
            if item is not None:
                item.close()


class _HTTPConnectionPool(urllib3.HTTPConnectionPool):
    QueueCls = _IdleConnections


class _HTTPSConnectionPool(urllib3.HTTPSConnectionPool):
    QueueCls = _IdleConnections


class ConnectionPools:
    """Pools of keep-alive connections, for any number of threads.

    There is one pool for each proxy and CA bundle, so a change of the environment takes effect
    with the next request. A forked process opens its own pools: if two processes shared a
    connection, each could read the responses of the other.

    Args:
        use_proxies: whether to use the proxies in the environment.
        pool_size: the number of idle connections to keep for each host.
    """

    def __init__(self, *, use_proxies: bool = True, pool_size: int = POOL_SIZE) -> None:
        self._use_proxies = use_proxies
        self._pool_size = pool_size
        self._pools: dict[tuple[int, str, str | None, str | None], urllib3.PoolManager] = {}
        self._lock = ForkSafeLock()

    def urlopen(self, method: str, url: str, **options: Any) -> urllib3.BaseHTTPResponse:
        """Send a request; the arguments are those of urllib3's `PoolManager.urlopen`."""
        return self._pool(url).urlopen(method, url, **options)

    def clear(self) -> None:
        """Close all idle connections; the next request opens a new one."""
        with self._lock:
            for pool in self._pools.values():
                pool.clear()

    def _pool(self, url: str) -> urllib3.PoolManager:
        parts = urlsplit(url)
        proxy = _proxy_for(parts) if self._use_proxies else None
        ca_bundle = _ca_bundle() if parts.scheme == "https" else None
        key = (os.getpid(), parts.scheme, ca_bundle, proxy)
        with self._lock:
            if key not in self._pools:
                self._pools[key] = _new_pool(parts.scheme, ca_bundle, proxy, self._pool_size)
            return self._pools[key]


def _ca_bundle() -> str | None:
    return os.environ.get(CA_BUNDLE_VARIABLE) or None


def _proxy_for(parts: SplitResult) -> str | None:
    proxies = getproxies()
    # With and without the port, because an entry of `no_proxy` may contain a port.
    hosts = (parts.netloc.rpartition("@")[2], parts.hostname or "")
    if not proxies or any(proxy_bypass(host) for host in hosts):
        return None
    return proxies.get(parts.scheme) or proxies.get("all")


def _new_pool(
    scheme: str, ca_bundle: str | None, proxy: str | None, pool_size: int
) -> urllib3.PoolManager:
    settings: dict[str, Any] = {
        "num_pools": _HOSTS,
        "maxsize": pool_size,
        "blocksize": BLOCK_BYTES,
    }
    if scheme == "https":
        # One context for all connections, because loading the roots is slow.
        settings["ssl_context"] = _tls_context(ca_bundle)
    if proxy is None:
        pools = urllib3.PoolManager(**settings)
    else:
        pools = urllib3.ProxyManager(proxy, proxy_headers=_proxy_credentials(proxy), **settings)
    pools.pool_classes_by_scheme = {"http": _HTTPConnectionPool, "https": _HTTPSConnectionPool}
    return pools


def _tls_context(ca_bundle: str | None) -> ssl.SSLContext:
    if ca_bundle is not None and not Path(ca_bundle).is_file():
        raise FileNotFoundError(ENOENT, f"{CA_BUNDLE_VARIABLE} does not name a file", ca_bundle)
    context = ssl.create_default_context(cafile=ca_bundle)
    if ca_bundle is None and not context.cert_store_stats()["x509_ca"] and not _has_system_roots():
        bundled = _certifi_roots()
        if bundled:
            context.load_verify_locations(bundled)
    return context


def _has_system_roots() -> bool:
    # Roots in a directory are loaded when they are needed, so they are not counted yet.
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
