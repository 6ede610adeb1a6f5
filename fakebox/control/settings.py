"""clock, settings and the rate limit: how the emulated Dropbox behaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint

from fakebox import config
from fakebox.control.request import BadRequest, body, fields, namespace, require, world
from fakebox.control.serializers import clock
from fakebox.middleware.rate_limit import RateLimit

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from fakebox.core.clock import Clock

blueprint: Blueprint = Blueprint("behaviour", __name__)

_NUMBER = (int, float)


@blueprint.get("/clock")
def show_clock() -> ResponseReturnValue:
    """The time, and whether it stands still."""
    return clock(world().clock)


@blueprint.post("/clock")
def set_clock() -> ResponseReturnValue:
    """Set the time (`set_s`), move it (`advance_s`), stop it or let it run (`frozen`), or go back
    to the machine's (`reset`).
    """
    payload = fields(set_s=_NUMBER, advance_s=_NUMBER, frozen=bool, reset=bool)
    turned = world().clock
    try:
        with turned.at_once():
            _turn(turned, payload)
    except ValueError as error:
        raise BadRequest(str(error)) from error
    return clock(turned)


@blueprint.get("/settings")
def show_settings() -> ResponseReturnValue:
    """How every setting stands."""
    return config.read(namespace())


@blueprint.patch("/settings")
def change_settings() -> ResponseReturnValue:
    """Change some of them."""
    payload = body()
    if not isinstance(payload, dict):
        raise BadRequest("the body is to be a JSON object")
    try:
        config.turn(namespace(), payload)
    except config.InvalidSetting as error:
        raise BadRequest(str(error)) from error
    return config.read(namespace())


@blueprint.put("/rate-limit")
def limit() -> ResponseReturnValue:
    """Let each token make `requests` requests in `per_s` seconds."""
    payload = fields(requests=int, per_s=_NUMBER, status=int)
    require(payload, "requests", "per_s")
    try:
        namespace().limits.rate = RateLimit(**payload)
    except ValueError as error:
        raise BadRequest(str(error)) from error
    return {}


@blueprint.delete("/rate-limit")
def unlimit() -> ResponseReturnValue:
    """Let every token make as many as it likes."""
    namespace().limits.clear()
    return {}


def _turn(turned: Clock, payload: dict[str, Any]) -> None:
    if payload.get("reset"):
        turned.reset()
    if "frozen" in payload:
        turned.freeze() if payload["frozen"] else turned.run()
    if "set_s" in payload:
        turned.set(payload["set_s"])
    if "advance_s" in payload:
        turned.advance(payload["advance_s"])
