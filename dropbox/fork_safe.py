"""Locks that a forked process can use.

A process that forks copies its locks as they are. One that another thread holds at that moment
stays locked in the child for ever, because the child does not have the thread that would release
it.
"""

from __future__ import annotations

import os
import threading
import weakref
from typing import Any


class ForkSafeLock:
    """A lock, used by `with`, that is replaced by a free one in a forked child."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        _locks.add(self)

    def __enter__(self) -> None:
        """Acquire the lock."""
        self._lock.acquire()

    def __exit__(self, *exception: object) -> None:
        """Release the lock."""
        self._lock.release()

    def renew(self) -> None:
        """Replace the lock by a free one."""
        self._lock = threading.Lock()


_locks: weakref.WeakSet[ForkSafeLock] = weakref.WeakSet()


def _renew_all() -> None:
    for lock in list(_locks):
        lock.renew()


# Windows does not fork, and its `os` has no such function.
_register: Any = getattr(os, "register_at_fork", dict)
_register(after_in_child=_renew_all)
