"""Making, deleting, copying and moving, one by one and in batches.

The routes of the first days answer the bare metadata, which those after them wrap.
Source: the wire reference of version 2, operations.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint

from fakebox.core import errors as core
from fakebox.v2 import responses
from fakebox.v2.jobs import JOB_ID, attempt, complete, launch, outcome
from fakebox.v2.paths import path_below_root, place, target, write_path
from fakebox.v2.route_styles import rpc
from fakebox.v2.schema import Field, boolean, items, optional, struct, text
from fakebox.v2.tagged_errors import lookups, translated, writes

if TYPE_CHECKING:
    from fakebox.core.entry import Entry
    from fakebox.v2.request import V2Request

blueprint: Blueprint = Blueprint("folders", __name__)

_TOO_MANY: dict[type[Exception], tuple[str, ...]] = {core.TooManyItems: ("too_many_files",)}
_RELOCATION_FAILURES: dict[type[Exception], tuple[str, ...]] = {
    **_TOO_MANY,
    core.NotFound: ("from_lookup", "not_found"),
    core.IntoItself: ("duplicated_or_nested_paths",),
    core.OverQuota: ("insufficient_quota",),
}
_FLAG = Field(boolean, False)
_CREATE = struct({"path": write_path, "autorename": _FLAG})
_DELETE: dict[str, Any] = {
    "path": path_below_root,
    "parent_rev": optional(text("[0-9a-f]+", min_length=9)),
}
_RELOCATION: dict[str, Any] = {"from_path": path_below_root, "to_path": path_below_root}
_RELOCATE = struct(
    {
        **_RELOCATION,
        "allow_shared_folder": _FLAG,
        "autorename": _FLAG,
        "allow_ownership_transfer": _FLAG,
    }
)
_RELOCATE_MANY = struct(
    {
        "entries": items(struct(_RELOCATION), min_items=1, max_items=1000),
        "autorename": _FLAG,
        "allow_ownership_transfer": _FLAG,
    }
)


@rpc(blueprint, "files/create_folder_v2", _CREATE)
def create_folder(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """Make a folder."""
    entry = _create(request, argument["path"], argument["autorename"])
    return {"metadata": responses.metadata(entry)}


@rpc(blueprint, "files/create_folder", _CREATE)
def bare_create_folder(request: V2Request, argument: dict[str, Any]) -> Any:
    """As create_folder_v2."""
    return create_folder(request, argument)["metadata"]


@rpc(
    blueprint,
    "files/create_folder_batch",
    struct(
        {
            "paths": items(write_path, max_items=10_000),
            "autorename": _FLAG,
            "force_async": _FLAG,
        }
    ),
    is_one_transaction=False,
)
def create_folder_batch(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """Make many folders; each on its own."""
    rename = argument["autorename"]
    results = [
        attempt(request, partial(_create, request, path, rename)) for path in argument["paths"]
    ]
    if argument["force_async"]:
        return launch(request, "create_folder", results)
    return complete("create_folder", results)


@rpc(blueprint, "files/create_folder_batch/check", JOB_ID)
def check_create_folder_batch(request: V2Request, argument: dict[str, Any]) -> Any:
    """What came of create_folder_batch."""
    return outcome(request, "create_folder", argument)


@rpc(blueprint, "files/delete_v2", struct(_DELETE))
def delete(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """Delete a file, or a folder with everything in it; what it was is told."""
    return {"metadata": responses.tagged(_delete(request, argument))}


@rpc(blueprint, "files/delete", struct(_DELETE))
def bare_delete(request: V2Request, argument: dict[str, Any]) -> Any:
    """As delete_v2."""
    return delete(request, argument)["metadata"]


@rpc(
    blueprint,
    "files/delete_batch",
    struct({"entries": items(struct(_DELETE), max_items=1000)}),
    is_one_transaction=False,
)
def delete_batch(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """Delete many; each on its own."""
    results = [attempt(request, partial(_delete, request, one)) for one in argument["entries"]]
    return launch(request, "delete", results)


@rpc(blueprint, "files/delete_batch/check", JOB_ID)
def check_delete_batch(request: V2Request, argument: dict[str, Any]) -> Any:
    """What came of delete_batch."""
    return outcome(request, "delete", argument)


@rpc(blueprint, "files/permanently_delete", struct(_DELETE))
def permanently_delete(request: V2Request, argument: dict[str, Any]) -> None:
    """Delete, and forget what was there before."""
    with lookups("path_lookup"):
        path = place(request, argument["path"])
        entry = request.world.files.metadata(request.scope, path)
    if not entry.is_deleted:
        _delete(request, argument)
    request.world.revisions.forget(request.scope, path)


@rpc(blueprint, "files/copy_v2", _RELOCATE)
def copy(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """Copy a file, or a folder with everything in it."""
    entry = _relocate(request, request.world.files.copy, argument, argument["autorename"])
    return {"metadata": responses.tagged(entry)}


@rpc(blueprint, "files/copy", _RELOCATE)
def bare_copy(request: V2Request, argument: dict[str, Any]) -> Any:
    """As copy_v2."""
    return copy(request, argument)["metadata"]


@rpc(blueprint, "files/move_v2", _RELOCATE)
def move(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """Move a file, or a folder with everything in it."""
    entry = _relocate(request, request.world.files.move, argument, argument["autorename"])
    return {"metadata": responses.tagged(entry)}


@rpc(blueprint, "files/move", _RELOCATE)
def bare_move(request: V2Request, argument: dict[str, Any]) -> Any:
    """As move_v2."""
    return move(request, argument)["metadata"]


@rpc(blueprint, "files/copy_batch_v2", _RELOCATE_MANY, is_one_transaction=False)
def copy_batch(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """Copy many; each on its own."""
    return _relocate_many(request, "copy", request.world.files.copy, argument)


@rpc(blueprint, "files/move_batch_v2", _RELOCATE_MANY, is_one_transaction=False)
def move_batch(request: V2Request, argument: dict[str, Any]) -> dict[str, Any]:
    """Move many; each on its own."""
    return _relocate_many(request, "move", request.world.files.move, argument)


@rpc(blueprint, "files/copy_batch/check_v2", JOB_ID)
def check_copy_batch(request: V2Request, argument: dict[str, Any]) -> Any:
    """What came of copy_batch."""
    return outcome(request, "copy", argument)


@rpc(blueprint, "files/move_batch/check_v2", JOB_ID)
def check_move_batch(request: V2Request, argument: dict[str, Any]) -> Any:
    """What came of move_batch."""
    return outcome(request, "move", argument)


def _create(request: V2Request, path: str, autorename: bool) -> Entry:
    with writes("path"):
        return request.world.files.create_folder(
            request.scope, target(request, path), autorename=autorename
        )


def _delete(request: V2Request, argument: dict[str, Any]) -> Entry:
    with lookups("path_lookup"):
        path = place(request, argument["path"])
        before = request.world.files.metadata(request.scope, path)
    with writes("path_write"), lookups("path_lookup"), translated(_TOO_MANY):
        request.world.files.delete(request.scope, path, parent_rev=argument["parent_rev"])
    return before


Operation = Callable[..., "Entry"]


def _relocate(
    request: V2Request, operation: Operation, argument: dict[str, Any], autorename: bool
) -> Entry:
    with lookups("from_lookup"):
        source = place(request, argument["from_path"])
    with writes("to"), translated(_RELOCATION_FAILURES):
        goal = target(request, argument["to_path"])
        is_copy = operation == request.world.files.copy
        # Another spelling of the same path renames what is there, but copies it nowhere.
        if source == goal or (is_copy and responses.lower(source) == responses.lower(goal)):
            raise core.IntoItself(goal)
        return operation(request.scope, source, goal, autorename=autorename)


def _relocate_many(
    request: V2Request, kind: str, operation: Operation, argument: dict[str, Any]
) -> dict[str, Any]:
    results = [
        attempt(request, partial(_relocate, request, operation, pair, argument["autorename"]))
        for pair in argument["entries"]
    ]
    return launch(request, kind, results)
