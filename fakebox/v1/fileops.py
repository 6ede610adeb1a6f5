"""The calls fileops/copy, move, create_folder and delete. Source: the wire reference, fileops."""

from flask import Blueprint, Response

from fakebox.core.accounts import Scope
from fakebox.core.entry import Entry
from fakebox.v1 import responses
from fakebox.v1.request import AmbiguousSource, V1Request, route

blueprint: Blueprint = Blueprint("fileops", __name__, url_prefix="/fileops")

_METHODS = ["GET", "POST"]


@route(blueprint, "/copy", _METHODS)
def copy(request: V1Request) -> Response:
    """Copy a file or folder from a path or a copy reference."""
    scope, params, files = request.scope(), request.params, request.world.files
    from_path, ref = params.text("from_path"), params.text("from_copy_ref")
    to_path = params.required("to_path")
    if ref and not from_path:
        copied = request.world.copy_references.save(scope, ref, to_path)
        return _listed_response(request, scope, copied)
    if from_path and not ref:
        return _listed_response(request, scope, files.copy(scope, from_path, to_path))
    raise AmbiguousSource


@route(blueprint, "/move", _METHODS)
def move(request: V1Request) -> Response:
    """Move or rename a file or folder."""
    scope = request.scope()
    from_path, to_path = request.params.required("from_path"), request.params.required("to_path")
    moved = request.world.files.move(scope, from_path, to_path, changes_case=False)
    return _listed_response(request, scope, moved)


@route(blueprint, "/create_folder", _METHODS)
def create_folder(request: V1Request) -> Response:
    """Create a folder."""
    scope = request.scope()
    path = request.params.required("path")
    return _metadata_response(request, scope, request.world.files.create_folder(scope, path))


@route(blueprint, "/delete", _METHODS)
def delete(request: V1Request) -> Response:
    """Delete a file or folder."""
    scope = request.scope()
    path = request.params.required("path")
    return _metadata_response(request, scope, request.world.files.delete(scope, path))


def _listed_response(request: V1Request, scope: Scope, entry: Entry) -> Response:
    """Respond with metadata, of a folder with its entries."""
    shown = request.world.files.list(scope, entry.path)
    return responses.json_response(responses.metadata(shown, scope, request.locale))


def _metadata_response(request: V1Request, scope: Scope, entry: Entry) -> Response:
    return responses.json_response(responses.metadata(entry, scope, request.locale))
