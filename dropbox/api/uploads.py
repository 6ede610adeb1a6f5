"""Calls that upload files, and the uploader that uses them for large files."""

from __future__ import annotations

import contextlib
import os
from typing import IO, cast

from dropbox.api.base import ApiBase, Params
from dropbox.arguments import check_length, read_block
from dropbox.errors import ErrorResponse, SizeChangedError
from dropbox.json_response import checked_fields, unexpected_offset_error
from dropbox.request_body import (
    Body,
    Progress,
    RewindableSource,
    Uploadable,
    check_binary_file,
    chunk_maker,
)
from dropbox.types import Metadata, UploadedChunk
from dropbox.urls import format_path
from dropbox.v2 import uses_v2

CHUNK_BYTES = 4 * 1024 * 1024
_ROOTS = frozenset({"auto", "dropbox", "sandbox"})


class UploadCalls(ApiBase):
    """Calls that upload."""

    def get_chunked_uploader(self, file_obj: IO[bytes], length: int) -> ChunkedUploader:
        """Create a `ChunkedUploader` to upload the given file-like object.

        Args:
            file_obj: the source of the data, read from its current position.
            length: the number of bytes to upload.

        Returns:
            The uploader; nothing is sent yet.

        Raises:
            TypeError: `file_obj` is not a binary file.
            ValueError: `length` is not a number of bytes.

        Over version 2:
            The same; see `upload_chunk` and `ChunkedUploader.finish`.

        Example:
            >>> with open("report.pdf", "rb") as file:
            ...     uploader = client.get_chunked_uploader(file, 2000)
            ...     uploader.upload_chunked(chunk_size=1000)
            >>> uploader.finish("/report.pdf")["bytes"]
            2000

        Source: Dropbox Python SDK documentation.
        """
        return ChunkedUploader(self, file_obj, length)

    def upload_chunk(
        self,
        file_obj: Uploadable,
        length: int | None = None,
        offset: int = 0,
        upload_id: str | None = None,
    ) -> UploadedChunk:
        """Upload a single chunk of data from the given file-like object, or bytes.

        Most programs use `get_chunked_uploader` instead.

        Args:
            file_obj: the source of the data, read from its current position.
            length: the number of bytes to upload; fewer if the source ends before. `None` uploads
                the rest of the source.
            offset: the position of the chunk in the upload, in bytes.
            upload_id: the upload to continue; `None` starts one.

        Returns:
            The response: `upload_id`, `offset` and `expires`. The original releases returned the
            pair `(offset, upload_id)`, but documented a dictionary.

        Raises:
            TypeError: `file_obj` is a text file.
            ValueError: `length` is negative.
            ErrorResponse: 400 if the server expects another offset, which is in the error's body;
                404 if the upload does not exist.

        Over version 2:
            `files/upload_session/start` without `upload_id`, else `files/upload_session/append_v2`,
            each with the content hash of the chunk. `expires` is 48 hours ahead, as over version 1;
            the service keeps an upload for 7 days.

        Example:
            >>> first = client.upload_chunk(b"Hello, ", 7)
            >>> second = client.upload_chunk(b"Dropbox", 7, first["offset"], first["upload_id"])
            >>> second["offset"]
            14

        Source: Dropbox Python SDK documentation.
        """
        params: Params = {}
        if upload_id:
            params = {"upload_id": upload_id, "offset": offset}
        response = self._put("/chunked_upload", params, chunk_maker(file_obj, length))
        return cast("UploadedChunk", response)

    def commit_chunked_upload(
        self,
        full_path: str,
        upload_id: str,
        overwrite: bool = False,
        parent_rev: str | None = None,
    ) -> Metadata:
        """Commit the chunks of an upload to a file in the user's Dropbox.

        Args:
            full_path: the full path of the file, as for `put_file`. Release 2.2.0 of the original
                requires the root before the path, such as `/auto/hello.txt`. Here it is an error,
                because the file would be stored in a folder of that name. `ChunkedUploader.finish`
                accepts folders with these names.
            upload_id: the upload, from `upload_chunk`.
            overwrite, parent_rev: as for `put_file`.

        Returns:
            The file's metadata.

        Raises:
            ValueError: `full_path` begins with a root: `auto`, `dropbox` or `sandbox`.
            ErrorResponse: 400 for a bad request or if the upload does not exist, 503 over quota.

        Over version 2:
            `files/upload_session/finish`, twice: the first request finds out the length of the
            upload, which version 2 requires. Otherwise as `put_file`.

        Example:
            >>> upload_id = client.upload_chunk(b"Hello", 5)["upload_id"]
            >>> client.commit_chunked_upload("/hello.txt", upload_id)["bytes"]
            5

        Source: Dropbox API v1, /commit_chunked_upload.
        """
        _check_root(full_path)
        return self._commit(full_path, upload_id, overwrite, parent_rev, None)

    def _start_concurrent(self) -> str:
        # Over version 2 only.
        response = self._put("/chunked_upload", {"concurrent": True}, lambda: b"")
        (upload_id,) = checked_fields(response, upload_id=str)
        return cast("str", upload_id)

    def _append_concurrently(
        self, upload_id: str, offset: int, chunk: bytes, *, is_last: bool
    ) -> str:
        params: Params = {
            "concurrent": True,
            "upload_id": upload_id,
            "offset": offset,
            "close": is_last,
        }
        response = self._put("/chunked_upload", params, lambda: chunk)
        (found,) = checked_fields(response, upload_id=str)
        return cast("str", found)

    def _commit(
        self,
        full_path: str,
        upload_id: str,
        overwrite: bool,
        parent_rev: str | None,
        length: int | None,
    ) -> Metadata:
        # To any path, also to one that begins with the name of a root.
        params = _upload_params(overwrite, parent_rev) | {"upload_id": upload_id}
        if length is not None and uses_v2(self.session):
            params["length"] = length
        target = self._target("commit_chunked_upload", full_path)
        return cast("Metadata", self._post(target, params, content_server=True))

    def put_file(
        self,
        full_path: str,
        file_obj: Uploadable,
        overwrite: bool = False,
        parent_rev: str | None = None,
        *,
        progress: Progress | None = None,
    ) -> Metadata:
        """Upload a file.

        Args:
            full_path: the full path of the file; missing folders are created.
            file_obj: a file-like object, read from its current position, or a string, bytes or a
                path.
            overwrite: whether to replace a file that exists at the path. If not, the upload is
                renamed, and the new name is in the metadata.
            parent_rev: the `rev` of the file that this upload is based on. If the file has a newer
                revision, the upload is renamed as a conflicted copy. `overwrite` is then ignored.
            progress: called after each block with the bytes sent and the total. It starts at 0
                again if the request is sent again.

        Returns:
            The file's metadata.

        Raises:
            ErrorResponse: 400 for a bad request (see `error_msg`), 503 over quota.
            RESTSocketError: there was no response.
            SizeChangedError: the file became longer or shorter while it was sent.
            TypeError: `file_obj` does not have an accepted type.

        Over version 2:
            `files/upload` with the content hash. An upload over a folder is status 403, not 400. An
            upload whose `parent_rev` is not a revision of the file is stored as a conflicted copy.

        Example:
            >>> client.put_file("/notes.txt", b"Hello")["path"]
            '/notes (1).txt'
            >>> client.put_file("/notes.txt", b"Hello", overwrite=True)["path"]
            '/notes.txt'

        Source: Dropbox Python SDK documentation.
        """
        if file_obj is None:
            # A transport would send a request without a body, which makes the file empty.
            raise TypeError("file_obj must be bytes, str, a path or a file, not NoneType")
        target = self._target("files_put", full_path)
        params = _upload_params(overwrite, parent_rev)
        with contextlib.closing(RewindableSource(file_obj)) as source:

            def make_body() -> object:
                # If no `Body` is necessary, the `rest_client` receives the object of the caller.
                current = source.rewind()
                needs_body = progress is not None or isinstance(current, os.PathLike)
                return Body.of(current, progress) if needs_body else current

            return cast("Metadata", self._put(target, params, make_body))


