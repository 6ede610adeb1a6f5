"""Time, which a test may have for its own."""

import runpy
import time

import pytest

from fakebox.core import clock as clock_module
from fakebox.core.clock import Clock, Deadline, Stopwatch


def test_clock_shows_the_machines_time_until_told_otherwise():
    """Within what passes between two looks."""
    before = time.time()
    assert before <= Clock().now() <= time.time()


def test_frozen_clock_stands_still_and_can_be_moved():
    """Nothing else moves it."""
    clock = Clock()
    clock.freeze()
    clock.set(1_000)
    clock.advance(5)
    assert clock.is_frozen
    assert (clock.now(), clock.now_s()) == (1_005, 1_005)


def test_clock_that_runs_again_goes_on_from_where_it_was():
    """It doesn't catch up."""
    clock = Clock()
    clock.freeze()
    clock.set(1_000)
    clock.run()
    clock.run()
    assert not clock.is_frozen
    assert 1_000 <= clock.now() < 2_000


def test_reset_clock_shows_the_machines_time():
    """However far it was moved."""
    clock = Clock()
    clock.advance(-1_000_000)
    clock.reset()
    assert abs(clock.machine_s() - clock.now()) < 1_000


@pytest.mark.parametrize("seconds", [-1, 60 * 60 * 24 * 366 * 1_031])
def test_clock_is_not_moved_to_where_it_can_show_nothing(seconds):
    """Neither before 1970 nor after 2999; it stays where it was."""
    clock = Clock()
    clock.freeze()
    clock.set(0)
    with pytest.raises(ValueError, match="1970"):
        clock.advance(seconds)
    assert clock.now() == 0


def test_deadline_runs_out():
    """And then has nothing left."""
    assert Deadline(0).remaining_s() == 0
    assert Deadline(1_000).remaining_s() > 0


def test_stopwatch_runs_forward():
    """From nothing."""
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
