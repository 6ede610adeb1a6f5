"""When a request that failed is worth sending again, and after how long."""

from __future__ import annotations

import logging
import random
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from dropbox.errors import ErrorResponse, RESTSocketError

if TYPE_CHECKING:
    from collections.abc import Callable

log: logging.Logger = logging.getLogger("dropbox.retries")

_PASSING_STATUSES = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how patiently a request that changes nothing is sent again.

    Attributes:
        attempts: how many times it is sent at most; 1 never sends it again.
        backoff_s: about how long to wait before the second time, in seconds; twice that before the
            third.
        limit_s: what the service may ask to be waited for (`Retry-After`), in seconds; beyond that
            the error is raised.
    """

    attempts: int = 3
    backoff_s: float = 0.2
    limit_s: float = 60.0

    def run(self, send: Callable[[], Any]) -> Any:
        """Send, and send again while that may help."""
        attempt = 1
        while True:
            try:
                return send()
            except (ErrorResponse, RESTSocketError) as error:
                self.pause(error, attempt)
            attempt += 1

    def pause(self, error: ErrorResponse | RESTSocketError, attempt: int) -> None:
        """Wait before the next attempt, or raise the error if there is to be none.

        Args:
            error: what has just happened.
            attempt: for the how many-th time.
        """
        wait_s = self._wait_s(error, attempt)
        if wait_s is None:
            raise error
        log.info("attempt %d failed (%s); again in %.2f s", attempt, error, wait_s)
        time.sleep(wait_s)

    def _wait_s(self, error: ErrorResponse | RESTSocketError, attempt: int) -> float | None:
        if attempt >= self.attempts:
            return None
        if isinstance(error, ErrorResponse):
            if error.status not in _PASSING_STATUSES or _is_quota(error):
                return None
            asked_s = _retry_after_s(error)
            if asked_s is not None:
                return asked_s if asked_s <= self.limit_s else None
        return float(self.backoff_s * 2 ** (attempt - 1) * random.uniform(0.5, 1.5))  # noqa: S311 -- jitter


NEVER = RetryPolicy(attempts=1)


def _is_quota(error: ErrorResponse) -> bool:
    return "quota" in f"{error.error_msg} {error.user_error_msg}".lower()


def _retry_after_s(error: ErrorResponse) -> float | None:
    asked = str(getattr(error.headers, "get", lambda _: None)("Retry-After"))
    if asked.isdecimal():
        return float(asked)
    try:
        moment = parsedate_to_datetime(asked)
    except ValueError:
        return None
    return max(0.0, moment.timestamp() - time.time())
