"""Prevents connections to the real Dropbox during tests."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fakebox.dropbox_hosts import is_dropbox_host

if TYPE_CHECKING:
    from typing_extensions import Self


class Guard:
    """Rejects lookups of the real hosts and connections to them, in all threads.

    A context manager.

    Args:
        reject: called with the host name before a connection; it must raise an exception.
    """

    def __init__(self, reject: Callable[[str], None]) -> None:
        self._reject = reject
        self._patched: list[tuple[object, str, object, object]] = []

    def __enter__(self) -> Self:
        self._patch(socket, "getaddrinfo", lambda host, *_, **__: host)
        for name in ("connect", "connect_ex"):
            self._patch(socket.socket, name, lambda _, address: address)
        return self

    def __exit__(self, *error: object) -> None:
        for owner, name, original, guarded in reversed(self._patched):
            # Do not undo a later patch of another library.
            if getattr(owner, name) is guarded:
                setattr(owner, name, original)
        self._patched.clear()

    def _patch(self, owner: object, name: str, destination: Callable[..., object]) -> None:
        original = getattr(owner, name)

        def guarded(*arguments: object, **options: object) -> Any:
            self._check(destination(*arguments, **options))
            return original(*arguments, **options)

        setattr(owner, name, guarded)
        self._patched.append((owner, name, original, guarded))

    def _check(self, destination: object) -> None:
        host = destination[0] if isinstance(destination, tuple) else destination
        if isinstance(host, (str, bytes)) and is_dropbox_host(host):
            self._reject(host.decode() if isinstance(host, bytes) else host)
