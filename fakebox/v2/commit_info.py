"""What is to become of an upload: the fields that every way of uploading shares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fakebox.core.blobs import ContentHash
from fakebox.core.files import WriteMode
from fakebox.http.body import TooLarge, open_stream
from fakebox.v2.paths import upload_path
from fakebox.v2.schema import Field, anything, boolean, optional, text, timestamp, union
from fakebox.v2.tagged_errors import Failure, failure, write_tags

if TYPE_CHECKING:
    from fakebox.v2.request import V2Request
    from fakebox.v2.schema import Kind, Tagged

COMMIT: dict[str, Field | Kind] = {
    "path": upload_path,
    "mode": Field(
        union({"add": None, "overwrite": None, "update": text("[0-9a-f]+", min_length=9)}), None
    ),
    "autorename": Field(boolean, False),
    "client_modified": optional(timestamp),
    "mute": Field(boolean, False),
    "property_groups": optional(anything),
    "strict_conflict": Field(boolean, False),
}
HASH: Field = optional(text(min_length=64, max_length=64))


def write_mode(commit: dict[str, Any]) -> WriteMode:
    """What to do if the path is taken."""
    mode: Tagged | None = commit["mode"]
    tag = mode.tag if mode else "add"
    is_strict = commit["strict_conflict"]
    return WriteMode(
        overwrite=tag == "overwrite",
        parent_rev=mode.value if mode and tag == "update" else None,
        autorename=commit["autorename"],
        takes_same=not is_strict,
        knows_revs=False,
        over_nothing=not is_strict,
    )


def blocks(request: V2Request, content_hash: str | None) -> Iterator[bytes]:
    """The body as it comes in; it fails at its end if it isn't what its hash says."""
    with _measured():
        incoming = open_stream(request.environ, request.world.settings.upload_limit_bytes)
    return _checked(incoming, content_hash)


@contextmanager
def upload_failures() -> Iterator[None]:
    """A block that writes an upload; its errors are told of as those of files/upload."""
    try:
        yield
    except Failure:
        raise
    except Exception as error:
        tags = write_tags(error)
        if tags is None:
            raise
        reason = failure(*tags)
        # The service keeps the content for another try; the emulator keeps nothing.
        fields = {"reason": reason.error, "upload_session_id": ""}
        raise Failure(f"path/{reason.summary}", {".tag": "path", **fields}) from error


def _checked(incoming: Iterable[bytes], content_hash: str | None) -> Iterator[bytes]:
    hasher = ContentHash() if content_hash else None
    with _measured():
        for block in incoming:
            if hasher:
                hasher.update(block)
            yield block
    if hasher and hasher.content().hash != content_hash:
        raise failure("content_hash_mismatch")


@contextmanager
def _measured() -> Iterator[None]:
    try:
        yield
    except TooLarge as error:
        raise failure("payload_too_large") from error
