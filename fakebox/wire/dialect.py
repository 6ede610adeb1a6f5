"""Flask for a dialect of the API: without what only web sites have a use for.

A small call spends as much in the framework as in the answer. A dialect's routes know neither hosts
nor coroutines, it has no sessions and nobody listens to its signals, so none of that is looked for
at each request. What is overridden is what Flask documents for the purpose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Flask
from flask.sessions import NullSession, SessionInterface
from werkzeug.routing import MapAdapter

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Request, Response
    from flask.sessions import SessionMixin


class _NoSessions(SessionInterface):
    _none = NullSession()

    def open_session(self, app: Flask, request: Request) -> SessionMixin:  # noqa: ARG002
        return self._none


class Dialect(Flask):
    """A Flask application with the same routes on every host; its views return Responses.

    Of Flask's hooks it has `before_request` of the application, and error handlers.
    """

    session_interface: SessionInterface = _NoSessions()

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

    def full_dispatch_request(self) -> Response:
        """The answer of a view, or of the handler of what it raised; see Flask."""
        answer: Any
        try:
            answer = self.preprocess_request()
            if answer is None:
                answer = self.dispatch_request()
        except Exception as error:  # noqa: BLE001 -- passed on where there is no handler
            answer = self.handle_user_exception(error)
        response: Response = answer
        return response

    def preprocess_request(self) -> Any:
        """What a hook answers in place of the view, if one does; see Flask."""
        for hook in self.before_request_funcs.get(None, ()):
            answer = hook()
            if answer is not None:
                return answer
        return None

    def do_teardown_request(self, exc: BaseException | None = None) -> None:
        """Nothing: there are no such hooks; see Flask."""

    def do_teardown_appcontext(self, exc: BaseException | None = None) -> None:
        """Nothing: there are no such hooks; see Flask."""
