"""Flask for a dialect of the API: without what only web sites have a use for.

A small call spends as much in the framework as in the answer. A dialect's routes know neither hosts
nor coroutines, so finding out about them for each request is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.routing import MapAdapter

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Request


class Dialect(Flask):
    """A Flask application whose routes are the same on every host."""

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """What finds a request's route; see Flask."""
        if request is None:
            return None
        environ = request.environ
        return MapAdapter(
            self.url_map,
            server_name="",
            script_name=environ["SCRIPT_NAME"] or "/",
            subdomain="",
            url_scheme=environ["wsgi.url_scheme"],
            path_info=environ["PATH_INFO"].encode("latin-1").decode(errors="replace"),
            default_method=environ["REQUEST_METHOD"],
        )

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is: none here is a coroutine; see Flask."""
        return func
