"""The lock that lets everybody have a turn."""

from __future__ import annotations

import threading

import pytest

from fakebox.core.fair_lock import FairLock


def test_holder_may_take_the_lock_again():
    """Only when it has let go as often does the next one get in."""
    turns, order = FairLock(), []

    def wait():
        with turns:
            order.append("other")

    other = threading.Thread(target=wait)
    with turns:
        with turns:
            other.start()
        order.append("holder")
    other.join()
    assert order == ["holder", "other"]


def test_lock_is_free_again_after_an_error():
    """What goes wrong inside doesn't lock others out."""
    turns = FairLock()

    def fail():
        with turns:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    other = threading.Thread(target=turns.__enter__)
    other.start()
    other.join(timeout=5)
    assert not other.is_alive()


def test_one_who_takes_it_over_and_over_does_not_keep_others_out():
    """Somebody who waits is next."""
    turns, waited, rounds = FairLock(), threading.Event(), 0

    def wait():
        with turns:
            waited.set()

    other = threading.Thread(target=wait)
    with turns:
        other.start()
    while not waited.is_set():
        with turns:
            rounds += 1
            sum(range(10_000))
    other.join()
    assert rounds < 1_000
