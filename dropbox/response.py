"""An open response that is read like a file."""

from __future__ import annotations

import io
from collections.abc import Iterator, MutableMapping
from http.client import HTTPException, IncompleteRead
from typing import cast

from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from dropbox.compat import Buffer
from dropbox.content_hash import ContentHasher
from dropbox.errors import RESTSocketError

BLOCK_BYTES = 1024 * 1024
LINE_BLOCK_BYTES = 64 * 1024
_WITHOUT_BODY = frozenset({204, 304})


class RESTResponse(io.BufferedIOBase):
    """An open HTTP response.

    It supports `read`, `readinto`, iteration over lines, and `with`. Its connection returns to the
    pool when the body is read to its end or the response is closed.

    Args:
        response: an unread response of urllib3.
        host: the host and port of the server.

    Attributes:
        status: the HTTP status.
        host: the host and port of the server.
        reason: the reason phrase.
        headers, msg: the headers, by names in any case.
        version: the version of HTTP, 10 or 11.

    Example:
        >>> with client.get_file("/notes.txt") as response:
        ...     print(response.status, response.headers["Content-Type"], response.read())
        200 text/plain b'Hello, Dropbox'
    """

    def __init__(self, response: BaseHTTPResponse, host: str) -> None:
        super().__init__()
        self._response = response
        self.host: str = host
        self.status: int = response.status
        self.reason: str | None = response.reason
        self.headers: MutableMapping[str, str] = response.headers
        self.msg: MutableMapping[str, str] = self.headers
        self.version: int = response.version
        self._hasher: ContentHasher | None = None
        self._expected_hash: str | None = None
        # Without a length, an empty body may mean that the connection was lost within the headers.
        self._may_be_truncated = self.status not in _WITHOUT_BODY and not _has_length(self.headers)

    def __repr__(self) -> str:
        """Show the status."""
        return f"<{type(self).__name__} {self.status} {self.reason}>"

    def readable(self) -> bool:
        """Return `True`.

        Example:
            >>> with client.get_file("/notes.txt") as response:
            ...     response.readable()
            True
        """
        return True

    def read(self, amt: int | None = None) -> bytes:
        """Read bytes of the body.

        Args:
            amt: the maximum number of bytes; `None` or a negative number reads to the end.

        Returns:
            The bytes; empty at the end.

        Raises:
            RESTSocketError: the connection was lost before the end, or the content hash of the
                body is not the one of the file.

        Example:
            >>> with client.get_file("/notes.txt") as response:
            ...     response.read(5), response.read(), response.read()
            (b'Hello', b', Dropbox', b'')
        """
        data = self._read_all() if amt is None or amt < 0 else self._read_up_to(amt)
        if self._hasher is not None:
            self._hasher.update(data)
            if amt is None or amt < 0 or self.length == 0 or (amt and not data):
                actual, self._hasher = self._hasher.hexdigest(), None
                self._check_content_hash(actual)
        return data

    def expect_content_hash(self, content_hash: str | None) -> None:
        """Compare the content hash of the body, when its end is read, with an expected one.

        `DropboxClient.get_file` does this with the hash that version 2 of the API reports for the
        file.

        Args:
            content_hash: the expected hash, as in metadata; `None` disables the check.

        Example:
            >>> response = client.get_file("/notes.txt")
            >>> response.expect_content_hash("0" * 64)
            >>> response.read()
            Traceback (most recent call last):
            ...
            dropbox.errors.RESTSocketError: ... content hash 1ddaa605..., not 00000000...
        """
        self._expected_hash = content_hash
        self._hasher = None if content_hash is None else ContentHasher()

    def read1(self, amt: int = -1) -> bytes:
        """Read bytes of the body, as `read` does.

        Args:
            amt: the maximum number of bytes; a negative number reads up to 64 KiB.

        Example:
            >>> with client.get_file("/notes.txt") as response:
            ...     response.read1(5)
            b'Hello'
        """
        return self.read(LINE_BLOCK_BYTES if amt < 0 else amt)

    def readinto(self, buffer: Buffer, /) -> int:
        """Read bytes of the body into a buffer.

        Args:
            buffer: a writable buffer; at most its length is read.

        Returns:
            The number of bytes read; 0 at the end.

        Raises:
            RESTSocketError: the connection was lost before the end.

        Example:
            >>> buffer = bytearray(5)
            >>> with client.get_file("/notes.txt") as response:
            ...     response.readinto(buffer), buffer
            (5, bytearray(b'Hello'))
        """
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def stream(self, block_bytes: int = 256 * 1024) -> Iterator[bytes]:
        """Iterate over the rest of the body in blocks, and close the response at the end.

        Args:
            block_bytes: the maximum size of a block, in bytes.

        Yields:
            The blocks.

        Raises:
            RESTSocketError: the connection was lost before the end.

        Example:
            >>> list(client.get_file("/notes.txt").stream(block_bytes=8))
            [b'Hello, D', b'ropbox']
        """
        while block := self.read(block_bytes):
            yield block
        self.close()

    def __iter__(self) -> Iterator[bytes]:
        """Iterate over the lines of the rest of the body, and close the response at the end."""
        # With a buffer, because lines would otherwise be read from the network byte by byte.
        with io.BufferedReader(cast("io.RawIOBase", self), LINE_BLOCK_BYTES) as lines:
            yield from lines

    @property
    def length(self) -> int | None:
        """The number of bytes that were not read yet; `None` if the response has no length.

        Example:
            >>> with client.get_file("/notes.txt") as response:
            ...     response.read(5), response.length
            (b'Hello', 9)
        """
        return self._response.length_remaining

    def fileno(self) -> int:
        """Return the file descriptor of the connection.

        Raises:
            OSError: the response is closed.

        Example:
            >>> with client.get_file("/notes.txt") as response:
            ...     response.fileno() > 0
            True
        """
        return self._response.fileno()

    def getcode(self) -> int:
        """Return the HTTP status.

        Example:
            >>> with client.get_file("/notes.txt") as response:
            ...     response.getcode()
            200
        """
        return self.status

    def info(self) -> MutableMapping[str, str]:
        """Return the headers.

        Example:
            >>> with client.get_file("/notes.txt") as response:
            ...     response.info()["Content-Length"]
            '14'
        """
        return self.headers

    def getheader(self, name: str, default: str | None = None) -> str | None:
        """Return a header.

        Args:
            name: the name, in any case.
            default: the result if the header is missing.

        Example:
            >>> with client.get_file("/notes.txt") as response:
            ...     response.getheader("content-length"), response.getheader("X-Missing", "none")
            ('14', 'none')
        """
        value: str | None = self.headers.get(name, default)
        return value

    def getheaders(self) -> list[tuple[str, str]]:
        """Return all headers, as pairs of name and value.

        Example:
            >>> with client.get_file("/notes.txt") as response:
            ...     ("Content-Length", "14") in response.getheaders()
            True
        """
        return list(self.headers.items())

    def isclosed(self) -> bool:
        """Return whether the body was read to its end or the response was closed.

        Example:
            >>> response = client.get_file("/notes.txt")
            >>> response.isclosed()
            False
            >>> response.close()
            >>> response.isclosed()
            True
        """
        return self.closed or bool(self._response.closed)

    # In blocks, because the buffer of one read has the size that the header announces.

    def _read_all(self) -> bytes:
        return b"".join(iter(lambda: self._read_block(BLOCK_BYTES), b""))

    def _read_up_to(self, size: int) -> bytes:
        block = self._read_block(min(size, BLOCK_BYTES))
        blocks = [block]
        # After a short block, another read may raise an error, and the block would be lost.
        while len(block) == BLOCK_BYTES and (size := size - BLOCK_BYTES):
            block = self._read_block(min(size, BLOCK_BYTES))
            blocks.append(block)
        return blocks[0] if len(blocks) == 1 else b"".join(blocks)

    def _check_content_hash(self, actual: str) -> None:
        if actual != self._expected_hash:
            self._response.close()
            problem = f"received bytes with the content hash {actual}, not {self._expected_hash}"
            raise RESTSocketError(self.host, EOFError(problem))

    def _read_block(self, size: int) -> bytes:
        try:
            block: bytes = self._response.read(size, decode_content=False)
            if self._may_be_truncated and size:
                if not block:
                    raise IncompleteRead(block)
                self._may_be_truncated = False
        except (HTTPError, HTTPException, OSError) as error:
            self._response.close()
            raise RESTSocketError(self.host, error) from error
        return block

    def close(self) -> None:
        """Return the connection to the pool; the unread rest of the body is lost.

        Example:
            >>> response = client.get_file("/notes.txt")
            >>> response.read(5)
            b'Hello'
            >>> response.close()
        """
        if not self.closed:
            self._response.close()
            self._response.release_conn()
            super().close()


def _has_length(headers: MutableMapping[str, str]) -> bool:
    # If the headers are truncated, these headers may be missing.
    length = str(headers.get("Content-Length", ""))
    return length.isdecimal() or "chunked" in str(headers.get("Transfer-Encoding", "")).lower()
