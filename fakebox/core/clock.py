"""The only source of time of the emulator. Tests can freeze, set and advance it.

Waiting, timeouts and measured durations use real time instead.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from fakebox.core.arguments import check_number

# The year 3000. Dates and expiry times that are computed from the clock stay representable.
_END_S = 32_503_680_000
_RANGE = "the time must be from 1970 up to the year 3000"


class Clock:
    """The time in seconds since 1970: the machine's time, unless it was set, advanced or frozen.

    Example:
        >>> from fakebox.core.clock import Clock
        >>> clock = Clock()
        >>> clock.freeze()
        >>> before_s = clock.now()
        >>> clock.advance(60)
        >>> round(clock.now() - before_s)
        60
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._offset_s = 0.0
        self._frozen_at_s: float | None = None

    def now(self) -> float:
        """Return the time in seconds since 1970, with fractions.

        Example:
            >>> box.clock.freeze()
            >>> box.clock.set(1_400_000_000)
            >>> box.clock.now()
            1400000000.0
        """
        with self._lock:
            return self._now()

    def now_s(self) -> int:
        """Return the time in whole seconds since 1970, as it is stored."""
        return int(self.now())

    def now_us(self) -> int:
        """Return the time in whole microseconds since 1970, as it is stored for changes.

        Example:
            >>> from fakebox.core.clock import Clock
            >>> clock = Clock()
            >>> clock.freeze()
            >>> clock.set(1.5)
            >>> clock.now_us()
            1500000
        """
        return int(self.now() * 1_000_000)

    def machine_s(self) -> int:
        """Return the machine's time in whole seconds since 1970, which clients use."""
        return int(time.time())

    @property
    def is_frozen(self) -> bool:
        """Whether the time is frozen.

        Example:
            >>> box.clock.is_frozen
            False
        """
        return self._frozen_at_s is not None

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Hide the changes of a block from other threads until its end; undo them if it raises."""
        with self._lock:
            before = (self._offset_s, self._frozen_at_s)
            try:
                yield
            except BaseException:
                self._offset_s, self._frozen_at_s = before
                raise

    def set(self, when_s: float) -> None:
        """Set the time. A running clock continues from it; a frozen one stays at it.

        Args:
            when_s: the time, in seconds since 1970.

        Raises:
            ValueError: the time is not a number, before 1970 or after the year 3000.

        Example:
            >>> box.clock.set(1_400_000_000)
            >>> box.clock.now() >= 1_400_000_000
            True
        """
        check_number("the time", when_s)
        with self._lock:
            # Checked before the subtraction: an integer may be too large for a float.
            if not 0 <= when_s < _END_S:
                raise ValueError(f"the clock cannot be set to {when_s} s: {_RANGE}")
            self._move(when_s - self._now())

    def advance(self, seconds: float) -> None:
        """Advance the time.

        Args:
            seconds: the number of seconds; a negative number sets the time back.

        Raises:
            ValueError: `seconds` is not a number, or the new time would be before 1970 or after the
                year 3000.

        Example:
            >>> link = client.media("/notes.txt")["url"]
            >>> import urllib3
            >>> urllib3.request("GET", link).status
            200
            >>> box.clock.advance(5 * 60 * 60)
            >>> urllib3.request("GET", link).status
            410
        """
        check_number("seconds", seconds)
        with self._lock:
            self._move(seconds)

    def freeze(self) -> None:
        """Stop the clock at its time.

        Example:
            >>> box.clock.freeze()
            >>> box.clock.now() == box.clock.now()
            True
        """
        with self._lock:
            self._frozen_at_s = self._now()

    def run(self) -> None:
        """Let a frozen clock continue from its time.

        Example:
            >>> box.clock.freeze()
            >>> box.clock.run()
            >>> box.clock.is_frozen
            False
        """
        with self._lock:
            if self._frozen_at_s is not None:
                self._offset_s = self._frozen_at_s - time.time()
                self._frozen_at_s = None

    def reset(self) -> None:
        """Return to the machine's time.

        Example:
            >>> import time
            >>> box.clock.set(0)
            >>> box.clock.reset()
            >>> abs(box.clock.now() - time.time()) < 60
            True
        """
        with self._lock:
            self._offset_s, self._frozen_at_s = 0.0, None

    def _now(self) -> float:
        if self._frozen_at_s is not None:
            return self._frozen_at_s
        return time.time() + self._offset_s

    def _move(self, seconds: float) -> None:
        now_s = self._now()
        if not -now_s <= seconds < _END_S - now_s:
            raise ValueError(f"the clock cannot be advanced by {seconds} s: {_RANGE}")
        if self._frozen_at_s is not None:
            self._frozen_at_s += seconds
        else:
            self._offset_s += seconds


def _find_real_clock() -> Callable[[], float]:
    # Packages that freeze the time for a test, such as freezegun, replace `time.monotonic` in every
    # module, at any time. They do not replace `time.clock_gettime`.
    if hasattr(time, "clock_gettime"):
        return partial(time.clock_gettime, time.CLOCK_MONOTONIC)
    return partial(time.monotonic)


_real_clock_s = _find_real_clock()


class Deadline:
    """The end of a period of real time, independent of the emulated clock.

    It continues when a test has frozen Python's clocks.

    Args:
        timeout_s: the length of the period in seconds.
    """

    def __init__(self, timeout_s: float) -> None:
        self._ends_s = _real_clock_s() + timeout_s

    def remaining_s(self) -> float:
        """Return the remaining seconds; 0 after the end."""
        return max(0.0, self._ends_s - _real_clock_s())


class Stopwatch:
    """Measures real time, independent of the emulated clock."""

    __slots__ = ("_began_s",)

    def __init__(self) -> None:
        self._began_s = _real_clock_s()

    def elapsed_s(self) -> float:
        """Return the seconds since the stopwatch was created."""
        return _real_clock_s() - self._began_s