class ChunkedUploader:
    """Uploads a large file in chunks.

    Args:
        client: a linked `DropboxClient`.
        file_obj: the source of the data, read from its current position.
        length: the number of bytes to upload.

    Attributes:
        client, file_obj: the arguments.
        target_length: the argument `length`.
        offset: the number of bytes that the server has.
        upload_id: the server's identifier of the upload; `None` before the first chunk.

    Raises:
        TypeError: `file_obj` is not a binary file.
        ValueError: `length` is not a number of bytes.

    Example:
        >>> from io import BytesIO
        >>> uploader = client.ChunkedUploader(client, BytesIO(b"Hello, Dropbox"), 14)
        >>> uploader.upload_chunked(chunk_size=4)
        >>> uploader.offset
        14
        >>> uploader.finish("/hello.txt")["bytes"]
        14

    Source: Dropbox Python SDK documentation, `ChunkedUploader`.
    """

    def __init__(self, client: UploadCalls, file_obj: IO[bytes], length: int) -> None:
        self.client = client
        self.file_obj: IO[bytes] = check_binary_file(file_obj)
        self.target_length: int = check_length(length)
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

        Over version 2:
            As `DropboxClient.upload_chunk`.

        Example:
            >>> from io import BytesIO
            >>> uploader = client.get_chunked_uploader(BytesIO(b"Hello, Dropbox"), 14)
            >>> uploader.upload_chunked(chunk_size=8, progress=print)
            8 14
            14 14

        Source: Dropbox Python SDK documentation.
        """
        if chunk_size < 1:
            raise ValueError(f"chunk_size must be at least 1, not {chunk_size}")
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

        Over version 2:
            `files/upload_session/finish`, once.

        Example:
            >>> from io import BytesIO
            >>> uploader = client.get_chunked_uploader(BytesIO(b"Hello"), 5)
            >>> uploader.upload_chunked()
            >>> uploader.finish("/notes.txt", overwrite=True)["bytes"]
            5

        Source: Dropbox Python SDK documentation.
        """
        if self.upload_id is None and self.target_length == 0:
            # An empty file has no chunks, but only a chunk starts an upload.
            self._send(b"")
        return self.client._commit(  # noqa: SLF001 -- of the same module
            path, self.upload_id or "", overwrite, parent_rev, self.offset
        )

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
            block = read_block(self.file_obj, size - len(self._pending))
            if not block:
                raise SizeChangedError(self.target_length, "shrank")
            self._pending += block
        return self._pending[:size]

    def _use_offset_of(self, error: ErrorResponse) -> None:
        # A chunk is sent again if its response was lost. If the server has the chunk already, the
        # error contains the offset.
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


def _check_root(full_path: str) -> None:
    name = (format_path(full_path) or "").split("/")[1:2]
    if name and name[0] in _ROOTS:
        raise ValueError(
            f"full_path must not begin with a root such as {name[0]!r}, but is {full_path!r}; pass"
            " the path inside the Dropbox"
        )


def _upload_params(overwrite: bool, parent_rev: str | None) -> dict[str, object]:
    params: dict[str, object] = {"overwrite": bool(overwrite)}
    if parent_rev is not None:
        params["parent_rev"] = parent_rev
    return params
