"""The emulator as one WSGI application.

A request passes the namespace, the journal, the compression of its response, the rate limit and the
faults, and then the application of its path. For the control plane and static files, a request
passes the namespace only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from fakebox.context import Operation, RequestContext
from fakebox.control.app import create_control
from fakebox.control.request import ControlRequest
from fakebox.core.errors import DataDirectoryError
from fakebox.http.headers import isolate
from fakebox.http.urls import TEMPORARY_LINKS, served_path
from fakebox.middleware.compression import compressed
from fakebox.middleware.faults import Endpoints
from fakebox.middleware.faults.effects import apply_fault
from fakebox.middleware.responses import merged, respond, too_many_requests, usual_headers
from fakebox.namespaces import CONTROL, NamespaceError
from fakebox.v1.app import create_v1
from fakebox.v1.request import V1Request
from fakebox.v2.app import create_v2
from fakebox.v2.request import V2Request
from fakebox.web.app import create_web

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask

    from fakebox.middleware.journal_entry import JournalEntry
    from fakebox.namespaces import ControlledNamespace, Namespaces

_PAGES = ("/1/oauth/authorize", "/1/oauth2/authorize")
# Paths of version 2 that are not below `/2`.
_V2 = ("/oauth2/token", "/apitul/")
# Files of pages; requests for them are not in the journal, and no faults apply.
_STATIC = ("/static/", "/favicon.ico")


# A variable part of a rule of Werkzeug.
_VARIABLE = re.compile(r"<(?:(?P<converter>\w+)(?:\([^)]*\))?:)?(?P<name>\w+)>")


@dataclass(frozen=True)
class _Mount:
    app: Flask
    prefix: str
    make_context: Callable[[WSGIEnvironment], RequestContext]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Call the application with the prefix moved to SCRIPT_NAME."""
        environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + self.prefix
        environ["PATH_INFO"] = environ["PATH_INFO"][len(self.prefix) :]
        return self.app(environ, start_response)


class _Mounts:
    """The applications of all paths; they are shared by all emulators of the process."""

    def __init__(self) -> None:
        v2 = create_v2()
        self.v1 = _Mount(create_v1(), "/1", V1Request)
        self.v2 = _Mount(v2, "/2", V2Request)
        self.v2_at_root = _Mount(v2, "", V2Request)
        self.web = _Mount(create_web(), "", RequestContext)

    def find(self, path: str) -> _Mount:
        """Return the application of a path."""
        if path.startswith("/1/"):
            return self.web if path.startswith((*_PAGES, TEMPORARY_LINKS)) else self.v1
        if path.startswith("/2/"):
            return self.v2
        return self.v2_at_root if path.startswith(_V2) else self.web

    def endpoints(self) -> Iterable[str]:
        """The endpoints of all applications; in a name, `*` is a part that varies."""
        for mount in (self.v1, self.v2, self.v2_at_root, self.web):
            for rule in mount.app.url_map.iter_rules():
                path = mount.prefix + _VARIABLE.sub(_example, rule.rule)
                # An application is mounted twice, but each of its rules is used at one place.
                if self.find(path) is mount and not path.startswith(_STATIC):
                    yield Operation.of(path).endpoint


_mounts = cache(_Mounts)


def _example(variable: re.Match[str]) -> str:
    """The text in place of a variable part of a rule, so that the endpoint can be parsed."""
    if variable["name"] == "root":
        return "dropbox"
    return "" if variable["converter"] == "everything" else "*"


# The endpoints that faults can have.
ENDPOINTS: Endpoints = Endpoints(lambda: _mounts().endpoints())


def create_app(
    namespaces: Namespaces, admin_token: str | None = None, ca_pem: str | None = None
) -> WSGIApplication:
    """Make the application that serves these namespaces.

    Args:
        namespaces: the namespaces.
        admin_token: the token for the control plane; `None` if only this machine can reach it.
        ca_pem: the CA certificate that signed the certificate of the server; `None` for none.
    """
    mounts = _mounts()

    def make_control_context(environ: WSGIEnvironment) -> RequestContext:
        return ControlRequest(environ, namespaces, admin_token, ca_pem)

    control = _Mount(create_control(), CONTROL, make_control_context)

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = served_path(environ["PATH_INFO"], environ.get("HTTP_HOST", ""))
        mount = control if path.startswith(CONTROL) else mounts.find(path)
        # The context has the path as it was sent, which a signature covers.
        context = mount.make_context(environ)
        environ["PATH_INFO"] = path
        if mount is control:
            # The control plane finds the namespace after authorization.
            return mount(environ, start_response)
        try:
            namespace = context.namespace = namespaces.find(context)
        except (NamespaceError, DataDirectoryError) as error:
            headers = usual_headers(context, 400)
            return respond(start_response, 400, {"error": str(error)}, headers)
        if path.startswith(_STATIC):
            return mount(environ, start_response)
        if namespace.options.is_retired and path.startswith(_PAGES):
            mount = mounts.v1
        entry = namespace.requests.begin(namespace.world.clock.now(), context)

        def respond_to(_: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
            return _respond(namespace, context, entry, mount, start)

        respond_all = compressed(respond_to) if context.is_compressed else respond_to
        response = respond_all(environ, entry.listen(start_response))
        return entry.follow(response)

    return isolate(app)


def _respond(
    namespace: ControlledNamespace,
    context: RequestContext,
    entry: JournalEntry,
    app: WSGIApplication,
    start_response: StartResponse,
) -> Iterable[bytes]:
    rate = namespace.limits.rate
    if rate and (wait_s := namespace.limits.wait_s(context.token, entry.began_s)):
        entry.fault = "rate limit"
        body, headers = too_many_requests(context, wait_s)
        headers = merged(usual_headers(context, rate.status), headers)
        return respond(start_response, rate.status, body, headers)
    planned = namespace.faults.take(context) if namespace.faults else None
    if planned:
        entry.fault = str(planned.fault)
        return apply_fault(planned, context, app, start_response)
    return app(context.environ, start_response)
