"""Copying, moving, making and deleting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dropbox.v2.metadata import deleted

if TYPE_CHECKING:
    from dropbox.v2.v1_request import Asked


def copy(asked: Asked) -> dict[str, Any]:
    """Copy what is at a path, or what a reference stands for."""
    if "from_copy_ref" in asked.params:
        wish = {
            "copy_reference": asked.params["from_copy_ref"],
            "path": asked.params["to_path"],
        }
        return asked.shown(asked.wire.call("files/copy_reference/save", wish)["metadata"])
    return _relocated(asked, "files/copy_v2")


def move(asked: Asked) -> dict[str, Any]:
    """Move what is at a path."""
    return _relocated(asked, "files/move_v2")


def create_folder(asked: Asked) -> dict[str, Any]:
    """Make a folder."""
    told = asked.wire.call("files/create_folder_v2", {"path": asked.params["path"]})
    return asked.shown(told["metadata"])


def delete(asked: Asked) -> dict[str, Any]:
    """Delete what is at a path."""
    told = asked.wire.call("files/delete_v2", {"path": asked.params["path"]})
    return deleted(asked.shown(told["metadata"]))


def _relocated(asked: Asked, route: str) -> dict[str, Any]:
    ends = {name: asked.params[name] for name in ("from_path", "to_path")}
    told = asked.wire.call(route, {**ends, "autorename": True})
    return asked.shown(told["metadata"])
