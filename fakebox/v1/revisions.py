"""revisions and restore: the past of a file."""

from flask import Blueprint, Response

from fakebox.v1 import responses
from fakebox.v1.request import V1Request, in_one_transaction

blueprint: Blueprint = Blueprint("revisions", __name__)

_LIMIT = 1_000
_DEFAULT_LIMIT = 10


@blueprint.route("/revisions/<root><everything:path>", methods=["GET", "POST"])
@in_one_transaction
def revisions(root: str, path: str) -> Response:
    """What stood at a path, newest first. Source: seed; the wire reference, revisions."""
    request = V1Request.current()
    scope = request.scope(root)
    limit = request.params.integer("rev_limit", _DEFAULT_LIMIT, 1, _LIMIT)
    entries = request.world.revisions.list(scope, path, limit)
    return responses.json_response(
        [responses.metadata(entry, scope, request.locale) for entry in entries]
    )


@blueprint.route("/restore/<root><everything:path>", methods=["GET", "POST"])
@in_one_transaction
def restore(root: str, path: str) -> Response:
    """Make a file what it was. Source: seed; the wire reference, restore."""
    request = V1Request.current()
    scope, rev = request.scope(root), request.params.required("rev")
    entry = request.world.revisions.restore(scope, path, rev)
    return responses.json_response(responses.metadata(entry, scope, request.locale))
