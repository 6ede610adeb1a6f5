"""Connections of the cases, with the proxy and CA bundle that the SDK uses, and with retries."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import urllib3

from conformance.account import limits_in
from dropbox.connection_pool import ConnectionPools

ATTEMPTS = 30
LONGEST_WAIT_S = 300.0
_FIRST_WAIT_S = 1.0
_TOO_MANY_REQUESTS = 429
_UNAVAILABLE = 503
_SERVER_ERRORS = frozenset({500, 502, 503, 504})
# Routes of version 2 that change nothing. Their method is POST, like that of all routes.
_READS = re.compile(r"/2/(files/(get_|list_|search|download)|users/|sharing/(get|list)_)")


class Connections:
    """Connections to the emulator: each request is sent once.

    Attributes:
        limits: reasons why the account cannot run the case, from responses since `limits.clear()`.
        has_expired: whether the access token expired and could not be renewed.
    """

    def __init__(self) -> None:
        self.limits: list[str] = []
        self.has_expired = False
        self._pools = ConnectionPools()

    def urlopen(self, method: str, url: str, **options: Any) -> Any:
        """Send a request, like `urllib3.PoolManager.urlopen`."""
        return self._pools.urlopen(method, url, **options)

    def close(self) -> None:
        """Close the connections."""
        self._pools.clear()


class PatientConnections(Connections):
    """Connections to the live service.

    A request is repeated after a rate limit, after a server error if it changes nothing, and with a
    new token after the token has expired.

    Args:
        renew: returns a new access token; `None` if the token cannot be renewed.
        sleep: waits for a number of seconds.
    """

    def __init__(
        self,
        renew: Callable[[], str] | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        super().__init__()
        self._renew = renew
        self._sleep = sleep

    def urlopen(self, method: str, url: str, **options: Any) -> Any:
        """Send a request until it has a response that is not about the rate or the token."""
        if isinstance(options.get("body"), Iterator):
            # Another attempt sends the same bytes.
            options["body"] = b"".join(options["body"])
        attempt = 0
        while True:
            attempt += 1
            response = super().urlopen(method, url, **options)
            if response.status < 400:
                return response
            response, data = buffered(response)
            wait_s = _wait_s(method, url, response, attempt)
            is_last = attempt == ATTEMPTS
            if not is_last and wait_s is not None:
                self._sleep(wait_s)
            elif is_last or not self._renewed(response.status, data, options):
                self._note_limits(data)
                return response

    def _renewed(self, status: int, data: bytes, options: dict[str, Any]) -> bool:
        if status != 401 or b"expired_access_token" not in data:
            return False
        if self._renew is None:
            self.has_expired = True
            return False
        options["headers"] = {
            **options["headers"],
            "Authorization": f"Bearer {self._renew()}",
        }
        return True

    def _note_limits(self, data: bytes) -> None:
        self.limits += limits_in(data.decode("utf-8", "replace"))


def buffered(response: Any) -> tuple[Any, bytes]:
    """Read the body of a response; return a response that can be read again, and the body."""
    data = response.read()
    response.release_conn()
    again = urllib3.HTTPResponse(
        io.BytesIO(data),
        response.headers,
        response.status,
        reason=response.reason,
        preload_content=False,
    )
    return again, data


def _wait_s(method: str, url: str, response: Any, attempt: int) -> float | None:
    requested = response.headers.get("Retry-After")
    is_limited = response.status == _TOO_MANY_REQUESTS or (
        response.status == _UNAVAILABLE and requested is not None
    )
    is_read = method in ("GET", "HEAD") or _READS.search(url)
    if not is_limited and not (is_read and response.status in _SERVER_ERRORS and attempt < 5):
        return None
    try:
        return min(float(requested), LONGEST_WAIT_S)
    except (TypeError, ValueError):
        return min(_FIRST_WAIT_S * 2 ** (attempt - 1), LONGEST_WAIT_S)
