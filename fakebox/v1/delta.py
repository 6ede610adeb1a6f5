"""delta, its latest cursor, and waiting for changes."""

from typing import Any

from flask import Blueprint, Response

from fakebox.core.change_log import Change
from fakebox.v1 import responses
from fakebox.v1.media_info import with_media_info
from fakebox.v1.request import V1Request, in_one_transaction

blueprint: Blueprint = Blueprint("delta", __name__)

_SHORTEST_WAIT_S, _LONGEST_WAIT_S = 30, 480


@blueprint.route("/delta", methods=["GET", "POST"])
@in_one_transaction
def delta() -> Response:
    """What has changed since a cursor. Source: seed; the wire reference, delta."""
    request = V1Request.current()
    scope = request.default_scope()
    page = request.world.change_log.page(scope, request.params.text("cursor"), **_view(request))

    def entry(change: Change) -> list[Any]:
        if change.entry is None:
            return [change.path, None]
        fields = responses.metadata(change.entry, scope, request.locale)
        return [change.path, with_media_info(fields, request, scope)]

    return responses.json_response(
        {
            "entries": [entry(change) for change in page.changes],
            "reset": page.reset,
            "cursor": page.cursor,
            "has_more": page.has_more,
        }
    )


@blueprint.route("/delta/latest_cursor", methods=["GET", "POST"])
@in_one_transaction
def latest_cursor() -> Response:
    """A cursor that has seen all. Source: the wire reference, delta/latest_cursor."""
    request = V1Request.current()
    cursor = request.world.change_log.latest_cursor(request.default_scope(), **_view(request))
    return responses.json_response({"cursor": cursor})


@blueprint.route("/longpoll_delta", methods=["GET"])
def longpoll_delta() -> Response:
    """Whether there are changes, as soon as there are. Source: the wire reference, longpoll."""
    request = V1Request.current()
    cursor = request.params.required("cursor")
    wait_s = request.params.integer("timeout", _SHORTEST_WAIT_S, _SHORTEST_WAIT_S, _LONGEST_WAIT_S)
    changes = request.world.change_log.wait(cursor, request.patience_s(wait_s))
    payload: dict[str, Any] = {"changes": changes}
    if backoff_s := request.options.longpoll_backoff_s:
        payload["backoff"] = backoff_s
    return responses.json_response(payload)


def _view(request: V1Request) -> dict[str, Any]:
    params = request.params
    return {
        "prefix": params.text("path_prefix") or "",
        "with_media": params.boolean("include_media_info", False),
    }
