"""A reentrant lock that threads acquire in the order in which they wait."""

from __future__ import annotations

import threading

import pytest

from fakebox.core.database import FairLock


def test_lock_is_reentrant():
    """A thread can acquire the lock repeatedly, and must release it the same number of times."""
    lock, order = FairLock(), []

    def wait():
        with lock:
            order.append("other")

    other = threading.Thread(target=wait)
    with lock:
        with lock:
            other.start()
        order.append("holder")
    other.join()
    assert order == ["holder", "other"]


def test_lock_is_released_after_an_error():
    """An exception in the block releases the lock."""
    lock = FairLock()

    def fail():
        with lock:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    other = threading.Thread(target=lock.__enter__)
    other.start()
    other.join(timeout=5)
    assert not other.is_alive()


def test_repeated_acquisition_does_not_starve_a_waiting_thread():
    """A thread that acquires the lock repeatedly lets a waiting thread acquire it."""
    lock, waited, rounds = FairLock(), threading.Event(), 0

    def wait():
        with lock:
            waited.set()

    other = threading.Thread(target=wait)
    with lock:
        other.start()
    while not waited.is_set():
        with lock:
            rounds += 1
            sum(range(10_000))
    other.join()
    assert rounds < 1_000


def test_limited_acquisition_fails_while_another_thread_holds_the_lock():
    """`acquire_within` returns `False` after its timeout, and succeeds when the lock is free."""
    lock, held, release = FairLock(), threading.Event(), threading.Event()

    def hold():
        with lock:
            held.set()
            release.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(20)
    assert not lock.acquire_within(0)
    assert not lock.is_mine()
    release.set()
    holder.join(20)
    # Within its own block, a thread acquires the lock again at once.
    assert lock.acquire_within(0)
    assert lock.acquire_within(0)
    lock.release()
    assert lock.is_mine()
    lock.release()
    assert not lock.is_mine()
