"""Check the documented fields and formats of values that many routes return."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import Any

ID = re.compile(r"id:[A-Za-z0-9_-]{22}")
REV = re.compile(r"[0-9a-f]{9,}")
ACCOUNT_ID = re.compile(r"dbid:[A-Za-z0-9_-]{35}")
HASH = re.compile(r"[0-9a-f]{64}")
REQUEST_ID = re.compile(r"[0-9a-f]{32}")
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
BLOCK_BYTES = 4 * 1024 * 1024


def check_error(response: Any) -> str:
    """Check a 409 response and return the tags of its error, such as `path/not_found`."""
    assert response.status == 409, (response.status, response.text[:500])
    assert response.headers["Content-Type"].startswith("application/json")
    body = response.json()
    assert {"error_summary", "error"} <= set(body) <= {"error_summary", "error", "user_message"}
    found = tags(body["error"])
    assert re.fullmatch(re.escape(found) + r"/\.{0,3}", body["error_summary"]), body
    return found


def tags(error: dict[str, Any]) -> str:
    """Return the tags of an error from the outermost to the innermost."""
    tag = error[".tag"]
    assert isinstance(tag, str)
    inner = error.get(tag, error.get("reason"))
    return f"{tag}/{tags(inner)}" if isinstance(inner, dict) and ".tag" in inner else tag


def when(text: str) -> datetime:
    """Check the format of a time and return it."""
    assert _DATE.fullmatch(text), text
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def check_names(metadata: dict[str, Any]) -> None:
    """Check the names and paths of an entry."""
    assert metadata["path_display"].startswith("/")
    # Lowercase is by character: a final sigma has no separate form.
    assert metadata["path_lower"] == "".join(map(str.lower, metadata["path_display"]))
    assert metadata["path_display"].rpartition("/")[2] == metadata["name"]


def check_file(metadata: dict[str, Any], body: bytes | None = None, tag: str | None = None) -> None:
    """Check the fields of a file's metadata.

    Args:
        metadata: the metadata.
        body: the content of the file, if it is known.
        tag: the expected tag; `None` if the metadata must not have one.
    """
    assert metadata.get(".tag") == tag, metadata
    check_names(metadata)
    assert ID.fullmatch(metadata["id"])
    assert REV.fullmatch(metadata["rev"])
    when(metadata["client_modified"])
    when(metadata["server_modified"])
    assert HASH.fullmatch(metadata["content_hash"])
    assert metadata["is_downloadable"] is True
    assert type(metadata["size"]) is int
    if body is not None:
        assert metadata["size"] == len(body)
        assert metadata["content_hash"] == content_hash(body)


def check_folder(metadata: dict[str, Any], tag: str | None = None) -> None:
    """Check the fields of a folder's metadata.

    Args:
        metadata: the metadata.
        tag: the expected tag; `None` if the metadata must not have one.
    """
    assert metadata.get(".tag") == tag, metadata
    check_names(metadata)
    assert ID.fullmatch(metadata["id"])
    for name in ("rev", "size", "client_modified", "server_modified", "content_hash"):
        assert name not in metadata


def check_deleted(metadata: dict[str, Any]) -> None:
    """Check the fields of a deleted entry."""
    check_names(metadata)
    assert set(metadata) == {".tag", "name", "path_lower", "path_display"}
    assert metadata[".tag"] == "deleted"


def check_entry(metadata: dict[str, Any]) -> None:
    """Check the fields of an entry of a listing by its tag."""
    tag = metadata[".tag"]
    assert tag in ("file", "folder", "deleted")
    if tag == "deleted":
        check_deleted(metadata)
    elif tag == "folder":
        check_folder(metadata, "folder")
    else:
        check_file(metadata, tag="file")


def content_hash(body: bytes) -> str:
    """Return the content hash: SHA-256 of the hashes of all blocks of 4 MiB."""
    hashes = b"".join(
        hashlib.sha256(body[start : start + BLOCK_BYTES]).digest()
        for start in range(0, len(body), BLOCK_BYTES)
    )
    return hashlib.sha256(hashes).hexdigest()
