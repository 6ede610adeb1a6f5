"""Calls that copy, move, create and delete, sent to version 2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dropbox.v2.metadata import as_deleted

if TYPE_CHECKING:
    from dropbox.json_response import JsonObject
    from dropbox.v2.v1_request import V1Request


def copy(request: V1Request) -> JsonObject:
    """Copy a file or folder, from its path or from a copy reference."""
    if "from_copy_ref" in request.params:
        argument = {
            "copy_reference": request.params["from_copy_ref"],
            "path": request.params["to_path"],
        }
        result = request.client.call("files/copy_reference/save", argument)
        return request.v1_metadata(result["metadata"])
    return _copy_or_move(request, "files/copy_v2")


def move(request: V1Request) -> JsonObject:
    """Move a file or folder."""
    return _copy_or_move(request, "files/move_v2")


def create_folder(request: V1Request) -> JsonObject:
    """Create a folder."""
    result = request.client.call("files/create_folder_v2", {"path": request.params["path"]})
    return request.v1_metadata(result["metadata"])


def delete(request: V1Request) -> JsonObject:
    """Delete a file or folder."""
    result = request.client.call("files/delete_v2", {"path": request.params["path"]})
    return as_deleted(request.v1_metadata(result["metadata"]))


def _copy_or_move(request: V1Request, route: str) -> JsonObject:
    paths = {name: request.params[name] for name in ("from_path", "to_path")}
    result = request.client.call(route, {**paths, "autorename": True})
    return request.v1_metadata(result["metadata"])
