"""check/user and check/app: whether one gets through. Source: the wire reference of version 2."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from fakebox.v2.request import V2Request
from fakebox.v2.route_styles import rpc
from fakebox.v2.schema import Field, struct, text

blueprint: Blueprint = Blueprint("check", __name__)

_ECHO = struct({"query": Field(text(max_length=500), "")})


@rpc(blueprint, "check/user", _ECHO)
def check_user(_: V2Request, argument: dict[str, Any]) -> dict[str, str]:
    """The text that came, to whoever has a good token."""
    return {"result": argument["query"]}


@rpc(blueprint, "check/app", _ECHO, auth="app")
def check_app(_: V2Request, argument: dict[str, Any]) -> dict[str, str]:
    """The text that came, to whoever has an app's key and secret."""
    return {"result": argument["query"]}
