"""The clock of a world, deadlines and stopwatches."""

import runpy
import time

import pytest

from fakebox.core import clock as clock_module
from fakebox.core.clock import Clock, Deadline, Stopwatch


def test_new_clock_returns_the_time_of_the_machine():
    """A new clock returns the time of the machine."""
    before = time.time()
    assert before <= Clock().now() <= time.time()


def test_frozen_clock_changes_only_when_set_or_advanced():
    """A frozen clock changes only by `set` and `advance`."""
    clock = Clock()
    clock.freeze()
    clock.set(1_000)
    clock.advance(5)
    assert clock.is_frozen
    assert (clock.now(), clock.now_s()) == (1_005, 1_005)


def test_clock_continues_from_its_frozen_time():
    """A frozen clock that runs again continues from the time at which it was frozen."""
    clock = Clock()
    clock.freeze()
    clock.set(1_000)
    clock.run()
    clock.run()
    assert not clock.is_frozen
    assert 1_000 <= clock.now() < 2_000


def test_reset_clock_returns_the_time_of_the_machine():
    """A clock that was moved returns the time of the machine after a reset."""
    clock = Clock()
    clock.advance(-1_000_000)
    clock.reset()
    assert abs(clock.machine_s() - clock.now()) < 1_000


@pytest.mark.parametrize("seconds", [-1, 60 * 60 * 24 * 366 * 1_031])
def test_clock_rejects_times_before_1970_and_after_2999(seconds):
    """An advance to a time before 1970 or after 2999 is rejected, and the clock does not change."""
    clock = Clock()
    clock.freeze()
    clock.set(0)
    with pytest.raises(ValueError, match="1970"):
        clock.advance(seconds)
    assert clock.now() == 0


def test_deadline_has_no_remaining_time_when_expired():
    """An expired deadline has 0 seconds left, and a future deadline has more."""
    assert Deadline(0).remaining_s() == 0
    assert Deadline(1_000).remaining_s() > 0


def test_stopwatch_starts_at_zero_and_never_decreases():
    """The elapsed time is at least 0 and does not decrease."""
    watch = Stopwatch()
    assert 0 <= watch.elapsed_s() <= watch.elapsed_s()


def test_changes_of_the_clock_are_undone_when_their_block_fails():
    """A block of changes is kept if it ends without an error, and only then."""
    clock = Clock()
    with clock.at_once():
        clock.freeze()
        clock.set(1_000)

    def fail():
        with clock.at_once():
            clock.set(2_000)
            clock.run()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (clock.is_frozen, clock.now()) == (True, 1_000)


def test_deadline_counts_where_the_system_has_no_numbered_clocks(monkeypatch):
    """Without `time.clock_gettime`, as on Windows, time limits are counted by `time.monotonic`."""
    monkeypatch.delattr(time, "clock_gettime", raising=False)
    assert runpy.run_path(clock_module.__file__)["Deadline"](1_000).remaining_s() > 0
