"""The calls of the client, with arguments for one request each."""

from __future__ import annotations

from typing import Any

CALLS: dict[str, tuple[Any, ...]] = {
    "account_info": (),
    "add_copy_ref": ("ref", "/a"),
    "create_copy_ref": ("/a",),
    "delta": (),
    "file_copy": ("/a", "/b"),
    "file_create_folder": ("/a",),
    "file_delete": ("/a",),
    "file_move": ("/a", "/b"),
    "get_file": ("/a",),
    "get_file_and_metadata": ("/a",),
    "media": ("/a",),
    "metadata": ("/a",),
    "put_file": ("/a", b"content"),
    "restore": ("/a", "1"),
    "revisions": ("/a",),
    "search": ("/", "query"),
    "share": ("/a",),
    "thumbnail": ("/a.jpg",),
    "thumbnail_and_metadata": ("/a.jpg",),
    "upload_chunk": (b"content", 7),
}
