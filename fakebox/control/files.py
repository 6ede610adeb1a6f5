"""Routes for the files of an account, without a dialect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from fakebox import directory_sync
from fakebox.control.accounts import find_account
from fakebox.control.request import BadRequest, NotThere, world
from fakebox.core.errors import DropboxError, NotAFile, NotFound
from fakebox.core.files import WriteMode
from fakebox.http.body import BodyError, open_stream
from fakebox.http.file_response import Unsatisfiable, send
from fakebox.media.file_types import file_type_of

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint: Blueprint = Blueprint("files", __name__)


@blueprint.get("/tree/<int:uid>")
def tree(uid: int) -> ResponseReturnValue:
    """List all paths of an account; those of folders end with a slash."""
    entries = world().files.descendants(directory_sync.whole(find_account(uid).id))
    paths = (f"{entry.path}/" if entry.is_folder else entry.path for entry in entries)
    return {"tree": sorted(paths)}


@blueprint.get("/files/<int:uid>/<path:path>")
def get(uid: int, path: str) -> ResponseReturnValue:
    """Return the content of a file."""
    try:
        scope = directory_sync.whole(find_account(uid).id)
        entry, file = world().files.open(scope, f"/{path}")
    except (NotFound, NotAFile) as error:
        raise NotThere(f"there is no file /{path}") from error
    media_type = file_type_of(entry.name).mime_type
    try:
        return send(request.environ, file, entry.size_bytes, entry.rev, media_type)
    except Unsatisfiable as error:
        headers = {"Content-Range": error.content_range}
        return {"error": f"/{path} has {error.size_bytes} bytes"}, 416, headers


@blueprint.put("/files/<int:uid>/<path:path>")
def put(uid: int, path: str) -> ResponseReturnValue:
    """Store the body of the request as a file; an existing file is overwritten."""
    scope = directory_sync.whole(find_account(uid).id)
    try:
        blocks = open_stream(request.environ)
        world().files.upload(scope, f"/{path}", blocks, WriteMode(overwrite=True))
    except (DropboxError, BodyError) as error:
        raise BadRequest(f"/{path} cannot be stored ({type(error).__name__})") from error
    return Response(status=204)
