"""Counting the core's transactions: a request is one, but for listed exceptions."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from fakebox.core.database import FairLock

Application = Callable[[Any, Any], Any]


class Transactions:
    """How many transactions and reads began in each thread, inner ones left out."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()

    @property
    def count(self) -> int:
        """How many so far, in all threads."""
        return self._counts.total()

    @property
    def own_count(self) -> int:
        """How many so far, in this thread."""
        return self._counts[threading.get_ident()]

    def add(self) -> None:
        """Count one of this thread."""
        self._counts[threading.get_ident()] += 1


@contextmanager
def counted_transactions() -> Iterator[Transactions]:
    """A block in which the times are counted that a thread takes a world's lock anew."""
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
    """The application, failing a test whose request is more transactions than it may be.

    Args:
        application: what answers.
        transactions: where they are counted.
        limits: by the beginning of a path, what requests may be that aren't one transaction;
            `None` for any number.
    """

    def answer(environ: Any, start_response: Any) -> Any:
        path, before = environ["PATH_INFO"], transactions.own_count
        response = application(environ, start_response)
        count = transactions.own_count - before
        limit = next((limits[start] for start in limits if path.startswith(start)), 1)
        if limit is None or count <= limit:
            return response
        pytest.fail(f"{path} was {count} transactions rather than at most {limit}")

    return answer
