"""Chunked uploads of large files, resumable after an error."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING

from dropbox.errors import ErrorResponse, SizeChangedError
from dropbox.validation import checked_fields, unexpected_offset_error

if TYPE_CHECKING:
    from dropbox.api.uploads import UploadCalls
    from dropbox.request_body import Progress
    from dropbox.types import Metadata

CHUNK_BYTES = 4 * 1024 * 1024


class ChunkedUploader:
    """Contains the logic around a chunked upload of a large file.

    Args:
        client: a linked client.
        file_obj: the source of the data, read from where it stands.
        length: how many bytes to upload.

    Attributes:
        offset: how many bytes the server has.
        upload_id: the server's name for the upload, once it has begun.
        target_length: how many bytes there are to upload.

    Source: seed (`ChunkedUploader`).
    """

    def __init__(self, client: UploadCalls, file_obj: IO[bytes], length: int) -> None:
        self.client = client
        self.file_obj = file_obj
        self.target_length = length
        self.offset: int = 0
        self.upload_id: str | None = None
        # What was read from the file but isn't acknowledged, for sources that can't go back.
        self._pending = b""

    def __repr__(self) -> str:
        """Show how far it has come."""
        return f"<{type(self).__name__} {self.offset}/{self.target_length} bytes>"

    def upload_chunked(
        self, chunk_size: int = CHUNK_BYTES, progress: Progress | None = None
    ) -> None:
        """Upload the file in chunks, until all is there or an error occurs.

        After an error it can be called again, and goes on where the server says.

        Args:
            chunk_size: the bytes in each chunk.
            progress: called with the bytes that the server has and the total, after each chunk.

        Raises:
            ErrorResponse: any status; 401 at once if the token is bad.
            RESTSocketError: no answer.
            SizeChangedError: the file ends before `length` bytes.
            ValueError: `chunk_size` isn't positive.

        Source: seed.
        """
        if chunk_size < 1:
            raise ValueError(f"chunk_size is {chunk_size}; a chunk has at least 1 byte")
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
            The file's metadata; its `path` tells if the upload was renamed.

        Raises:
            ErrorResponse: 400 for a bad request, 503 over quota.

        Source: seed.
        """
        if self.upload_id is None and self.target_length == 0:
            # An empty file has no chunk, but the server has to know the upload.
            self._send(b"")
        return self.client.commit_chunked_upload(path, self.upload_id or "", overwrite, parent_rev)

    def _send(self, chunk: bytes) -> None:
        try:
            reply = self.client.upload_chunk(chunk, len(chunk), self.offset, self.upload_id)
        except ErrorResponse as error:
            self._follow(error)
            raise
        upload_id, offset = checked_fields(reply, upload_id=str, offset=int)
        if not self.offset + bool(chunk) <= offset <= self.offset + len(chunk):
            # A loop over the chunks would not end, or bytes would be left out.
            raise unexpected_offset_error(offset, self.offset, len(chunk))
        self._go_to(upload_id, offset)

    def _next_chunk(self, size: int) -> bytes:
        while len(self._pending) < size:
            block = self.file_obj.read(size - len(self._pending))
            if not block:
                raise SizeChangedError(self.target_length, "shrank")
            self._pending += block
        return self._pending[:size]

    def _follow(self, error: ErrorResponse) -> None:
        # A chunk whose answer was lost comes again; the server then says how far it really is.
        body = error.body
        offset = body.get("offset") if isinstance(body, dict) else None
        if error.status != 400 or not isinstance(offset, int) or isinstance(offset, bool):
            return
        if 0 <= offset <= self.target_length:
            self._go_to(str(body.get("upload_id") or self.upload_id), offset)

    def _go_to(self, upload_id: str, offset: int) -> None:
        read_to = self.offset + len(self._pending)
        if self.offset <= offset <= read_to:
            self._pending = self._pending[offset - self.offset :]
        else:
            try:
                self.file_obj.seek(offset - read_to, os.SEEK_CUR)
            except (AttributeError, OSError):
                return
            self._pending = b""
        self.upload_id, self.offset = upload_id, offset
