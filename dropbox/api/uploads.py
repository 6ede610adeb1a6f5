"""Sending files."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any, cast

from dropbox.api.base import Params, Requests
from dropbox.chunked_uploader import ChunkedUploader
from dropbox.request_body import Replayable, part, whole

if TYPE_CHECKING:
    from dropbox.request_body import Progress, Uploadable
    from dropbox.types import Metadata, UploadedChunk


class UploadCalls(Requests):
    """Calls that upload."""

    def get_chunked_uploader(self, file_obj: Any, length: int) -> ChunkedUploader:
        """Create a `ChunkedUploader` to upload the given file-like object.

        Args:
            file_obj: the source of the data.
            length: the number of bytes to upload.

        Source: seed.
        """
        return ChunkedUploader(self, file_obj, length)

    def upload_chunk(
        self, file_obj: Any, length: int, offset: int = 0, upload_id: str | None = None
    ) -> UploadedChunk:
        """Upload a single chunk of data from the given file-like object, or bytes.

        Most users should use the `ChunkedUploader`.

        Args:
            file_obj: the source of the data.
            length: the number of bytes to upload.
            offset: where in the whole the chunk begins.
            upload_id: the upload that it continues; `None` begins one.

        Returns:
            The reply from the server: `upload_id`, `offset` and `expires`.

        Raises:
            ErrorResponse: 400 if the server expects another offset, which its body tells; 404 if it
                doesn't know the upload.

        Source: seed.
        """
        params: Params = {}
        if upload_id:
            params = {"upload_id": upload_id, "offset": offset}
        reply = self._put("/chunked_upload", params, part(file_obj, length))
        return cast("UploadedChunk", reply)

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
            upload_id: the upload.
            overwrite, parent_rev: as for `put_file`.

        Returns:
            The file's metadata.

        Raises:
            ErrorResponse: 400 for a bad request or an unknown upload, 503 over quota.

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
            full_path: where to, including the file name; missing folders are created.
            file_obj: a file-like object, streamed from where it stands, or a string, bytes or path.
            overwrite: replace a file that is there; otherwise the upload is renamed, and the
                metadata returned tells the new name.
            parent_rev: the `rev` of the file that this upload is based on. If the server has a
                newer one, the upload is renamed as a conflict. With it `overwrite` says nothing.
            progress: called with the bytes sent and the total after each block; it begins again if
                the server could not take the request and it is sent again.

        Returns:
            The file's metadata.

        Raises:
            ErrorResponse: 400 for a bad request (see `error_msg`), 503 over quota.
            RESTSocketError: no answer.
            SizeChangedError: the file became longer or shorter while it was sent.
            TypeError: `file_obj` is nothing that can be uploaded.

        Source: seed.
        """
        if file_obj is None:
            # To a transport it is a request without a body, and so would empty the file.
            raise TypeError("can't upload NoneType: not bytes, str, path or file")
        target = self._target("files_put", full_path)
        params = _upload_params(overwrite, parent_rev)
        with contextlib.closing(Replayable(file_obj)) as source:

            def body() -> Any:
                # Without need for more, any `rest_client` gets what the caller gave.
                again = source.rewound()
                needs_body = progress is not None or isinstance(again, os.PathLike)
                return whole(again, progress) if needs_body else again

            return cast("Metadata", self._put(target, params, body))


def _upload_params(overwrite: bool, parent_rev: str | None) -> Params:
    params: Params = {"overwrite": bool(overwrite)}
    if parent_rev is not None:
        params["parent_rev"] = parent_rev
    return params
