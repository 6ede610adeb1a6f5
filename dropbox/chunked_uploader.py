"""Chunked uploads of large files, resumable after an error."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING, Protocol

from dropbox.errors import ErrorResponse, SizeChangedError
from dropbox.json_response import checked_fields, unexpected_offset_error

if TYPE_CHECKING:
    from dropbox.request_body import Progress
    from dropbox.types import Metadata, UploadedChunk

CHUNK_BYTES = 4 * 1024 * 1024


class ChunkClient(Protocol):
    """The calls of a client that a `ChunkedUploader` makes."""

    def upload_chunk(
        self, file_obj: bytes, length: int, offset: int = 0, upload_id: str | None = None
    ) -> UploadedChunk:
        """Upload a chunk; see `DropboxClient.upload_chunk`."""
        ...

    def commit_chunked_upload(
        self,
        full_path: str,
        upload_id: str,
        overwrite: bool = False,
        parent_rev: str | None = None,
    ) -> Metadata:
        """Commit an upload; see `DropboxClient.commit_chunked_upload`."""
        ...


class ChunkedUploader:
    """Uploads a large file in chunks.

    Args:
        client: a linked `DropboxClient`.
        file_obj: the source of the data, read from its current position.
        length: how many bytes to upload.

    Attributes:
        client, file_obj: the arguments.
        target_length: the argument `length`.
        offset: how many bytes the server has.
        upload_id: the server's identifier of the upload; `None` before the first chunk.

    Source: seed (`ChunkedUploader`).
    """

    def __init__(self, client: ChunkClient, file_obj: IO[bytes], length: int) -> None:
        self.client = client
        self.file_obj = file_obj
        self.target_length = length
        self.offset: int = 0
        self.upload_id: str | None = None
        # Bytes that were read but not acknowledged, for files that cannot seek.
        self._pending = b""

    def __repr__(self) -> str:
        """Show the progress."""
        return f"<{type(self).__name__} {self.offset}/{self.target_length} bytes>"

    def upload_chunked(
        self, chunk_size: int = CHUNK_BYTES, progress: Progress | None = None
    ) -> None:
        """Upload the file in chunks, until it is complete or an error occurs.

        Call it again after an error, to continue at the offset that the server has.

        Args:
            chunk_size: the size of each chunk, in bytes.
            progress: called after each chunk with the bytes that the server has and the total.

        Raises:
            ErrorResponse: any status; 401 if the token is not valid.
            RESTSocketError: there was no response.
            SizeChangedError: the file ends before `length` bytes.
            ValueError: `chunk_size` is less than 1.

        Source: seed.
        """
        if chunk_size < 1:
            raise ValueError(f"chunk_size is {chunk_size}; it must be at least 1")
        while self.offset < self.target_length:
            self._send(self._next_chunk(min(chunk_size, self.target_length - self.offset)))
            if progress:
                progress(self.offset, self.target_length)

    def finish(self, path: str, overwrite: bool = False, parent_rev: str | None = None) -> Metadata:
        """Commit the uploaded bytes to a file in the user's Dropbox.

        Args:
            path: the full path of the file.
            overwrite, parent_rev: as for `DropboxClient.put_file`.

        Returns:
            The file's metadata; its `path` differs from the argument if the upload was renamed.

        Raises:
            ErrorResponse: 400 for a bad request, 503 over quota.

        Source: seed.
        """
        if self.upload_id is None and self.target_length == 0:
            # An empty file has no chunks, but only a chunk starts an upload.
            self._send(b"")
        return self.client.commit_chunked_upload(path, self.upload_id or "", overwrite, parent_rev)

    def _send(self, chunk: bytes) -> None:
        try:
            response = self.client.upload_chunk(chunk, len(chunk), self.offset, self.upload_id)
        except ErrorResponse as error:
            self._use_offset_of(error)
            raise
        upload_id, offset = checked_fields(response, upload_id=str, offset=int)
        if not self.offset + bool(chunk) <= offset <= self.offset + len(chunk):
            # Otherwise the loop over the chunks would not end, or would skip bytes.
            raise unexpected_offset_error(offset, self.offset, len(chunk))
        self._advance_to(upload_id, offset)

    def _next_chunk(self, size: int) -> bytes:
        while len(self._pending) < size:
            block = self.file_obj.read(size - len(self._pending))
            if not block:
                raise SizeChangedError(self.target_length, "shrank")
            self._pending += block
        return self._pending[:size]

    def _use_offset_of(self, error: ErrorResponse) -> None:
        # The server responds with its offset to a chunk that it has already, which is sent again
        # if the first response was lost.
        body = error.body
        offset = body.get("offset") if isinstance(body, dict) else None
        if error.status != 400 or not isinstance(offset, int) or isinstance(offset, bool):
            return
        if 0 <= offset <= self.target_length:
            self._advance_to(str(body.get("upload_id") or self.upload_id), offset)

    def _advance_to(self, upload_id: str, offset: int) -> None:
        read_offset = self.offset + len(self._pending)
        if self.offset <= offset <= read_offset:
            self._pending = self._pending[offset - self.offset :]
        else:
            try:
                self.file_obj.seek(offset - read_offset, os.SEEK_CUR)
            except (AttributeError, OSError):
                return
            self._pending = b""
        self.upload_id, self.offset = upload_id, offset
