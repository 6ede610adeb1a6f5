"""Uploads and downloads of any size, which survive faults on the way.

`DropboxClient.upload` and `DropboxClient.download` call these.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

from dropbox.errors import ErrorResponse, RESTSocketError

if TYPE_CHECKING:
    from dropbox.bodies import Progress
    from dropbox.client import DropboxClient
    from dropbox.response import RESTResponse
    from dropbox.types import Metadata
    from dropbox.uploads import ChunkedUploader

SINGLE_UPLOAD_BYTES = 8 * 1024 * 1024
_BLOCK_BYTES = 512 * 1024
_PARTIAL_CONTENT = 206


def upload(
    client: DropboxClient,
    source: str | os.PathLike[str] | IO[bytes],
    to: str,
    *,
    overwrite: bool,
    parent_rev: str | None,
    chunk_size: int,
    progress: Progress | None,
) -> Metadata:
    """Upload a file of any size; see `DropboxClient.upload`."""
    if isinstance(source, (str, os.PathLike)):
        with Path(source).open("rb") as file:
            return upload(
                client,
                file,
                to,
                overwrite=overwrite,
                parent_rev=parent_rev,
                chunk_size=chunk_size,
                progress=progress,
            )
    start = source.tell()
    length = source.seek(0, os.SEEK_END) - start
    source.seek(start)
    if length <= SINGLE_UPLOAD_BYTES:
        return client.put_file(to, source, overwrite, parent_rev, progress=progress)
    uploader = client.get_chunked_uploader(source, length)
    _send_all(client, uploader, chunk_size, progress)
    return uploader.finish(to, overwrite, parent_rev)


def download(
    client: DropboxClient,
    path: str,
    to: str | os.PathLike[str],
    *,
    rev: str | None,
    progress: Progress | None,
) -> Metadata:
    """Download a file to the disk; see `DropboxClient.download`."""
    target = Path(to)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            metadata = _receive_all(client, path, rev, file, progress)
        _copy_mode(target, Path(name))
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return metadata


def _send_all(
    client: DropboxClient, uploader: ChunkedUploader, chunk_size: int, progress: Progress | None
) -> None:
    # A chunk is safe to send again: the server's offset tells whether it has come before.
    failures, reached = 0, uploader.offset
    while uploader.offset < uploader.target_length:
        try:
            uploader.upload_chunked(chunk_size, progress)
        except (ErrorResponse, RESTSocketError) as error:
            if uploader.offset > reached:
                failures, reached = 0, uploader.offset
                continue
            failures += 1
            client.retries.pause(error, failures)


def _receive_all(
    client: DropboxClient,
    path: str,
    rev: str | None,
    file: IO[bytes],
    progress: Progress | None,
) -> Metadata:
    response, metadata = client.get_file_and_metadata(path, rev)
    total, failures = metadata["bytes"], 0
    while True:
        try:
            with response:
                _copy(response, file, total, progress)
        except RESTSocketError as error:
            failures += 1
            client.retries.pause(error, failures)
        if file.tell() == total:
            return metadata
        # The revision is named, so that the rest is of the same file.
        response = client.get_file(path, metadata["rev"], start=file.tell())
        if response.status != _PARTIAL_CONTENT:
            file.seek(0)
            file.truncate()


def _copy(response: RESTResponse, file: IO[bytes], total: int, progress: Progress | None) -> None:
    while block := response.read(_BLOCK_BYTES):
        file.write(block)
        if progress:
            progress(file.tell(), total)


def _copy_mode(old: Path, new: Path) -> None:
    if old.exists():
        new.chmod(old.stat().st_mode & 0o777)
    else:
        mask = os.umask(0)
        os.umask(mask)
        new.chmod(0o666 & ~mask)
