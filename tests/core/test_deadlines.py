"""Deadlines and stopwatches use real time even while a test freezes Python's clocks."""

from __future__ import annotations

import freezegun
import pytest

from fakebox.core.clock import Deadline, Stopwatch


@pytest.mark.parametrize("options", [{}, {"ignore": []}], ids=str)
def test_deadline_and_stopwatch_run_while_freezegun_freezes_time(options):
    """Deadlines and stopwatches ignore the time that the freezegun library sets."""
    deadline, stopwatch = Deadline(60), Stopwatch()
    with freezegun.freeze_time("2013-05-01", **options) as frozen:
        frozen.tick(3600)
        assert 0 < deadline.remaining_s() <= 60
        assert 0 <= stopwatch.elapsed_s() < 60
        expired = Deadline(0)
        assert expired.remaining_s() == 0
        elapsed_s = stopwatch.elapsed_s()
        while stopwatch.elapsed_s() == elapsed_s:
            pass
    assert 0 < deadline.remaining_s() <= 60
