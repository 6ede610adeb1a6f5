"""Counting the core's transactions: the times that a thread takes a world's lock anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from fakebox.core.turns import Turns


class Transactions:
    """How many transactions and reads began, inner ones left out.

    Attributes:
        count: how many so far, in all threads.
    """

    def __init__(self) -> None:
        self.count = 0


@contextmanager
def counted_transactions() -> Iterator[Transactions]:
    """A block in which the transactions of every world are counted."""
    counter, acquire = Transactions(), Turns.acquire

    def counting(lock: Turns) -> None:
        if not lock._is_mine():
            counter.count += 1
        acquire(lock)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Turns, "acquire", counting)
        yield counter
