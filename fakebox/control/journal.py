"""Routes for the journal, at `journal` and `requests`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from fakebox.control.request import BadRequest, namespace
from fakebox.control.serializers import record
from fakebox.http.headers import parse_digits
from fakebox.middleware.har import archive

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from fakebox.middleware.journal_entry import JournalEntry

blueprint: Blueprint = Blueprint("journal", __name__)


@blueprint.get("/journal")
@blueprint.get("/requests")
def requests() -> ResponseReturnValue:
    """List requests, oldest first.

    The parameters `endpoint`, `method`, `path` and `status` are conditions. Every other parameter
    is compared with the parameter of the request that has the same name.
    """
    return {"requests": [record(found) for found in _found()]}


@blueprint.get("/journal.har")
@blueprint.get("/requests.har")
def har() -> ResponseReturnValue:
    """List the same requests as an HTTP archive."""
    return archive(_found())


@blueprint.delete("/journal")
@blueprint.delete("/requests")
def clear() -> ResponseReturnValue:
    """Remove all requests."""
    namespace().requests.clear()
    return Response(status=204)


def _found() -> list[JournalEntry]:
    payload = request.args.to_dict()
    payload.pop("namespace", None)
    status = payload.pop("status", None)
    number = parse_digits(status or "")
    if status is not None and (number is None or len(status) != 3):
        raise BadRequest(f"status must be a number of three digits, not {status!r}")
    return namespace().requests.find(
        payload.pop("endpoint", None),
        method=payload.pop("method", None),
        path=payload.pop("path", None),
        status=number,
        **payload,
    )
