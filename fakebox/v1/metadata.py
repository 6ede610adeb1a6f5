"""metadata and search: what is there."""

from flask import Blueprint, Response

from fakebox.core.entry import Entry, Listing
from fakebox.v1 import responses
from fakebox.v1.media_info import with_media_info
from fakebox.v1.params import Invalid
from fakebox.v1.request import V1Request, in_one_transaction

blueprint: Blueprint = Blueprint("metadata", __name__)

_LISTING_LIMIT = 25_000
_DEFAULT_LISTING_LIMIT = 10_000
_SEARCH_LIMIT = 1_000
_QUERY_CHARACTERS = 3


@blueprint.route("/metadata/<root><everything:path>", methods=["GET", "POST"])
@in_one_transaction
def metadata(root: str, path: str) -> Response:
    """A file or folder, listed if wanted. Source: seed; the wire reference, metadata."""
    request = V1Request.current()
    scope, params = request.scope(root), request.params
    limit = params.integer("file_limit", _DEFAULT_LISTING_LIMIT, 1, _LISTING_LIMIT)
    include_deleted = params.boolean("include_deleted", False)
    rev = params.text("rev")
    shown: Entry | Listing
    if rev is not None or not params.boolean("list", True):
        shown = request.world.files.metadata(scope, path, rev)
    else:
        shown = request.world.files.list(scope, path, include_deleted=include_deleted, limit=limit)
    fields = responses.metadata(shown, scope, request.locale)
    if "hash" in fields and fields["hash"] == params.text("hash"):
        return Response(status=304)
    return responses.json_response(with_media_info(fields, request, scope))


@blueprint.route("/search/<root><everything:path>", methods=["GET", "POST"])
@in_one_transaction
def search(root: str, path: str) -> Response:
    """Names that hold every word of a query. Source: seed; the wire reference, search."""
    request = V1Request.current()
    scope, params = request.scope(root), request.params
    query = params.required("query")
    if len(query.strip()) < _QUERY_CHARACTERS:
        raise Invalid("query", f"Enter a value {_QUERY_CHARACTERS} characters long or more")
    found = request.world.search.find(
        scope,
        path,
        query,
        limit=params.integer("file_limit", _SEARCH_LIMIT, 1, _SEARCH_LIMIT),
        include_deleted=params.boolean("include_deleted", False),
    )
    return responses.json_response(
        [responses.metadata(entry, scope, request.locale) for entry in found]
    )
