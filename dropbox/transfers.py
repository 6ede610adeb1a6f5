"""Uploads and downloads of any size, which survive faults on the way.

`DropboxClient.upload` and `DropboxClient.download` call these.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from dropbox.bodies import left_bytes, seekable
from dropbox.errors import ErrorResponse, RESTSocketError
from dropbox.outcomes import committed, put_before

if TYPE_CHECKING:
    from dropbox.bodies import Progress
    from dropbox.client import DropboxClient
    from dropbox.response import RESTResponse
    from dropbox.types import Metadata
    from dropbox.uploads import ChunkedUploader

SINGLE_UPLOAD_BYTES = 8 * 1024 * 1024
_BLOCK_BYTES = 512 * 1024
_PARTIAL_CONTENT = 206


@dataclass(frozen=True)
class Upload:
    """An upload of any size; see `DropboxClient.upload`.

    Attributes:
        client: a linked client.
        to: the full path to upload to.
        overwrite, parent_rev: as for `DropboxClient.put_file`.
        chunk_size: the bytes in each chunk of a large file.
        progress: called with the bytes sent and the total.
    """

    client: DropboxClient
    to: str
    overwrite: bool
    parent_rev: str | None
    chunk_size: int
    progress: Progress | None

    def send(self, source: str | os.PathLike[str] | IO[bytes]) -> Metadata:
        """Send a local file, by its path or from where it stands."""
        if isinstance(source, (str, os.PathLike)):
            with Path(source).open("rb") as opened:
                return self.send(opened)
        file = seekable(source)
        try:
            length_bytes = left_bytes(file)
            if length_bytes <= SINGLE_UPLOAD_BYTES:
                return self._send_at_once(file, length_bytes)
            return self._send_in_chunks(file, length_bytes)
        finally:
            if file is not source:
                file.close()

    def _send_at_once(self, file: IO[bytes], length_bytes: int) -> Metadata:
        start = file.tell()
        try:
            return self.client.put_file(
                self.to, file, self.overwrite, self.parent_rev, progress=self.progress
            )
        except RESTSocketError as error:
            self.client.retries.pause(error, 1)
            file.seek(start)
            stored = put_before(self, file, length_bytes)
            if stored is not None:
                return stored
        file.seek(start)
        # Chunks are sent again as often as it takes, and committed once.
        return self._send_in_chunks(file, length_bytes)

    def _send_in_chunks(self, file: IO[bytes], length_bytes: int) -> Metadata:
        uploader = self.client.get_chunked_uploader(file, length_bytes)
        self._send_all(uploader)
        failures = 0
        while True:
            try:
                return uploader.finish(self.to, self.overwrite, self.parent_rev)
            except (ErrorResponse, RESTSocketError) as error:
                if failures and isinstance(error, ErrorResponse) and error.status in (400, 404):
                    # The upload is spent: it was committed, and only the answer was lost.
                    return committed(self, length_bytes, error)
                failures += 1
                self.client.retries.pause(error, failures)

    def _send_all(self, uploader: ChunkedUploader) -> None:
        # A chunk is safe to send again: the server's offset tells whether it has come before.
        failures, reached = 0, uploader.offset
        while uploader.offset < uploader.target_length:
            try:
                uploader.upload_chunked(self.chunk_size, self.progress)
            except (ErrorResponse, RESTSocketError) as error:
                if uploader.offset > reached:
                    failures, reached = 0, uploader.offset
                    continue
                failures += 1
                self.client.retries.pause(error, failures)


@dataclass(frozen=True)
class Download:
    """A download of any size; see `DropboxClient.download`.

    Attributes:
        client: a linked client.
        path: the path of the file in the Dropbox.
        rev: a previous revision, or `None`.
        progress: called with the bytes received and the total.
    """

    client: DropboxClient
    path: str
    rev: str | None
    progress: Progress | None

    def save(self, to: str | os.PathLike[str]) -> Metadata:
        """Write to a local file, which is replaced when all is there."""
        target = Path(to)
        part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
        try:
            with part.open("xb") as file:
                metadata = self._receive_all(file)
            if target.exists():
                part.chmod(target.stat().st_mode & 0o777)
            part.replace(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return metadata

    def _receive_all(self, file: IO[bytes]) -> Metadata:
        response, metadata = self.client.get_file_and_metadata(self.path, self.rev)
        total_bytes, failures = metadata["bytes"], 0
        while True:
            begin = file.tell()
            try:
                with response:
                    self._receive(response, file, total_bytes)
            except RESTSocketError as error:
                failures = 1 if file.tell() > begin else failures + 1
                self.client.retries.pause(error, failures)
            if file.tell() == total_bytes:
                return metadata
            # The revision is named, so that the rest is of the same file.
            response = self.client.get_file(self.path, metadata.get("rev"), start=file.tell())
            if response.status != _PARTIAL_CONTENT:
                file.seek(0)
                file.truncate()

    def _receive(self, response: RESTResponse, file: IO[bytes], total_bytes: int) -> None:
        while block := response.read(_BLOCK_BYTES):
            file.write(block)
            if self.progress:
                self.progress(file.tell(), total_bytes)
