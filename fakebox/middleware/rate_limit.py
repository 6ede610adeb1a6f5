"""The rate limit: the number of requests that each token may make in a period."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict, deque
from dataclasses import dataclass

from fakebox.core.arguments import check_integer, check_number

_TOKENS = 10_000


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A limit for the requests of each token.

    Attributes:
        requests: the number of requests that are accepted in a period.
        per_s: the period, in seconds of the emulated clock.
        status: the status for further requests: 429, or 503 as the service sent before 2014.
    """

    requests: int
    per_s: float
    status: int = 429

    def __post_init__(self) -> None:
        check_number("per_s", self.per_s)
        for name in ("requests", "status"):
            check_integer(name, getattr(self, name))
        if self.requests < 1 or not 0 < self.per_s < math.inf:
            raise ValueError(
                "requests must be at least 1, and per_s a number above 0, not"
                f" {self.requests} and {self.per_s}"
            )
        if not 400 <= self.status <= 599:
            raise ValueError(f"status must be between 400 and 599, not {self.status}")


class RateLimiter:
    """Counts the requests of each token.

    Attributes:
        rate: the limit; `None` for no limit.
    """

    def __init__(self) -> None:
        self.rate: RateLimit | None = None
        self._lock = threading.Lock()
        self._made: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, token: str, now_s: float) -> int:
        """Count a request if it is accepted.

        Args:
            token: the token of the request.
            now_s: the time of the emulated clock, in seconds since 1970.

        Returns:
            How long the client has to wait, in seconds; 0 if the request is accepted.
        """
        rate = self.rate
        if rate is None:
            return 0
        with self._lock:
            made = self._made.setdefault(token, deque())
            self._made.move_to_end(token)
            if len(self._made) > _TOKENS:
                self._made.popitem(last=False)
            while made and not made[0] <= now_s < made[0] + rate.per_s:
                made.popleft()
            if len(made) < rate.requests:
                made.append(now_s)
                return 0
            free_at_s = made[-rate.requests] + rate.per_s
            wait_s = math.ceil(free_at_s - now_s)
            # The difference of a large and a small number may be rounded down.
            return wait_s if now_s + wait_s >= free_at_s else wait_s + 1

    def clear(self) -> None:
        """Remove the limit and all counts."""
        with self._lock:
            self.rate = None
            self._made.clear()
