"""Copies between accounts, URLs that are saved, and tags.

Source: the wire reference of version 2, files.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Blueprint

from fakebox.core import errors as core
from fakebox.http.urls import parse
from fakebox.v2 import responses
from fakebox.v2.jobs import JOB_ID
from fakebox.v2.paths import path_below_root, place, target, write_path
from fakebox.v2.route_styles import rpc
from fakebox.v2.schema import items, struct, text
from fakebox.v2.tagged_errors import failure, lookups, translated, writes

if TYPE_CHECKING:
    from fakebox.v2.request import V2Request

blueprint: Blueprint = Blueprint("references", __name__)

_TAG = text("[0-9A-Za-z_]+", min_length=1, max_length=32)
_TAGGED = struct({"path": path_below_root, "tag_text": _TAG})
_NEVER_IN_A_URL = re.compile(r"[\s\x00-\x1f\x7f]")


@rpc(blueprint, "files/copy_reference/get", struct({"path": path_below_root}))
def get_copy_reference(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """A word with which any account can copy what is at a path."""
    with lookups("path"):
        path = place(request, argument["path"])
        ref = request.world.copy_references.create(request.scope, path)
        entry = request.world.files.metadata(request.scope, path)
    return {
        "metadata": responses.tagged(entry),
        "copy_reference": ref.reference,
        "expires": responses.date(ref.expires_s),
    }


@rpc(
    blueprint,
    "files/copy_reference/save",
    struct({"copy_reference": text(), "path": write_path}),
)
def save_copy_reference(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """Copy what a reference stands for."""
    with (
        writes("path"),
        translated(
            {
                core.CopyRefNotFound: ("invalid_copy_reference",),
                core.TooManyItems: ("too_many_files",),
            }
        ),
    ):
        entry = request.world.copy_references.save(
            request.scope,
            argument["copy_reference"],
            target(request, argument["path"]),
            autorename=False,
        )
    return {"metadata": responses.tagged(entry)}


@rpc(blueprint, "files/save_url", struct({"path": write_path, "url": text()}))
def save_url(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """Save what a link of this very emulator shows; no connection is opened to any other."""
    if not _is_url(argument["url"]):
        raise failure("invalid_url")
    kind, token = parse(request.origin, argument["url"]) or ("share", "")
    with writes("path"):
        path = target(request, argument["path"])
        job = request.world.fetches.save(request.scope, path, token, kind)
    return {".tag": "async_job_id", "async_job_id": job.id}


@rpc(blueprint, "files/save_url/check_job_status", JOB_ID)
def check_save_url(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """What came of saving a URL."""
    with translated({core.JobNotFound: ("invalid_async_job_id",)}):
        job = request.world.fetches.find(request.scope, argument["async_job_id"])
    if job.status == "failed":
        return {".tag": "failed", "failed": failure("download_failed").error}
    with lookups("path"):
        entry = request.world.files.metadata(request.scope, job.path)
    return {".tag": "complete", **responses.metadata(entry)}


@rpc(blueprint, "files/tags/add", _TAGGED)
def add_tag(request: V2Request, argument: dict[str, Any]) -> None:
    """Put a tag on a file or folder."""
    with lookups("path"), translated({core.LimitExceeded: ("too_many_tags",)}):
        path = place(request, argument["path"])
        request.world.tags.add(request.scope, path, argument["tag_text"])


@rpc(blueprint, "files/tags/remove", _TAGGED)
def remove_tag(request: V2Request, argument: dict[str, Any]) -> None:
    """Take a tag away."""
    with lookups("path"), translated({core.TagNotFound: ("tag_not_present",)}):
        path = place(request, argument["path"])
        request.world.tags.remove(request.scope, path, argument["tag_text"])


@rpc(blueprint, "files/tags/get", struct({"paths": items(path_below_root)}))
def get_tags(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """The tags of files and folders."""
    return {"paths_to_tags": [_tags(request, path) for path in argument["paths"]]}


def _is_url(word: str) -> bool:
    try:
        url = urlsplit(word)
        _ = url.port
    except ValueError:
        return False
    is_web = url.scheme in ("http", "https") and bool(url.hostname)
    return is_web and not _NEVER_IN_A_URL.search(word)


def _tags(request: V2Request, path: str) -> dict[str, Any]:
    with lookups("path"):
        words = request.world.tags.of(request.scope, place(request, path))
    tags = [{".tag": "user_generated_tag", "tag_text": word} for word in words]
    return {"path": path, "tags": tags}
