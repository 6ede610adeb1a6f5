"""How many requests a token may make in a while, and when it may make the next one."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict, deque
from dataclasses import dataclass

_TOKENS = 10_000


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A bound on each token's requests.

    Attributes:
        requests: how many it may make.
        per_s: within how many seconds of the emulated clock.
        status: what one too many is answered with: 429, or 503 as the service did before 2014.
    """

    requests: int
    per_s: float
    status: int = 429

    def __post_init__(self) -> None:
        if self.requests < 1 or not 0 < self.per_s < math.inf:
            raise ValueError("a rate limit allows at least 1 request in more than 0 seconds")
        if not 400 <= self.status <= 599:
            raise ValueError("a rate limit's status is from 400 to 599")


class RateLimiter:
    """Counts the requests of every token.

    Attributes:
        rate: the bound; `None` for none.
    """

    def __init__(self) -> None:
        self.rate: RateLimit | None = None
        self._lock = threading.Lock()
        self._made: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, token: str, now_s: float) -> int:
        """How many seconds a token's request has come too early; 0 if it may be made, and then it
        is counted.
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
            # Where the figures differ much in size the difference may be rounded below a second.
            return wait_s if now_s + wait_s >= free_at_s else wait_s + 1

    def clear(self) -> None:
        """Bound nothing, and forget what was counted."""
        with self._lock:
            self.rate = None
            self._made.clear()
