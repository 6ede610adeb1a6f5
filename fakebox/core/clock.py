"""The emulator's only source of time, which a test can stop, set and move.

Not for measuring how long something takes: waiting and timeouts are real time.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

# Beyond, no calendar could show the time, nor any expiry that is reckoned from it.
_END_S = 32_503_680_000


class Clock:
    """Tells seconds since 1970. Runs with the machine's clock until it is told otherwise."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._offset_s = 0.0
        self._frozen_at_s: float | None = None

    def now(self) -> float:
        """The time in seconds since 1970, with fractions."""
        with self._lock:
            return self._now()

    def now_s(self) -> int:
        """The time in whole seconds since 1970, as everything stored keeps it."""
        return int(self.now())

    def machine_s(self) -> int:
        """The machine's own time in whole seconds since 1970: what clients' clocks show."""
        return int(time.time())

    @property
    def is_frozen(self) -> bool:
        """Whether the clock stands still."""
        return self._frozen_at_s is not None

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """A block in which nobody else sees the time, and whose changes are undone if it fails."""
        with self._lock:
            before = (self._offset_s, self._frozen_at_s)
            try:
                yield
            except BaseException:
                self._offset_s, self._frozen_at_s = before
                raise

    def set(self, when_s: float) -> None:
        """Set the time; a running clock goes on from there, a frozen one stays there.

        Raises:
            ValueError: it isn't between the years 1970 and 3000.
        """
        with self._lock:
            # Compared before it is reckoned with: an integer may be too large for a float.
            _see_that(0 <= when_s < _END_S)
            self._move(when_s - self._now())

    def advance(self, seconds: float) -> None:
        """Move the time forward (or, with a negative figure, back).

        Raises:
            ValueError: it would leave the years from 1970 to 3000.
        """
        with self._lock:
            self._move(seconds)

    def freeze(self) -> None:
        """Let the time stand still."""
        with self._lock:
            self._frozen_at_s = self._now()

    def run(self) -> None:
        """Let the time go on from where it is."""
        with self._lock:
            if self._frozen_at_s is not None:
                self._offset_s = self._frozen_at_s - time.time()
                self._frozen_at_s = None

    def reset(self) -> None:
        """Go back to the machine's time."""
        with self._lock:
            self._offset_s, self._frozen_at_s = 0.0, None

    def _now(self) -> float:
        if self._frozen_at_s is not None:
            return self._frozen_at_s
        return time.time() + self._offset_s

    def _move(self, seconds: float) -> None:
        now_s = self._now()
        _see_that(-now_s <= seconds < _END_S - now_s)
        if self._frozen_at_s is not None:
            self._frozen_at_s += seconds
        else:
            self._offset_s += seconds


def _see_that(is_shown: bool) -> None:
    if not is_shown:
        raise ValueError("the clock shows times from 1970 up to the year 3000")


def _find_real_clock() -> Callable[[], float]:
    # Packages that stop the clock for a test, such as freezegun, replace `time.monotonic` in every
    # module, at any time. They leave alone what asks the system for a clock by its number.
    if hasattr(time, "clock_gettime"):
        return partial(time.clock_gettime, time.CLOCK_MONOTONIC)
    return partial(time.monotonic)


_real_clock_s = _find_real_clock()


class Deadline:
    """Real time that runs out, whatever the emulated clock shows.

    It counts on where a test has stopped Python's clocks.

    Args:
        timeout_s: how many seconds are left.
    """

    def __init__(self, timeout_s: float) -> None:
        self._ends_s = _real_clock_s() + timeout_s

    def remaining_s(self) -> float:
        """The seconds that are left; 0 when there are none."""
        return max(0.0, self._ends_s - _real_clock_s())


class Stopwatch:
    """Real time that has gone by, whatever the emulated clock shows."""

    __slots__ = ("_began_s",)

    def __init__(self) -> None:
        self._began_s = _real_clock_s()

    def elapsed_s(self) -> float:
        """The seconds since it was made."""
        return _real_clock_s() - self._began_s
