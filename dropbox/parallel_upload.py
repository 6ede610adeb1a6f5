"""Uploads that send several chunks at a time, over version 2 of the API."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import IO

from dropbox.api import ApiCalls
from dropbox.arguments import read_block
from dropbox.errors import ErrorResponse, SizeChangedError
from dropbox.request_body import Progress
from dropbox.retry import RetryPolicy

# The service accepts only chunks of a multiple of this size in a concurrent upload session.
CHUNK_UNIT_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class ParallelUpload:
    """A concurrent upload session of one file.

    The memory for the chunks is `threads` times `chunk_size`.

    Attributes:
        client: a linked client that sends each request once.
        file: a binary file that can seek.
        start: the position of the first byte in the file.
        length_bytes: the number of bytes to upload.
        chunk_size: the size of each chunk, in bytes: a multiple of 4 MiB.
        threads: the number of chunks that are sent at a time.
        progress: called in the calling thread, with the bytes that the server has and the total.
        retries: the policy for each chunk.
    """

    client: ApiCalls
    file: IO[bytes]
    start: int
    length_bytes: int
    chunk_size: int
    threads: int
    progress: Progress | None
    retries: RetryPolicy
    _file_lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self) -> str:
        """Send all chunks.

        Returns:
            The identifier of the upload, which can be committed.

        Raises:
            SizeChangedError: the file became shorter.
            ErrorResponse, RESTSocketError: the error of the first chunk that failed. No other chunk
                is sent after it.
        """
        upload_id = self._repeat(self.client._start_concurrent)  # noqa: SLF001 -- not documented
        *offsets, last_offset = range(0, self.length_bytes, self.chunk_size)
        self._send_in_threads(upload_id, offsets)
        self._send_last_chunk(upload_id, last_offset)
        self._report(self.length_bytes)
        return upload_id

    def _send_in_threads(self, upload_id: str, offsets: list[int]) -> None:
        with ThreadPoolExecutor(self.threads, "dropbox-upload") as pool:
            pending = [pool.submit(self._send_chunk, upload_id, offset) for offset in offsets]
            try:
                self._wait_for(pending)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _wait_for(self, pending: list[Future[None]]) -> None:
        for number, done in enumerate(as_completed(pending), start=1):
            done.result()
            self._report(number * self.chunk_size)

    def _send_last_chunk(self, upload_id: str, offset: int) -> None:
        # After the others, because it closes the session.
        try:
            self._send_chunk(upload_id, offset)
        except ErrorResponse as error:
            # An earlier attempt has closed the session, and its response was lost.
            if "closed" not in error.tags:
                raise

    def _send_chunk(self, upload_id: str, offset: int) -> None:
        size = min(self.chunk_size, self.length_bytes - offset)
        chunk = self._read(offset, size)
        is_last = offset + size == self.length_bytes
        # Safe to send again: the same bytes at the same offset.
        self._repeat(
            lambda: self.client._append_concurrently(  # noqa: SLF001 -- not documented
                upload_id, offset, chunk, is_last=is_last
            )
        )

    def _read(self, offset: int, size: int) -> bytes:
        blocks = []
        with self._file_lock:
            self.file.seek(self.start + offset)
            while size:
                block = read_block(self.file, size)
                if not block:
                    raise SizeChangedError(self.length_bytes, "shrank")
                blocks.append(block)
                size -= len(block)
        return b"".join(blocks)

    def _repeat(self, send: Callable[[], str]) -> str:
        return self.retries.run(send)

    def _report(self, sent_bytes: int) -> None:
        if self.progress:
            self.progress(sent_bytes, self.length_bytes)
