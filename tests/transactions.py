"""Counting the core's transactions: a request is one, except for listed exceptions."""

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
    """The limit of a batch: a transaction for each entry.

    Attributes:
        argument: the field of the request that has the entries.
        besides: how many more there may be.
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
    """The application, failing a test whose request is more transactions than it may be.

    Args:
        application: what answers.
        transactions: where they are counted.
        limits: by the beginning of a path, or of a method and a path, how many transactions a
            request may be that may be more than one; `None` for any number.
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
        pytest.fail(f"{method} {path} was {count} transactions rather than at most {limit}")

    return count_and_call


def _entry_count(environ: Any, argument: str) -> int:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    try:
        return len(json.loads(body)[argument])
    except (KeyError, TypeError, ValueError):
        return 0
