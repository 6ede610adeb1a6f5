"""The limits for a client of HTTP/2."""

from __future__ import annotations

from fakebox.core.clock import Deadline

# The number of requests that a client may have open on a connection.
STREAMS = 128
# The number of threads that may serve a connection. A thread also serves a request that the client
# has cancelled, such as a long poll, until the application returns.
THREADS = 512
# The size of all fields of a head, as HPACK counts them; the same as for HTTP/1.1.
HEADER_LIST_BYTES = 64 * 1024
# The bytes of a request body that may arrive before the application reads them.
STREAM_WINDOW_BYTES = 256 * 1024
# A request whose body is not read must not stop the others, so each can fill its own window.
CONNECTION_WINDOW_BYTES = STREAMS * STREAM_WINDOW_BYTES
# The bytes that wait for a client that does not read.
OUTGOING_BYTES = 256 * 1024
OUTGOING_LIMIT_BYTES = 4 * OUTGOING_BYTES
_PERIOD_S = 10.0
_RESETS = 256
_CONTROL_FRAMES = 1000


class FrameRate:
    """Counts frames that cause work but belong to no request.

    Args:
        limit: the number of frames that are accepted within a period.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._count = 0
        self._period = Deadline(_PERIOD_S)

    def count(self) -> bool:
        """Count a frame, and return whether it is within the limit."""
        if not self._period.remaining_s():
            self._count = 0
            self._period = Deadline(_PERIOD_S)
        self._count += 1
        return self._count <= self._limit


def resets() -> FrameRate:
    """Return the limit for requests that end early.

    The client cancels them (CVE-2023-44487), or the server resets them (CVE-2025-8671).
    """
    return FrameRate(_RESETS)


def control_frames() -> FrameRate:
    """Return the limit for pings, settings, priorities, unknown and empty frames."""
    return FrameRate(_CONTROL_FRAMES)
