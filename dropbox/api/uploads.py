"""Calls that upload files."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any, cast

from dropbox.api.base import ApiBase, Params
from dropbox.chunked_uploader import ChunkedUploader
from dropbox.request_body import Body, RewindableSource, chunk_maker

if TYPE_CHECKING:
    from dropbox.request_body import Progress, Uploadable
    from dropbox.types import Metadata, UploadedChunk


class UploadCalls(ApiBase):
    """Calls that upload."""

    def get_chunked_uploader(self, file_obj: Any, length: int) -> ChunkedUploader:
        """Create a `ChunkedUploader` to upload the given file-like object.

        Args:
            file_obj: the source of the data, read from its current position.
            length: the number of bytes to upload.

        Returns:
            The uploader; nothing is sent yet.

        Source: seed.
        """
        return ChunkedUploader(self, file_obj, length)

    def upload_chunk(
        self, file_obj: Any, length: int, offset: int = 0, upload_id: str | None = None
    ) -> UploadedChunk:
        """Upload a single chunk of data from the given file-like object, or bytes.

        Most programs use `get_chunked_uploader` instead.

        Args:
            file_obj: the source of the data, read from its current position.
            length: the number of bytes to upload.
            offset: the position of the chunk in the upload, in bytes.
            upload_id: the upload to continue; `None` starts one.

        Returns:
            The response: `upload_id`, `offset` and `expires`.

        Raises:
            ErrorResponse: 400 if the server expects another offset, which is in the error's body;
                404 if the upload does not exist.

        Source: seed.
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
            full_path: the full path of the file.
            upload_id: the upload, from `upload_chunk`.
            overwrite, parent_rev: as for `put_file`.

        Returns:
            The file's metadata.

        Raises:
            ErrorResponse: 400 for a bad request or if the upload does not exist, 503 over quota.

        Source: the wire reference, commit_chunked_upload.
        """
        params = _upload_params(overwrite, parent_rev) | {"upload_id": upload_id}
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
            TypeError: `file_obj` has another type.

        Source: seed.
        """
        if file_obj is None:
            # A transport would send a request without a body, which makes the file empty.
            raise TypeError("cannot upload NoneType; it must be bytes, str, a path or a file")
        target = self._target("files_put", full_path)
        params = _upload_params(overwrite, parent_rev)
        with contextlib.closing(RewindableSource(file_obj)) as source:

            def make_body() -> object:
                # Where no `Body` is necessary, the `rest_client` gets the object of the caller.
                current = source.rewind()
                needs_body = progress is not None or isinstance(current, os.PathLike)
                return Body.of(current, progress) if needs_body else current

            return cast("Metadata", self._put(target, params, make_body))


def _upload_params(overwrite: bool, parent_rev: str | None) -> Params:
    params: Params = {"overwrite": bool(overwrite)}
    if parent_rev is not None:
        params["parent_rev"] = parent_rev
    return params
