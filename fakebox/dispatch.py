"""Views that are called without a request context of Flask.

For each request, Flask makes two contexts and a session, and sends signals. That takes a fifth of
the time of a small request, and views of the API use none of it: they receive the `RequestContext`
of the emulator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar, cast

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request

from fakebox.context import RequestContext

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask
    from werkzeug.wrappers import Response

ContextT = TypeVar("ContextT", bound=RequestContext)

# The number of the headers Content-Type and Content-Length.
_FRAMING = 2


class ContextView(Generic[ContextT]):
    """A view of a Flask application that needs no request context of Flask."""

    def __call__(self, **values: str) -> Response:
        """Respond to the current request of Flask."""
        return self.respond(cast("ContextT", RequestContext.current()), **values)

    def respond(self, request: ContextT, **values: str) -> Response:
        """Respond to a request.

        Args:
            request: the request.
            values: the variable parts of the URL.
        """
        raise NotImplementedError


class DirectViews:
    """The WSGI application of a Flask application; it calls each `ContextView` itself.

    It finds the view in the URL map of the application. All other requests are left to Flask: those
    with another view or without a view, and those that a hook may respond to
    (`RequestContext.needs_flask`).

    Args:
        app: the application, whose `wsgi_app` this object replaces.
        respond_to_error: makes the response to an exception of a view; the application has to have
            the same error handler.
    """

    def __init__(
        self, app: Flask, respond_to_error: Callable[[Exception, Request], Response]
    ) -> None:
        self._app = app
        self._flask: WSGIApplication = app.wsgi_app
        self._respond_to_error = respond_to_error

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Respond to a request."""
        request = RequestContext.of(environ)
        found = None if request.needs_flask else self._find(environ)
        if found is None:
            return self._flask(environ, start_response)
        view, values = found
        try:
            response = view.respond(request, **values)
        except Exception as error:  # noqa: BLE001 -- Flask catches all exceptions too
            response = self._respond_to_error(error, Request(environ))
        return response(environ, start_response)

    def _find(
        self, environ: WSGIEnvironment
    ) -> tuple[ContextView[RequestContext], Mapping[str, str]] | None:
        try:
            rule, values = self._app.url_map.bind_to_environ(environ).match(return_rule=True)
        except HTTPException:
            return None
        view = self._app.view_functions[rule.endpoint]
        return (view, values) if isinstance(view, ContextView) else None


def with_headers(app: WSGIApplication) -> WSGIApplication:
    """Wrap an application to add the headers of `RequestContext.response_headers`.

    A header of the response itself is kept. It is a WSGI wrapper, because Flask's `after_request`
    takes a tenth of the time of a small request.
    """

    def with_defaults(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(
            status: str, headers: list[tuple[str, str]], exc_info: OptExcInfo | None = None, /
        ) -> Callable[[bytes], object]:
            added = RequestContext.of(environ).response_headers(int(status[:3]))
            # Most responses have the two headers of their body only.
            if len(headers) > _FRAMING:
                names = {name.lower() for name, _ in headers}
                added = [pair for pair in added if pair[0].lower() not in names]
            return start_response(status, [*headers, *added], exc_info)

        return app(environ, start)

    return with_defaults
