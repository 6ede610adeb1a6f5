"""Views that are called without a request context of Flask.

For each request, Flask makes two contexts and a session, and sends signals. That takes a fifth of
the time of a small request, and views of the API use none of it: they receive the `RequestContext`
of the emulator.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from werkzeug.exceptions import HTTPException

from fakebox.context import RequestContext

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask
    from werkzeug.wrappers import Response

ContextT = TypeVar("ContextT", bound=RequestContext)


class ContextView(ABC, Generic[ContextT]):
    """A view of a Flask application that needs no request context of Flask."""

    def __call__(self, **values: str) -> Response:
        """Respond to the current request of Flask."""
        return self.respond(cast("ContextT", RequestContext.current()), **values)

    @abstractmethod
    def respond(self, request: ContextT, **values: str) -> Response:
        """Respond to a request.

        Args:
            request: the request.
            values: the variable parts of the URL.
        """


def call_views_directly(app: Flask) -> None:
    """Let an application call each `ContextView` without a request context of Flask.

    The view is found by the URL map of the application. Everything else is left to Flask: other
    views, requests without a view, and exceptions of views, for which it finds the error handler.

    Hooks of the application are called only for requests with `RequestContext.needs_flask`, and
    after an exception.
    """
    app.before_request(_raise_error_of_view)
    app.wsgi_app = _DirectViews(app)  # type: ignore[method-assign]


def _raise_error_of_view() -> None:
    request = RequestContext.current()
    error, request.view_error = request.view_error, None
    if error:
        try:
            raise error
        finally:
            # The traceback of the error has a reference to this frame.
            del error


class _DirectViews:
    def __init__(self, app: Flask) -> None:
        self._app = app
        self._flask: WSGIApplication = app.wsgi_app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = RequestContext.of(environ)
        found = None if request.needs_flask else self._find(environ)
        if found:
            view, values = found
            try:
                response = view.respond(request, **values)
            except Exception as error:  # noqa: BLE001 -- Flask raises it again
                request.view_error = error
            else:
                return response(environ, start_response)
        return self._flask(environ, start_response)

    def _find(
        self, environ: WSGIEnvironment
    ) -> tuple[ContextView[RequestContext], Mapping[str, str]] | None:
        try:
            rule, values = self._app.url_map.bind_to_environ(environ).match(return_rule=True)
        except HTTPException:
            return None
        view = self._app.view_functions[rule.endpoint]
        return (view, values) if isinstance(view, ContextView) else None
