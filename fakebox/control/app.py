"""The control plane as one WSGI application; it steers whatever a request is bound to."""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.exceptions import HTTPException

from fakebox.control import access, behaviour, faults, files, journal, people, state
from fakebox.control.asked import BadRequest, NotThere

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

log: logging.Logger = logging.getLogger("fakebox.control")

_FAMILIES = (state, faults, behaviour, people, journal, files)


@cache
def create_control() -> Flask:
    """The application, to be mounted at `/_fakebox`; it is made once."""
    app = Flask(__name__, static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    for family in _FAMILIES:
        app.register_blueprint(family.blueprint)
    app.before_request(access.refusal)
    app.register_error_handler(BadRequest, lambda error: ({"error": str(error)}, 400))
    app.register_error_handler(NotThere, lambda error: ({"error": str(error)}, 404))
    app.register_error_handler(HTTPException, _routing)
    app.register_error_handler(Exception, _unexpected)
    return app


def _routing(error: HTTPException) -> ResponseReturnValue:
    return {"error": error.description}, error.code or 500


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.error("a request to the control plane failed", exc_info=error)
    return {"error": "internal error"}, 500
