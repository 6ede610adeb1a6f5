"""The whole emulator as one WSGI application: what a request passes, and in which order.

Which Dropbox it is for; the record of requests; rate limits; faults; and then the room that its
path belongs to. The control plane is reached by none of what lies between, nor are pages' styles.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from fakebox.control.access import ADMIN_TOKEN
from fakebox.control.app import create_control
from fakebox.control.state import NAMESPACES
from fakebox.core.errors import DataRefused
from fakebox.middleware.answers import answer
from fakebox.middleware.faults.effects import befall
from fakebox.middleware.refusals import too_many_requests
from fakebox.middleware.request import Request
from fakebox.namespaces import CONTROL, Namespace, NamespaceRefused
from fakebox.v1.app import create_v1
from fakebox.v2.app import create_v2
from fakebox.web.app import create_web
from fakebox.wire.service import Service

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication

    from fakebox.middleware.record import Record
    from fakebox.namespaces import Namespaces

_PAGES = ("/1/oauth/authorize", "/1/oauth2/authorize")
# Version 2's own, beside those below `/2`.
_V2 = ("/oauth2/token", "/apitul/")
# What pages bring along; no program asks for it, and nobody wants to plan or read about it.
_BROUGHT_ALONG = ("/static/", "/favicon.ico")


def create_app(namespaces: Namespaces, admin_token: str | None = None) -> WSGIApplication:
    """The application that serves these emulated Dropboxes.

    Args:
        namespaces: the Dropboxes.
        admin_token: what the control plane asks for; `None` where only this machine reaches it.
    """
    rooms = _rooms()

    def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        try:
            namespace = namespaces.find(request)
        except (NamespaceRefused, DataRefused) as error:
            return answer(start_response, 400, {"error": str(error)})
        namespace.bind(environ)
        if environ["PATH_INFO"].startswith(CONTROL):
            environ[ADMIN_TOKEN], environ[NAMESPACES] = admin_token, namespaces
            return create_control()(_below(CONTROL, environ), start_response)
        if environ["PATH_INFO"].startswith(_BROUGHT_ALONG):
            return rooms(environ, start_response)
        record = namespace.requests.begin(namespace.world.clock.now(), request)
        return record.follow(
            _answered(namespace, request, record, rooms, record.listen(start_response))
        )

    return app


def _answered(
    namespace: Namespace,
    request: Request,
    record: Record,
    rooms: WSGIApplication,
    start_response: StartResponse,
) -> Iterable[bytes]:
    rate = namespace.limits.rate
    if rate and (wait_s := namespace.limits.wait_s(request.token, record.began_s)):
        record.fault = "rate limit"
        return answer(start_response, rate.status, *too_many_requests(request, wait_s))
    planned = namespace.faults.take(request) if namespace.faults else None
    if planned:
        record.fault = str(planned.fault)
        return befall(planned, request, rooms, start_response)
    return rooms(request.environ, start_response)


@cache
def _rooms() -> WSGIApplication:
    # Flask applications take milliseconds to make, and these know nothing of any world.
    v1, v2, web = create_v1(), create_v2(), create_web()

    def rooms(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ["PATH_INFO"]
        is_page = path.startswith(_PAGES) and not Service.of(environ).options.is_retired
        if path.startswith("/1/") and not is_page:
            return v1(_below("/1", environ), start_response)
        if path.startswith("/2/"):
            return v2(_below("/2", environ), start_response)
        if path.startswith(_V2):
            return v2(environ, start_response)
        return web(environ, start_response)

    return rooms


def _below(mount: str, environ: dict[str, Any]) -> dict[str, Any]:
    environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + mount
    environ["PATH_INFO"] = environ["PATH_INFO"][len(mount) :]
    return environ
