"""Routes for the clock, the settings and the rate limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint

from fakebox import config
from fakebox.control.request import BadRequest, body, fields, namespace, world
from fakebox.control.serializers import clock
from fakebox.middleware.rate_limit import RateLimit

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from fakebox.core.clock import Clock

blueprint: Blueprint = Blueprint("settings", __name__)


@blueprint.get("/clock")
def show_clock() -> ResponseReturnValue:
    """Return the time, and whether the clock is frozen."""
    return clock(world().clock)


@blueprint.post("/clock")
def set_clock() -> ResponseReturnValue:
    """Set the clock (`set_s`), advance it (`advance_s`), freeze it or let it run (`frozen`), or
    use the time of the machine (`reset`).
    """
    payload = fields()
    emulated = world().clock
    try:
        with emulated.at_once():
            _set_clock(emulated, payload)
    except ValueError as error:
        raise BadRequest(str(error)) from error
    return clock(emulated)


@blueprint.get("/settings")
def show_settings() -> ResponseReturnValue:
    """Return all settings."""
    return config.read(namespace())


@blueprint.patch("/settings")
def change_settings() -> ResponseReturnValue:
    """Change settings."""
    payload = body()
    if not isinstance(payload, dict):
        raise BadRequest(f"the body must be a JSON object, not {type(payload).__name__}")
    try:
        config.change(namespace(), payload)
    except config.InvalidSetting as error:
        raise BadRequest(str(error)) from error
    return config.read(namespace())


@blueprint.put("/rate-limit")
def limit() -> ResponseReturnValue:
    """Limit each token to `requests` requests in `per_s` seconds."""
    payload = fields()
    try:
        namespace().limits.rate = RateLimit(**payload)
    except ValueError as error:
        raise BadRequest(str(error)) from error
    return {}


@blueprint.delete("/rate-limit")
def unlimit() -> ResponseReturnValue:
    """Remove the rate limit."""
    namespace().limits.clear()
    return {}


def _set_clock(emulated: Clock, payload: dict[str, Any]) -> None:
    if payload.get("reset"):
        emulated.reset()
    if "frozen" in payload:
        emulated.freeze() if payload["frozen"] else emulated.run()
    if "set_s" in payload:
        emulated.set(payload["set_s"])
    if "advance_s" in payload:
        emulated.advance(payload["advance_s"])
