"""An answer that is read like a file, as `http.client` gives it, over urllib3's."""

from __future__ import annotations

import io
from http.client import HTTPException, IncompleteRead
from typing import TYPE_CHECKING, Any

from urllib3.exceptions import HTTPError

from dropbox.errors import RESTSocketError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Buffer

LINE_BLOCK_BYTES = 64 * 1024
_WITHOUT_BODY = frozenset({204, 304})


class RESTResponse(io.BufferedIOBase):
    """An open HTTP response.

    It reads like a file: `read`, `readinto`, iteration by lines, `with`. Its connection goes back
    to the pool when all was read or when it is closed.

    Args:
        response: urllib3's, of which nothing was read yet.
        host: who answered.

    Attributes:
        status: the HTTP status.
        host: the host and port that answered.
        reason: the words that came with it.
        headers: the headers, found in any case.
    """

    def __init__(self, response: Any, host: str) -> None:
        super().__init__()
        self._response = response
        self.host: str = host
        self.status: int = response.status
        self.reason: str | None = response.reason
        self.headers: Any = response.headers
        # Where neither tells its end, an end without a byte may be that of a head cut short.
        self._may_be_cut = self.status not in _WITHOUT_BODY and not _tells_its_end(self.headers)

    def __repr__(self) -> str:
        """Show the status, not the content."""
        return f"<{type(self).__name__} {self.status} {self.reason}>"

    def readable(self) -> bool:
        """Whether it can be read: always."""
        return True

    def read(self, amt: int | None = None) -> bytes:
        """Read up to `amt` bytes, or all that is left.

        Raises:
            RESTSocketError: the connection broke before the end.
        """
        try:
            data: bytes = self._response.read(
                None if amt is None or amt < 0 else amt, decode_content=False
            )
            if self._may_be_cut and amt != 0:
                if not data:
                    raise IncompleteRead(data)
                self._may_be_cut = False
        except (HTTPError, HTTPException, OSError) as error:
            self._response.close()
            raise RESTSocketError(self.host, error) from error
        return data

    def read1(self, amt: int = -1) -> bytes:
        """Read what is there, up to `amt` bytes."""
        return self.read(LINE_BLOCK_BYTES if amt < 0 else amt)

    def readinto(self, buffer: Buffer, /) -> int:
        """Fill a buffer, and say with how many bytes; 0 at the end."""
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def stream(self, block_bytes: int = 256 * 1024) -> Iterator[bytes]:
        """The rest of the body in blocks, and then close."""
        while block := self.read(block_bytes):
            yield block
        self.close()

    def __iter__(self) -> Iterator[bytes]:
        """The rest of the body line by line, and then close."""
        # A buffer of its own: reading ahead for a line's end must not ask the network byte by byte.
        raw: Any = self
        with io.BufferedReader(raw, LINE_BLOCK_BYTES) as lines:
            yield from lines

    def getheader(self, name: str, default: str | None = None) -> str | None:
        """The header of this name, in any case, or `default`."""
        value: str | None = self.headers.get(name, default)
        return value

    def getheaders(self) -> list[tuple[str, str]]:
        """All headers as pairs."""
        return list(self.headers.items())

    def isclosed(self) -> bool:
        """Whether all was read or the response was closed."""
        return self.closed or bool(self._response.closed)

    def close(self) -> None:
        """Give the connection back; what wasn't read is lost."""
        if not self.closed:
            self._response.close()
            self._response.release_conn()
            super().close()


def _tells_its_end(headers: Any) -> bool:
    # These headers may be what was cut.
    length = str(headers.get("Content-Length", ""))
    return length.isdecimal() or "chunked" in str(headers.get("Transfer-Encoding", "")).lower()
