"""Metadata and revisions of files and folders. Source: the wire reference of version 2, files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from flask import Blueprint

from fakebox.core.errors import FolderInTheWay, NotFound, RevisionNotFound
from fakebox.media.file_types import may_have_media_info
from fakebox.media.images import DamagedImage, describe
from fakebox.v2 import responses
from fakebox.v2.paths import PathOrId, ReadPath, Rev, WritePath, locate, place
from fakebox.v2.properties import TemplateFilterBase
from fakebox.v2.route_styles import rpc
from fakebox.v2.schema import Range, Struct
from fakebox.v2.tagged_errors import lookups, tagged_error, writes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fakebox.core.entry import Entry
    from fakebox.v2.request import V2Request
    from fakebox.v2.schema import JSONObject

blueprint: Blueprint = Blueprint("metadata", __name__)


class GetMetadataArg(Struct):
    """Argument of files/get_metadata."""

    path: ReadPath
    include_media_info: bool = False
    include_deleted: bool = False
    include_has_explicit_shared_members: bool = False
    include_property_groups: TemplateFilterBase | None = None


class ListRevisionsArg(Struct):
    """Argument of files/list_revisions."""

    path: PathOrId
    mode: Literal["path", "id"] = "path"
    limit: Annotated[int, Range(1, 100)] = 10
    before_rev: Rev | None = None
    include_restorable_info: bool = False


class RestoreArg(Struct):
    """Argument of files/restore."""

    path: WritePath
    rev: Rev


@rpc(blueprint, "files/get_metadata", GetMetadataArg)
def get_metadata(request: V2Request, arg: GetMetadataArg) -> JSONObject:
    """Return the metadata of a file or folder, or of a deleted one if requested."""
    with lookups("path"):
        path, rev = locate(request, arg.path)
        entry = request.world.files.metadata(request.scope, path, rev)
        if entry.is_deleted and not arg.include_deleted:
            raise NotFound(path)
    payload = responses.tagged(entry)
    if arg.include_has_explicit_shared_members:
        payload |= responses.explicit_members(entry)
    if arg.include_media_info and (info := _media_info(request, entry)):
        payload["media_info"] = info
    return payload


@rpc(blueprint, "files/list_revisions", ListRevisionsArg)
def list_revisions(request: V2Request, arg: ListRevisionsArg) -> JSONObject:
    """Return the revisions of a file, the newest first, without deletions."""
    by_file_id = arg.mode == "id"
    if by_file_id and arg.before_rev:
        raise tagged_error("before_rev_not_supported")
    with lookups("path"):
        path = place(request, arg.path)
        found = request.world.revisions.of_file(request.scope, path, by_file_id=by_file_id)
    entries = _before(arg.before_rev, found.entries) if arg.before_rev else found.entries
    # Every revision can be restored.
    restorable = {"is_restorable": True} if arg.include_restorable_info else {}
    payload: JSONObject = {
        "is_deleted": found.deleted_s is not None,
        "entries": [responses.metadata(entry) | restorable for entry in entries[: arg.limit]],
        "has_more": len(entries) > arg.limit,
    }
    if found.deleted_s is not None:
        payload["server_deleted"] = responses.date(found.deleted_s)
    return payload


@rpc(blueprint, "files/restore", RestoreArg)
def restore(request: V2Request, arg: RestoreArg) -> JSONObject:
    """Restore a file to a revision."""
    with lookups("path_lookup"):
        path = place(request, arg.path)
        request.world.files.metadata(request.scope, path)
    entry = _restored(request, path, arg.rev)
    return responses.metadata(entry)


def _before(rev: str, entries: Sequence[Entry]) -> Sequence[Entry]:
    """Return the revisions that are older than a rev."""
    for position, entry in enumerate(entries):
        if entry.has_rev(rev):
            return entries[position + 1 :]
    raise tagged_error("invalid_before_rev")


def _restored(request: V2Request, path: str, rev: str) -> Entry:
    try:
        with writes("path_write"):
            return request.world.revisions.restore(request.scope, path, rev)
    except RevisionNotFound as error:
        raise tagged_error("invalid_revision") from error
    except FolderInTheWay as error:
        raise tagged_error("path_write", "conflict", "folder") from error


def _media_info(request: V2Request, entry: Entry) -> JSONObject | None:
    if entry.content is None or not may_have_media_info(entry.name, entry.size_bytes):
        return None
    _, file = request.world.files.open(request.scope, entry.path, entry.rev)
    with file:
        try:
            return responses.media_info(describe(file))
        except DamagedImage:
            return None
