"""Counts the transactions of requests, and limits them to one for each request."""

from __future__ import annotations

import io
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from fakebox.core.database import FairLock

Application = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class PerEntry:
    """The limit of a batch: one transaction for each entry, and some more.

    Attributes:
        argument: the field of the request that has the entries.
        besides: the number of additional transactions.
    """

    argument: str
    besides: int


class Transactions:
    """The number of outermost transactions and reads, by thread."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()

    @property
    def count(self) -> int:
        """The number in all threads."""
        return self._counts.total()

    @property
    def own_count(self) -> int:
        """The number in the current thread."""
        return self._counts[threading.get_ident()]

    def add(self) -> None:
        """Count one transaction of the current thread."""
        self._counts[threading.get_ident()] += 1


@contextmanager
def counted_transactions() -> Iterator[Transactions]:
    """Count how often a thread acquires the lock of a world, without nested acquisitions."""
    counter, acquire = Transactions(), FairLock.acquire

    def counting(lock: FairLock) -> None:
        if not lock._is_mine():
            counter.add()
        acquire(lock)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FairLock, "acquire", counting)
        yield counter


def limited(
    application: Application,
    transactions: Transactions,
    limits: Mapping[str, int | PerEntry | None],
) -> Application:
    """Return an application that fails the test if a request uses too many transactions.

    Args:
        application: the application that responds.
        transactions: the counter.
        limits: the maximum number of transactions, by the beginning of the path or of the method
            and the path. `None` means no limit. The maximum of other requests is one.
    """

    def count_and_call(environ: Any, start_response: Any) -> Any:
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        named = (path, f"{method} {path}")
        starts = (start for start in limits if any(name.startswith(start) for name in named))
        limit = limits.get(next(starts, ""), 1)
        if isinstance(limit, PerEntry):
            limit = limit.besides + _entry_count(environ, limit.argument)
        before = transactions.own_count
        response = application(environ, start_response)
        count = transactions.own_count - before
        if limit is None or count <= limit:
            return response
        pytest.fail(f"{method} {path} used {count} transactions; the maximum is {limit}")

    return count_and_call


def _entry_count(environ: Any, argument: str) -> int:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    try:
        return len(json.loads(body)[argument])
    except (KeyError, TypeError, ValueError):
        return 0
