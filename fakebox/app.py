"""The whole emulator as one WSGI application: what a request passes, and in which order."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from fakebox.control.app import create_control
from fakebox.v1.app import create_v1
from fakebox.web.app import create_web

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication

    from fakebox.namespaces import Namespaces

_PAGES = ("/1/oauth/authorize", "/1/oauth2/authorize")


def create_app(namespaces: Namespaces) -> WSGIApplication:
    """The application that serves these emulated Dropboxes."""
    rooms = _rooms()

    def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        namespaces.find(environ).bind(environ)
        return rooms(environ, start_response)

    return app


@cache
def _rooms() -> WSGIApplication:
    # Flask applications take milliseconds to make, and these know nothing of any world.
    v1, web, control = create_v1(), create_web(), create_control()

    def rooms(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ["PATH_INFO"]
        if path.startswith("/1/") and not path.startswith(_PAGES):
            return v1(_below("/1", environ), start_response)
        if path.startswith("/_fakebox"):
            return control(_below("/_fakebox", environ), start_response)
        return web(environ, start_response)

    return rooms


def _below(mount: str, environ: dict[str, Any]) -> dict[str, Any]:
    environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + mount
    environ["PATH_INFO"] = environ["PATH_INFO"][len(mount) :]
    return environ
