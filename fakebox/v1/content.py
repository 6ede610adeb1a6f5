"""files and files_put: the bytes, up and down. Source: seed; the wire reference, files."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint
from werkzeug.wrappers import Response

from fakebox.core.errors import BadSignature
from fakebox.http.body import BodyError, MalformedBody, raw_stream
from fakebox.http.file_response import send
from fakebox.http.forms import Part, read_parts
from fakebox.media.file_types import file_type_of
from fakebox.v1 import responses
from fakebox.v1.params import Invalid
from fakebox.v1.request import V1Request, in_one_transaction
from fakebox.v1.write_mode import write_mode

blueprint: Blueprint = Blueprint("content", __name__)


@blueprint.route("/files/<root><everything:path>", methods=["GET"])
@in_one_transaction
def get(root: str, path: str) -> Response:
    """A file's bytes, with its metadata in a header."""
    request = V1Request.current()
    scope = request.scope(root)
    entry, file = request.world.files.open(scope, path, request.params.text("rev"))
    response = send(
        request.environ, file, entry.size_bytes, entry.rev, file_type_of(entry.name).mime_type
    )
    response.headers["x-dropbox-metadata"] = responses.header(entry, scope, request.locale)
    return response


@blueprint.route("/files_put/<root><everything:path>", methods=["PUT", "POST"])
def put(root: str, path: str) -> Response:
    """Store the request's body as a file."""
    request = V1Request.current()
    scope, mode = request.scope_before_body(root), write_mode(request.params)
    blocks = raw_stream(request.environ, request.world.settings.upload_limit_bytes)
    entry = request.world.files.upload(scope, path, blocks, mode)
    return responses.json_response(responses.metadata(entry, scope, request.locale))


@blueprint.route("/files/<root><everything:path>", methods=["POST"])
def post(root: str, path: str) -> Response:
    """Store a file that a form carries, under its own name in the folder of the URL."""
    request = V1Request.current()
    try:
        scope = request.scope_before_body(root)
        form = _form(request)
    except BadSignature as error:
        # Clients that sign the file's name as a parameter send it in the form's part alone.
        form = _form_that_may_be_signed(request, error)
        request.also_signed = (("file", form.name),)
        scope = request.scope_before_body(root)
    mode, target = write_mode(request.params), f"{path.rstrip('/')}/{form.name}"
    entry = request.world.files.upload(scope, target, form.blocks(), mode)
    return responses.json_response(responses.metadata(entry, scope, request.locale))


@dataclass(frozen=True)
class _Form:
    name: str
    part: Part
    rest: Iterator[Part]

    def blocks(self) -> Iterator[bytes]:
        # Only a form that was received whole may leave anything behind.
        yield from self.part.blocks
        if next(self.rest, None):
            raise MalformedBody("the form may hold one file alone")


def _form_that_may_be_signed(request: V1Request, error: BadSignature) -> _Form:
    try:
        return _form(request)
    except (BodyError, Invalid):
        raise error from None


def _form(request: V1Request) -> _Form:
    parts = read_parts(request.environ, request.world.settings.upload_limit_bytes)
    part = next(parts, None)
    if part is None or part.name != "file":
        raise Invalid("file", "Missing value")
    if not part.filename or "/" in part.filename:
        raise Invalid("file", "The part's file name is not one")
    return _Form(part.filename, part, parts)
