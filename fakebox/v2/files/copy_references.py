"""Copy references, saving the content of URLs, and tags.

Source: the wire reference of version 2, files.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, TypeAlias
from urllib.parse import urlsplit

from flask import Blueprint

from fakebox.core import errors as core
from fakebox.http.urls import LinkReference, parse
from fakebox.v2 import responses
from fakebox.v2.jobs import PollArg
from fakebox.v2.paths import PathOrId, ReadPath, WritePath, locate, place, target
from fakebox.v2.route_styles import rpc
from fakebox.v2.schema import Struct, Text
from fakebox.v2.tagged_errors import MalformedPath, lookups, tagged_error, translated, writes

if TYPE_CHECKING:
    from fakebox.v2.request import V2Request
    from fakebox.v2.schema import JSONObject

blueprint: Blueprint = Blueprint("references", __name__)

_NEVER_IN_A_URL = re.compile(r"[\s\x00-\x1f\x7f]")

TagText: TypeAlias = Annotated[str, Text("[0-9A-Za-z_]+", min_length=1, max_length=32)]


class GetCopyReferenceArg(Struct):
    """Argument of files/copy_reference/get."""

    path: ReadPath


class SaveCopyReferenceArg(Struct):
    """Argument of files/copy_reference/save."""

    copy_reference: str
    path: WritePath


class SaveUrlArg(Struct):
    """Argument of files/save_url."""

    path: WritePath
    url: str


class TagArg(Struct):
    """Argument of files/tags/add and files/tags/remove."""

    path: PathOrId
    tag_text: TagText


class GetTagsArg(Struct):
    """Argument of files/tags/get."""

    paths: tuple[PathOrId, ...]


@rpc(blueprint, "files/copy_reference/get", GetCopyReferenceArg)
def get_copy_reference(request: V2Request, arg: GetCopyReferenceArg) -> JSONObject:
    """Return a reference that allows any account to copy a file or folder."""
    with lookups("path"):
        path, rev = locate(request, arg.path)
        ref = request.world.copy_references.create(request.scope, path, rev)
        entry = request.world.files.metadata(request.scope, path, rev)
    return {
        "metadata": responses.tagged(entry),
        "copy_reference": ref.reference,
        "expires": responses.date(ref.expires_s),
    }


@rpc(blueprint, "files/copy_reference/save", SaveCopyReferenceArg)
def save_copy_reference(request: V2Request, arg: SaveCopyReferenceArg) -> JSONObject:
    """Copy the file or folder of a reference."""
    with (
        writes("path"),
        translated(
            {
                core.CopySourceNotFound: ("not_found",),
                core.CopyRefNotFound: ("invalid_copy_reference",),
                core.TooManyItems: ("too_many_files",),
            }
        ),
    ):
        if arg.path.startswith("//"):
            # Other routes accept two slashes at the beginning; see `locate`.
            raise MalformedPath(arg.path)
        entry = request.world.copy_references.save(
            request.scope,
            arg.copy_reference,
            target(request, arg.path),
            autorename=False,
        )
    return {"metadata": responses.tagged(entry)}


@rpc(blueprint, "files/save_url", SaveUrlArg)
def save_url(request: V2Request, arg: SaveUrlArg) -> JSONObject:
    """Save the content of a link of this emulator. No connection to another host is opened."""
    if not _is_url(arg.url):
        raise tagged_error("invalid_url")
    link = parse(arg.url) or LinkReference("share", "")
    with writes("path"):
        path = target(request, arg.path)
        job = request.world.fetches.save(request.scope, path, link.value, link.kind, link.rlkey)
    return {".tag": "async_job_id", "async_job_id": job.id}


@rpc(blueprint, "files/save_url/check_job_status", PollArg)
def check_save_url(request: V2Request, arg: PollArg) -> JSONObject:
    """Return the result of files/save_url."""
    with translated({core.JobNotFound: ("invalid_async_job_id",)}):
        job = request.world.fetches.find(request.scope, arg.async_job_id)
    if job.status == "failed":
        return {".tag": "failed", "failed": tagged_error("download_failed").error}
    with lookups("path"):
        entry = request.world.files.metadata(request.scope, job.path)
    return {".tag": "complete", **responses.metadata(entry)}


@rpc(blueprint, "files/tags/add", TagArg)
def add_tag(request: V2Request, arg: TagArg) -> None:
    """Add a tag to a file or folder."""
    with lookups("path"), translated({core.LimitExceeded: ("too_many_tags",)}):
        path = place(request, arg.path)
        request.world.tags.add(request.scope, path, arg.tag_text)


@rpc(blueprint, "files/tags/remove", TagArg)
def remove_tag(request: V2Request, arg: TagArg) -> None:
    """Remove a tag from a file or folder."""
    with lookups("path"), translated({core.TagNotFound: ("tag_not_present",)}):
        path = place(request, arg.path)
        request.world.tags.remove(request.scope, path, arg.tag_text)


@rpc(blueprint, "files/tags/get", GetTagsArg)
def get_tags(request: V2Request, arg: GetTagsArg) -> JSONObject:
    """Return the tags of files and folders."""
    return {"paths_to_tags": [_tags(request, path) for path in arg.paths]}


def _is_url(text: str) -> bool:
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        return False
    is_web = url.scheme in ("http", "https") and bool(url.hostname)
    return is_web and not _NEVER_IN_A_URL.search(text)


def _tags(request: V2Request, path: str) -> JSONObject:
    with lookups("path"):
        texts = request.world.tags.of(request.scope, place(request, path))
    tags = [{".tag": "user_generated_tag", "tag_text": text} for text in texts]
    return {"path": path, "tags": tags}
