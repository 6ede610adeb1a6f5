"""files/get_metadata, and the revisions of files.

Source: the wire reference of version 2, files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint

from fakebox.core.errors import FolderInTheWay, NotFound, RevisionNotFound
from fakebox.v2 import responses
from fakebox.v2.media_info import media_info
from fakebox.v2.paths import locate, path_below_root, place, read_path, write_path
from fakebox.v2.route_styles import rpc
from fakebox.v2.schema import Field, anything, boolean, integer, optional, struct, text, union
from fakebox.v2.tagged_errors import failure, lookups, writes

if TYPE_CHECKING:
    from fakebox.core.entry import Entry
    from fakebox.v2.request import V2Request

blueprint: Blueprint = Blueprint("metadata", __name__)

_ALL = 2**31
_REV = text("[0-9a-f]+", min_length=9)


@rpc(
    blueprint,
    "files/get_metadata",
    struct(
        {
            "path": read_path,
            "include_media_info": Field(boolean, False),
            "include_deleted": Field(boolean, False),
            "include_has_explicit_shared_members": Field(boolean, False),
            "include_property_groups": optional(anything),
        }
    ),
)
def get_metadata(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """What is at a path; or was, if that is asked for."""
    with lookups("path"):
        path, rev = locate(request, argument["path"])
        entry = request.world.files.metadata(request.scope, path, rev)
        if entry.is_deleted and not argument["include_deleted"]:
            raise NotFound(path)
    shown = responses.tagged(entry)
    if argument["include_media_info"] and (info := media_info(request, entry)):
        shown["media_info"] = info
    return shown


@rpc(
    blueprint,
    "files/list_revisions",
    struct(
        {
            "path": path_below_root,
            "mode": Field(union({"path": None, "id": None}), None),
            "limit": Field(integer(1, 100), 10),
            "before_rev": optional(_REV),
            "include_restorable_info": Field(boolean, False),
        }
    ),
)
def list_revisions(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """What a file was, newest first; deletions are told of beside it."""
    with lookups("path"):
        path = place(request, argument["path"])
        current = request.world.files.metadata(request.scope, path)
        if current.is_folder and not current.is_deleted:
            raise failure("path", "not_file")
        past = request.world.revisions.list(request.scope, path, _ALL)
    versions = [entry for entry in past if not entry.is_deleted]
    if argument["before_rev"]:
        revs = [entry.rev for entry in versions]
        if argument["before_rev"] not in revs:
            raise failure("invalid_before_rev")
        versions = versions[revs.index(argument["before_rev"]) + 1 :]
    limit = argument["limit"]
    answer: dict[str, Any] = {
        "is_deleted": current.is_deleted,
        "entries": [responses.metadata(entry) for entry in versions[:limit]],
        "has_more": len(versions) > limit,
    }
    if current.is_deleted:
        answer["server_deleted"] = responses.date(current.modified_s)
    return answer


@rpc(blueprint, "files/restore", struct({"path": write_path, "rev": _REV}))
def restore(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """Make a file what it was at a revision."""
    with lookups("path_lookup"):
        path = place(request, argument["path"])
        request.world.files.metadata(request.scope, path)
    entry = _restored(request, path, argument["rev"])
    return responses.metadata(entry)


def _restored(request: V2Request, path: str, rev: str) -> Entry:
    try:
        with writes("path_write"):
            return request.world.revisions.restore(request.scope, path, rev)
    except RevisionNotFound as error:
        raise failure("invalid_revision") from error
    except FolderInTheWay as error:
        raise failure("path_write", "conflict", "folder") from error
