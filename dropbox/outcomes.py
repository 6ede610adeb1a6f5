"""Finds out what became of an upload whose answer was lost.

It only looks; nothing here changes anything in the Dropbox.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, cast

from dropbox.errors import ErrorResponse

if TYPE_CHECKING:
    from dropbox.transfers import Upload
    from dropbox.types import Metadata


def put_before(upload: Upload, file: IO[bytes], length_bytes: int) -> Metadata | None:
    """What a `put_file` without an answer has stored; `None` if nothing, or if to send again does
    no harm.

    A file with the same contents that was there all along is taken for it too.

    Args:
        upload: what was sent.
        file: its contents, from where it stands; no more than are sent at once.
        length_bytes: how many there are.
    """
    if upload.overwrite and upload.parent_rev is None:
        return None
    sent = file.read()
    for entry in _likely(upload, length_bytes):
        if entry["rev"] != upload.parent_rev and _stored(upload, entry) == sent:
            return entry
    return None


def committed(upload: Upload, length_bytes: int, error: ErrorResponse) -> Metadata:
    """The file that an upload became when its commit's answer was lost, whatever its name is now.

    Args:
        upload: what was sent.
        length_bytes: how many bytes there are.
        error: raised if there is no such file.
    """
    for entry in _likely(upload, length_bytes):
        return entry
    raise error


def _likely(upload: Upload, length_bytes: int) -> list[Metadata]:
    # A file of our size, called as asked for or as the service renames it; the newest first.
    path = PurePosixPath("/", upload.to)
    likely = [
        entry
        for entry in _listed(upload, str(path.parent))
        if not entry["is_dir"]
        and entry["bytes"] == length_bytes
        and PurePosixPath(entry["path"]).name.lower().startswith(path.stem.lower())
    ]
    return sorted(likely, key=lambda entry: entry["revision"], reverse=True)


def _listed(upload: Upload, folder: str) -> list[Metadata]:
    try:
        return upload.client.metadata(folder).get("contents", [])
    except ErrorResponse as error:
        if error.status == 404:
            return []
        raise


def _stored(upload: Upload, entry: Metadata) -> bytes:
    def fetch() -> bytes:
        with upload.client.get_file(entry["path"], entry["rev"]) as response:
            return response.read()

    return cast("bytes", upload.client.retries.run(fetch))
