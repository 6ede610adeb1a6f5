"""files/get_temporary_upload_link, and what such a link does.

Source: the wire reference of version 2, links for uploading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, abort
from flask import request as flask_request

from fakebox.core.errors import DropboxError, LinkSpent, ReadOnly
from fakebox.core.upload_links import UploadLink
from fakebox.http.body import content_type
from fakebox.http.urls import upload_of
from fakebox.v2.commit_info import COMMIT, blocks, write_mode
from fakebox.v2.paths import target
from fakebox.v2.request import V2Request
from fakebox.v2.responses import json_response, plain
from fakebox.v2.route_styles import rpc
from fakebox.v2.schema import Field, number, struct
from fakebox.v2.tagged_errors import Failure, writes

if TYPE_CHECKING:
    from fakebox.core.entry import Entry

blueprint: Blueprint = Blueprint("upload_links", __name__)

_LONGEST_S = 14_400
_TYPES = ("application/octet-stream", "text/plain")


@rpc(
    blueprint,
    "files/get_temporary_upload_link",
    struct({"commit_info": struct(COMMIT), "duration": Field(number(60, _LONGEST_S), _LONGEST_S)}),
)
def get_temporary_upload_link(request: V2Request, argument: dict[str, Any]) -> dict[str, str]:
    """A URL by which whoever has it uploads one file; what there is counts only then."""
    commit = argument["commit_info"]
    with writes("path"):
        path = target(request, commit["path"])
    link = UploadLink(request.scope, path, write_mode(commit), commit["client_modified"])
    token = request.world.upload_links.make(link, int(argument["duration"]))
    return {"link": upload_of(request.origin, token)}


@blueprint.route("/apitul/1/<token>", methods=["POST"])
def put(token: str) -> Response:
    """Have the body stand where the link's maker has said."""
    if flask_request.script_root:
        abort(404)
    request = V2Request.current()
    if content_type(request.environ) not in _TYPES:
        return plain(f"The Content-Type must be one of {', '.join(_TYPES)}.", 400)
    try:
        with request.world.upload_links.use(token) as link:
            entry = _put(request, token, link)
    except LinkSpent:
        return plain("The link was used, or has expired.", 410)
    except ReadOnly:
        raise
    except (DropboxError, Failure):
        return plain("There is no such link, or the upload has failed.", 409)
    return json_response({"content-hash": entry.content})


def _put(request: V2Request, token: str, link: UploadLink) -> Entry:
    files, body = request.world.files, blocks(request, None)
    with files.receive(body) as incoming, request.world.unit_of_work():
        entry = files.keep(link.scope, link.path, incoming, link.mode, link.client_mtime_s)
        request.world.upload_links.spend(token)
    return entry
