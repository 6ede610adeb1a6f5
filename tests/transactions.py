"""Count the core's transactions: a request is one transaction, with listed exceptions."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from fakebox.core.fair_lock import FairLock

Application = Callable[[Any, Any], Any]


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
    application: Application, transactions: Transactions, limits: Mapping[str, int | None]
) -> Application:
    """Wrap an application so that a test fails when a request has too many transactions.

    Args:
        application: The WSGI application.
        transactions: The counter.
        limits: The largest number of transactions, by the start of the path; `None` for any
            number. The limit of other paths is 1.
    """

    def count_and_call(environ: Any, start_response: Any) -> Any:
        path, before = environ["PATH_INFO"], transactions.own_count
        response = application(environ, start_response)
        count = transactions.own_count - before
        limit = next((limits[start] for start in limits if path.startswith(start)), 1)
        if limit is None or count <= limit:
            return response
        pytest.fail(f"{path} had {count} transactions, not at most {limit}")

    return count_and_call
