"""Create, delete, copy and move files and folders, one by one or in batches.

The first versions of these routes return the bare metadata, which later versions wrap.
Source: the wire reference of version 2, operations.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from flask import Blueprint

from fakebox.core import errors as core
from fakebox.core.async_jobs import JobResult
from fakebox.core.entry import Entry
from fakebox.core.path_rules import compose
from fakebox.v2 import responses
from fakebox.v2.jobs import PollArg, attempt, complete, launch, results_view
from fakebox.v2.paths import PathOrId, Rev, WritePath, place, target
from fakebox.v2.route_styles import rpc
from fakebox.v2.schema import Length, Struct
from fakebox.v2.tagged_errors import ErrorTable, lookups, translated, writes

if TYPE_CHECKING:
    from fakebox.v2.request import V2Request
    from fakebox.v2.schema import JSONObject, JSONValue

blueprint: Blueprint = Blueprint("operations", __name__)

# The smallest number of folders for which a job is recorded.
_LARGE_BATCH = 100

CopyOrMove: TypeAlias = Literal["copy", "move"]

_TOO_MANY: ErrorTable = {core.TooManyItems: ("too_many_files",)}
_RELOCATION_ERRORS: ErrorTable = {
    **_TOO_MANY,
    core.NotFound: ("from_lookup", "not_found"),
    core.IntoItself: ("duplicated_or_nested_paths",),
    core.OverQuota: ("insufficient_quota",),
}


class CreateFolderArg(Struct):
    """Argument of files/create_folder and files/create_folder_v2."""

    path: WritePath
    autorename: bool = False


class CreateFolderBatchArg(Struct):
    """Argument of files/create_folder_batch."""

    paths: Annotated[tuple[WritePath, ...], Length(max_items=10_000)]
    autorename: bool = False
    force_async: bool = False


class DeleteArg(Struct):
    """Argument of files/delete, files/delete_v2 and files/permanently_delete."""

    path: PathOrId
    parent_rev: Rev | None = None


class DeleteBatchArg(Struct):
    """Argument of files/delete_batch."""

    entries: Annotated[tuple[DeleteArg, ...], Length(max_items=1000)]


class RelocationPath(Struct):
    """A file or folder that is copied or moved."""

    from_path: PathOrId
    to_path: PathOrId


class RelocationArg(RelocationPath):
    """Argument of files/copy, files/copy_v2, files/move and files/move_v2."""

    allow_shared_folder: bool = False
    autorename: bool = False
    allow_ownership_transfer: bool = False


class RelocationBatchArg(Struct):
    """Argument of files/copy_batch_v2 and files/move_batch_v2."""

    entries: Annotated[tuple[RelocationPath, ...], Length(1, 1000)]
    autorename: bool = False
    allow_ownership_transfer: bool = False


@rpc(blueprint, "files/create_folder_v2", CreateFolderArg)
def create_folder(request: V2Request, arg: CreateFolderArg) -> JSONObject:
    """Create a folder."""
    entry = _create(request, arg.path, arg.autorename)
    return {"metadata": responses.metadata(entry)}


@rpc(blueprint, "files/create_folder", CreateFolderArg)
def bare_create_folder(request: V2Request, arg: CreateFolderArg) -> JSONValue:
    """Create a folder, as files/create_folder_v2 does."""
    return create_folder(request, arg)["metadata"]


@rpc(blueprint, "files/create_folder_batch", CreateFolderBatchArg, is_one_transaction=False)
def create_folder_batch(request: V2Request, arg: CreateFolderBatchArg) -> JSONObject:
    """Create folders, each in its own transaction. A path that occurs twice is one folder."""
    by_path: dict[str, JobResult] = {}
    results = []
    for path in arg.paths:
        key = responses.lower(path)
        if key not in by_path:
            by_path[key] = attempt(request, partial(_create, request, path, arg.autorename))
        results.append(by_path[key])
    if arg.force_async or len(arg.paths) >= _LARGE_BATCH:
        return launch(request, "create_folder", results)
    return complete("create_folder", results)


@rpc(blueprint, "files/delete_v2", DeleteArg)
def delete(request: V2Request, arg: DeleteArg) -> JSONObject:
    """Delete a file, or a folder with all its contents, and return its last metadata."""
    return {"metadata": responses.tagged(_delete(request, arg))}


@rpc(blueprint, "files/delete", DeleteArg)
def bare_delete(request: V2Request, arg: DeleteArg) -> JSONValue:
    """Delete a file or folder, as files/delete_v2 does."""
    return delete(request, arg)["metadata"]


@rpc(blueprint, "files/delete_batch", DeleteBatchArg, is_one_transaction=False)
def delete_batch(request: V2Request, arg: DeleteBatchArg) -> JSONObject:
    """Delete files and folders, each in its own transaction."""
    results = [attempt(request, partial(_delete, request, one)) for one in arg.entries]
    return launch(request, "delete", results)


@rpc(blueprint, "files/permanently_delete", DeleteArg)
def permanently_delete(request: V2Request, arg: DeleteArg) -> None:
    """Delete a file or folder with its revisions."""
    with lookups("path_lookup"):
        path = place(request, arg.path)
        entry = request.world.files.metadata(request.scope, path)
    if not entry.is_deleted:
        _delete(request, arg)
    request.world.revisions.delete_permanently(request.scope, path)


@rpc(blueprint, "files/copy_v2", RelocationArg)
def copy(request: V2Request, arg: RelocationArg) -> JSONObject:
    """Copy a file, or a folder with all its contents."""
    entry = _relocate(request, "copy", arg, arg.autorename)
    return {"metadata": responses.tagged(entry)}


@rpc(blueprint, "files/copy", RelocationArg)
def bare_copy(request: V2Request, arg: RelocationArg) -> JSONValue:
    """Copy a file or folder, as files/copy_v2 does."""
    return copy(request, arg)["metadata"]


@rpc(blueprint, "files/move_v2", RelocationArg)
def move(request: V2Request, arg: RelocationArg) -> JSONObject:
    """Move a file, or a folder with all its contents."""
    entry = _relocate(request, "move", arg, arg.autorename)
    return {"metadata": responses.tagged(entry)}


@rpc(blueprint, "files/move", RelocationArg)
def bare_move(request: V2Request, arg: RelocationArg) -> JSONValue:
    """Move a file or folder, as files/move_v2 does."""
    return move(request, arg)["metadata"]


@rpc(blueprint, "files/copy_batch_v2", RelocationBatchArg, is_one_transaction=False)
def copy_batch(request: V2Request, arg: RelocationBatchArg) -> JSONObject:
    """Copy files and folders, each in its own transaction."""
    return _relocate_many(request, "copy", arg)


@rpc(blueprint, "files/move_batch_v2", RelocationBatchArg, is_one_transaction=False)
def move_batch(request: V2Request, arg: RelocationBatchArg) -> JSONObject:
    """Move files and folders, each in its own transaction."""
    return _relocate_many(request, "move", arg)


# The results of the batches.
rpc(blueprint, "files/create_folder_batch/check", PollArg)(results_view("create_folder"))
rpc(blueprint, "files/delete_batch/check", PollArg)(results_view("delete"))
rpc(blueprint, "files/copy_batch/check_v2", PollArg)(results_view("copy"))
rpc(blueprint, "files/move_batch/check_v2", PollArg)(results_view("move"))


def _create(request: V2Request, path: str, autorename: bool) -> Entry:
    with writes("path"):
        return request.world.files.create_folder(
            request.scope, target(request, path), autorename=autorename
        )


def _delete(request: V2Request, arg: DeleteArg) -> Entry:
    with lookups("path_lookup"):
        path = place(request, arg.path)
        before = request.world.files.metadata(request.scope, path)
    with writes("path_write"), lookups("path_lookup"), translated(_TOO_MANY):
        request.world.files.delete(request.scope, path, parent_rev=arg.parent_rev)
    return before


def _relocate(request: V2Request, kind: CopyOrMove, arg: RelocationPath, autorename: bool) -> Entry:
    with lookups("from_lookup"):
        source = place(request, arg.from_path)
    with writes("to"), translated(_RELOCATION_ERRORS):
        destination = target(request, arg.to_path)
        is_copy = kind == "copy"
        # A move to the same path in another case renames the entry. A copy is an error.
        if compose(source) == compose(destination) or (
            is_copy and responses.lower(source) == responses.lower(destination)
        ):
            raise core.IntoItself(destination)
        files = request.world.files
        operation = files.copy if is_copy else files.move
        return operation(request.scope, source, destination, autorename=autorename)


def _relocate_many(request: V2Request, kind: CopyOrMove, arg: RelocationBatchArg) -> JSONObject:
    results = [
        attempt(request, partial(_relocate, request, kind, pair, arg.autorename))
        for pair in arg.entries
    ]
    return launch(request, kind, results)
