"""Finds out what became of an upload whose answer was lost.

It only looks; nothing here changes anything in the Dropbox.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING

from dropbox.errors import ErrorResponse, RESTSocketError

if TYPE_CHECKING:
    from dropbox.transfers import Upload
    from dropbox.types import Metadata

_BLOCK_BYTES = 512 * 1024


def put_before(upload: Upload, file: IO[bytes], error: RESTSocketError) -> Metadata | None:
    """What a `put_file` without an answer has stored; `None` if sending again does no harm.

    Args:
        upload: what was sent.
        file: its contents.
        error: raised if what is there is neither the file nor what was there before.
    """
    if upload.overwrite and upload.parent_rev is None:
        return None
    there = _metadata(upload)
    if there is None or there.get("rev") == upload.parent_rev:
        return None
    with upload.client.get_file(upload.to, there.get("rev")) as response:
        while block := response.read(_BLOCK_BYTES):
            if file.read(len(block)) != block:
                raise error
    if file.read(1):
        raise error
    return there


def committed(upload: Upload, length_bytes: int, error: ErrorResponse) -> Metadata:
    """The file that an upload became when its commit's answer was lost, whatever its name is now.

    Args:
        upload: what was sent.
        length_bytes: how many bytes there are.
        error: raised if there is no such file.
    """
    path = PurePosixPath("/", upload.to)
    siblings = upload.client.metadata(str(path.parent)).get("contents", [])
    ours = [
        entry
        for entry in siblings
        if entry["bytes"] == length_bytes
        and not entry["is_dir"]
        and PurePosixPath(entry["path"]).name.lower().startswith(path.stem.lower())
    ]
    if not ours:
        raise error
    return max(ours, key=lambda entry: entry.get("revision", 0))


def _metadata(upload: Upload) -> Metadata | None:
    try:
        there = upload.client.metadata(upload.to, list=False)
    except ErrorResponse as error:
        if error.status == 404:
            return None
        raise
    return None if there.get("is_deleted") else there
