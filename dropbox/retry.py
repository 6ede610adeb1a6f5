"""The retry policy: when a failed request is sent again, and after what delay.

Whether a request may be sent again depends on the failed attempt:

- The server did not execute it: status 429, status 503 with a `Retry-After` header, or one of the
  errors `too_many_write_operations` and `content_hash_mismatch` of version 2. Every request is sent
  again.
- It may have been executed: any other 500, 502, 503 or 504, and a lost connection. Only a
  repeatable request is sent again: one that changes nothing, or that has the same result when it
  is executed twice.
- The server rejected it: every other status. An error for lack of space counts as a rejection if
  it has no `Retry-After`. A rejected request is never sent again.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import TypeVar

from dropbox.errors import ErrorResponse, OutOfSpaceError, RESTSocketError

log: logging.Logger = logging.getLogger("dropbox.retry")
_T = TypeVar("_T")

_TOO_MANY_REQUESTS = 429
_SERVICE_UNAVAILABLE = 503
# Less progress than this does not reset the count. Otherwise a server that sends one byte in each
# attempt would receive requests forever.
_PROGRESS_BYTES = 64 * 1024
# 206: a partial response with a range that was not requested.
_TRANSIENT_STATUSES = frozenset({206, 429, 500, 502, 503, 504})
# Errors of version 2. A content hash that does not match shows that nothing was stored.
_NOT_EXECUTED_TAGS = frozenset({"too_many_write_operations", "content_hash_mismatch"})


@dataclass(frozen=True)
class RetryPolicy:
    """A policy for sending failed requests again.

    A policy has no state: any number of clients and threads may share one.

    Attributes:
        attempts: the maximum number of times that a request is sent; 1 disables retries.
        backoff_s: the approximate delay before the second attempt, in seconds, if the response has
            no `Retry-After`; the delay doubles before each further attempt.
        limit_s: the longest wait that a `Retry-After` header may request, in seconds. If it
            requests more, the error is raised.
        total_s: how long after the first failure another attempt may begin, in seconds. If the next
            wait would end later, the error is raised. An upload or download resets attempts
            and time whenever it has advanced by 64 KiB.
        clock: returns the current time, in seconds since 1970.
        sleep: waits for a number of seconds.

    Example:
        >>> from dropbox.client import DropboxClient
        >>> from dropbox.retry import RetryPolicy
        >>> client = DropboxClient(client.session, retries=RetryPolicy(attempts=5, backoff_s=0.01))
        >>> fault = box.faults.add(Fault(status=503, times=4))
        >>> client.account_info()["email"]
        'user@fakebox.example'
        >>> [request.status for request in box.requests]
        [503, 503, 503, 503, 200]
    """

    attempts: int = 3
    backoff_s: float = 0.2
    limit_s: float = 60.0
    total_s: float = 180.0
    clock: Callable[[], float] = field(default=time.time, repr=False, compare=False)
    sleep: Callable[[float], object] = field(default=time.sleep, repr=False, compare=False)

    def run(self, send: Callable[[], _T], *, repeatable: bool = True) -> _T:
        """Call `send`, and call it again after failures as the policy allows.

        Args:
            send: sends the request and returns its result.
            repeatable: whether the request may be sent again although it may have been executed.

        Returns:
            The result of `send`.

        Raises:
            ErrorResponse, RESTSocketError: the error of the last attempt.

        Example:
            >>> from dropbox.retry import RetryPolicy
            >>> RetryPolicy(attempts=3).run(lambda: client.account_info()["email"])
            'user@fakebox.example'
        """
        budget = self.budget()
        while True:
            try:
                return send()
            except (ErrorResponse, RESTSocketError) as error:
                budget.wait(error, repeatable=repeatable)

    def budget(self) -> RetryBudget:
        """Start counting attempts and time for one request or transfer.

        Returns:
            The budget, without failures.

        Example:
            >>> from dropbox.retry import RetryPolicy
            >>> RetryPolicy(attempts=3).budget().failures
            0
        """
        return RetryBudget(self)

    def pause(self, error: ErrorResponse | RESTSocketError, attempt: int) -> None:
        """Wait before the next attempt of a repeatable request.

        Args:
            error: the error of the attempt that just failed.
            attempt: the number of that attempt, from 1.

        Raises:
            ErrorResponse, RESTSocketError: `error`, if the policy allows no other attempt.

        Example:
            >>> from dropbox.rest import RESTSocketError
            >>> from dropbox.retry import RetryPolicy
            >>> error = RESTSocketError("api.dropbox.com", OSError("timed out"))
            >>> policy = RetryPolicy(attempts=2, backoff_s=0.01)
            >>> policy.pause(error, attempt=1)
            >>> policy.pause(error, attempt=2)
            Traceback (most recent call last):
            ...
            dropbox.errors.RESTSocketError: Error connecting to "api.dropbox.com": timed out
        """
        RetryBudget(self, failures=attempt - 1).wait(error)


class RetryBudget:
    """The attempts and the time that one request or transfer has used of its policy.

    Args:
        policy: the policy.
        failures: the number of attempts that have failed before.

    Attributes:
        failures: the number of failed attempts since the start or the last reset.

    Example:
        >>> from dropbox.rest import RESTSocketError
        >>> from dropbox.retry import RetryBudget, RetryPolicy
        >>> budget = RetryBudget(RetryPolicy(attempts=3, backoff_s=0.01))
        >>> budget.wait(RESTSocketError("api.dropbox.com", OSError("timed out")))
        >>> budget.failures
        1
    """

    def __init__(self, policy: RetryPolicy, failures: int = 0) -> None:
        self._policy = policy
        self._first_failure_s: float | None = None
        self._reset_at_bytes = 0
        self.failures: int = failures

    def note_progress(self, done_bytes: int) -> None:
        """Reset the count of attempts and the time after a transfer has advanced by 64 KiB.

        Args:
            done_bytes: the number of bytes that were transferred.

        Example:
            >>> from dropbox.retry import RetryBudget, RetryPolicy
            >>> budget = RetryBudget(RetryPolicy(attempts=3), failures=2)
            >>> budget.note_progress(done_bytes=65536)
            >>> budget.failures
            0
        """
        if done_bytes - self._reset_at_bytes >= _PROGRESS_BYTES:
            self._reset_at_bytes = done_bytes
            self.failures = 0
            self._first_failure_s = None

    def wait(self, error: ErrorResponse | RESTSocketError, *, repeatable: bool = True) -> None:
        """Count a failure, and wait before the next attempt.

        Args:
            error: the error of the attempt that just failed.
            repeatable: as for `RetryPolicy.run`.

        Raises:
            ErrorResponse, RESTSocketError: `error`, if the policy allows no other attempt.

        Example:
            >>> from dropbox.rest import RESTSocketError
            >>> from dropbox.retry import RetryBudget, RetryPolicy
            >>> budget = RetryBudget(RetryPolicy(attempts=1))
            >>> budget.wait(RESTSocketError("api.dropbox.com", OSError("timed out")))
            Traceback (most recent call last):
            ...
            dropbox.errors.RESTSocketError: Error connecting to "api.dropbox.com": timed out
        """
        now_s = self._policy.clock()
        if self._first_failure_s is None:
            self._first_failure_s = now_s
        self.failures += 1
        wait_s = self._wait_s(error, repeatable, now_s)
        if wait_s is None or now_s + wait_s - self._first_failure_s > self._policy.total_s:
            raise error
        log.info("attempt %d failed (%s); again in %.2f s", self.failures, error, wait_s)
        self._policy.sleep(wait_s)

    def _wait_s(
        self, error: ErrorResponse | RESTSocketError, repeatable: bool, now_s: float
    ) -> float | None:
        policy = self._policy
        if self.failures >= policy.attempts or not _may_repeat(error, repeatable):
            return None
        requested_s = _retry_after_s(error, now_s)
        if requested_s is not None:
            return requested_s if requested_s <= policy.limit_s else None
        jitter = random.uniform(0.5, 1.5)  # noqa: S311 -- no secret
        return float(policy.backoff_s * 2 ** (self.failures - 1) * jitter)


NEVER = RetryPolicy(attempts=1)


def was_not_executed(error: ErrorResponse | RESTSocketError) -> bool:
    """Return whether it is certain that the server did not execute the request.

    Args:
        error: the error of the request.

    Example:
        >>> from dropbox.rest import ErrorResponse
        >>> from dropbox.retry import NEVER, was_not_executed
        >>> client.retries = NEVER
        >>> fault = box.faults.add(Fault(status=429))
        >>> try:
        ...     client.account_info()
        ... except ErrorResponse as error:
        ...     was_not_executed(error)
        True
    """
    if not isinstance(error, ErrorResponse):
        return False
    if not _NOT_EXECUTED_TAGS.isdisjoint(error.tags):
        return True
    if error.status == _SERVICE_UNAVAILABLE:
        return _retry_after_s(error, 0.0) is not None
    return error.status == _TOO_MANY_REQUESTS


def may_have_been_executed(error: ErrorResponse | RESTSocketError) -> bool:
    """Return whether the server may have executed the request.

    Args:
        error: the error of the request.

    Example:
        >>> from dropbox.rest import RESTSocketError
        >>> from dropbox.retry import may_have_been_executed
        >>> may_have_been_executed(RESTSocketError("api.dropbox.com", OSError("timed out")))
        True
    """
    if not isinstance(error, ErrorResponse):
        return True
    if error.status < 300:
        # A response to a successful request that could not be read.
        return True
    return (
        error.status in _TRANSIENT_STATUSES
        and not isinstance(error, OutOfSpaceError)
        and not was_not_executed(error)
    )


def _may_repeat(error: ErrorResponse | RESTSocketError, repeatable: bool) -> bool:
    if was_not_executed(error):
        return True
    if isinstance(error, ErrorResponse) and error.status not in _TRANSIENT_STATUSES:
        return False
    return repeatable and may_have_been_executed(error)


def _retry_after_s(error: ErrorResponse | RESTSocketError, now_s: float) -> float | None:
    headers = getattr(error, "headers", None)
    value = str(getattr(headers, "get", lambda _: None)("Retry-After"))
    if value.isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        return max(0.0, moment.timestamp() - now_s)
    except (ValueError, OverflowError):
        return None
