"""chunked_upload and commit_chunked_upload. Source: seed; the wire reference, chunked_upload."""

from flask import Blueprint, Response

from fakebox.core.errors import UploadNotFound
from fakebox.core.upload_sessions import UploadSession
from fakebox.http.body import raw_stream
from fakebox.v1 import responses
from fakebox.v1.params import Invalid
from fakebox.v1.request import V1Request
from fakebox.v1.write_mode import write_mode

blueprint: Blueprint = Blueprint("uploads", __name__)

_LARGEST_OFFSET = 2**62


@blueprint.route("/chunked_upload", methods=["PUT", "POST"])
def chunked_upload() -> Response:
    """Take a chunk, and tell how far the upload has come."""
    request = V1Request.current()
    scope, params = request.scope_before_body(), request.params
    offset = params.integer("offset", 0, 0, _LARGEST_OFFSET)
    blocks = raw_stream(request.environ, request.world.settings.upload_limit_bytes)
    upload_id = params.text("upload_id")
    return _metadata_response(
        request.world.upload_sessions.append(scope, blocks, upload_id, offset)
    )


@blueprint.route("/commit_chunked_upload/<root><everything:path>", methods=["POST"])
def commit(root: str, path: str) -> Response:
    """Have what was uploaded in chunks stand at a path."""
    request = V1Request.current()
    scope, params = request.scope_before_body(root), request.params
    upload_id = params.required("upload_id")
    try:
        entry = request.world.upload_sessions.commit(scope, upload_id, path, write_mode(params))
    except UploadNotFound as error:
        raise Invalid("upload_id", "No upload with upload_id found.") from error
    return responses.json_response(responses.metadata(entry, scope, request.locale))


def _metadata_response(upload: UploadSession) -> Response:
    return responses.json_response(
        {
            "upload_id": upload.id,
            "offset": upload.offset,
            "expires": responses.date(upload.expires_s),
        }
    )
