"""Chunked uploads of large files, resumable after an error."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from dropbox.bodies import Body
from dropbox.errors import ErrorResponse

if TYPE_CHECKING:
    from dropbox.bodies import Progress
    from dropbox.client import DropboxClient
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

    def __init__(self, client: DropboxClient, file_obj: IO[bytes], length: int) -> None:
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
            EOFError: the file ends before `length` bytes.

        Source: seed.
        """
        while self.offset < self.target_length:
            chunk = self._next_chunk(min(chunk_size, self.target_length - self.offset))
            try:
                reply = self.client.upload_chunk(chunk, len(chunk), self.offset, self.upload_id)
            except ErrorResponse as error:
                self._follow(error)
                raise
            self._acknowledge(reply["upload_id"], reply["offset"])
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
        return self.client.commit_chunked_upload(path, self.upload_id or "", overwrite, parent_rev)

    def _next_chunk(self, size: int) -> bytes:
        while len(self._pending) < size:
            block = self.file_obj.read(size - len(self._pending))
            if not block:
                raise EOFError(f"the file ends at byte {self.offset + len(self._pending)}")
            self._pending += block
        return self._pending[:size]

    def _follow(self, error: ErrorResponse) -> None:
        # A chunk whose answer was lost comes again; the server then says how far it really is.
        body = error.body
        if error.status == 400 and isinstance(body, dict) and "offset" in body:
            offset = int(body["offset"])
            if self.offset <= offset <= self.offset + len(self._pending):
                self._acknowledge(str(body.get("upload_id") or self.upload_id), offset)

    def _acknowledge(self, upload_id: str, offset: int) -> None:
        self.upload_id = upload_id
        self._pending = self._pending[offset - self.offset :]
        self.offset = offset


def chunk_body(source: Any, length: int) -> Body:
    """The next `length` bytes of a source as a body."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        from io import BytesIO

        source = BytesIO(source)
    return Body(source, length, may_have_more=True)
