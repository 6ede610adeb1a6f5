"""The control plane as a Flask application."""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING

from flask import Flask, Response, request, url_for
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import BaseConverter, ValidationError

from fakebox.control import (
    accounts,
    authorization,
    consent,
    dashboard,
    faults,
    journal,
    openapi,
    settings,
    state,
)
from fakebox.control.request import BadRequest, ControlRequest, ResourceNotFound
from fakebox.control.serializers import code_of
from fakebox.core.errors import DataDirectoryError, DropboxError
from fakebox.http.headers import load_templates, parse_digits
from fakebox.http.routing import AnyPath, Everything
from fakebox.middleware.journal_entry import log_request
from fakebox.middleware.redaction import MASK
from fakebox.namespaces import CONTROL, NamespaceError

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

log: logging.Logger = logging.getLogger("fakebox.control")

# Pages load nothing from other hosts. They cannot be framed, since they have buttons.
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
    " img-src 'self'; media-src 'self'; form-action 'self'; frame-ancestors 'none';"
    " base-uri 'none'"
)
_FAMILIES = (state, faults, settings, accounts, consent, journal, openapi, dashboard)
_SECURITY = {
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


# Views that read the body as a stream, without a limit.
_STREAMING = ("accounts.put_file", "state.take")


class _Number(BaseConverter):
    """Converter for `<int:...>`. A number that `parse_digits` rejects is answered with 404."""

    regex = "[0-9]+"

    def to_python(self, value: str) -> int:
        number = parse_digits(value)
        if number is None:
            raise ValidationError
        return number


@cache
def create_control() -> Flask:
    """Make the application, once; it is mounted at `/_fakebox`."""
    app = Flask(__name__, static_url_path="/static")
    app.config["PAGE_POLICY"] = _POLICY
    app.jinja_options = {"loader": load_templates("fakebox.control")}
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.converters |= {
        "int": _Number,
        "everything": Everything,
        "path": AnyPath,
    }
    # Paths of files are rejected by the core, and not corrected here.
    app.url_map.merge_slashes = False
    for family in _FAMILIES:
        app.register_blueprint(family.blueprint)
    app.before_request(authorization.reject)
    app.before_request(_read_body)
    app.before_request(_bind_namespace)
    app.after_request(_secure)
    app.after_request(_log)
    app.context_processor(_template_context)
    app.register_error_handler(BadRequest, lambda error: _json_error(error, 400))
    app.register_error_handler(ResourceNotFound, lambda error: _json_error(error, 404))
    app.register_error_handler(HTTPException, _routing)
    app.register_error_handler(Exception, _unexpected)
    return app


def _read_body() -> None:
    # The body is read before the view, so that a request with a malformed body has no effect.
    if request.endpoint not in _STREAMING:
        ControlRequest.current().read_body()


def _bind_namespace() -> None:
    # These routes use no namespace.
    if request.path in ("/health", "/ca.pem", "/openapi.json"):
        return
    if request.path.startswith("/static/"):
        return
    context = ControlRequest.current()
    try:
        found = context.namespaces.find_for_control(context)
    except (NamespaceError, DataDirectoryError) as error:
        raise BadRequest(str(error)) from error
    if found is None:
        raise ResourceNotFound(
            "this namespace does not exist; the first request that uses it creates it"
        )
    context.namespace = found


def _secure(response: Response) -> Response:
    for name, value in _SECURITY.items():
        response.headers.setdefault(name, value)
    return response


def _log(response: Response) -> Response:
    path = request.path
    if path.startswith("/tokens/"):
        # A token with a slash matches no route.
        path = f"/tokens/{MASK}"
    log_request(f"{request.method} {CONTROL}{path} -> {response.status_code}")
    return response


def _template_context() -> dict[str, object]:
    namespace = vars(ControlRequest.current()).get("namespace")
    name = namespace.name if namespace else ""

    def link(endpoint: str, **values: object) -> str:
        # A browser does not send the header, so links have the namespace as a parameter.
        return url_for(endpoint, **values, namespace=name or None)  # type: ignore[arg-type]

    return {"link": link, "namespace_name": name}


def _json_error(error: Exception | str, status: int) -> ResponseReturnValue:
    # A path, or a value of the body, may contain line breaks.
    body = {"error": " ".join(str(error).splitlines())}
    cause = error.__cause__ if isinstance(error, Exception) else None
    if isinstance(cause, DropboxError) and not isinstance(cause, DataDirectoryError):
        return {**body, "code": code_of(type(cause)), "details": vars(cause)}, status
    return body, status


def _routing(error: HTTPException) -> ResponseReturnValue:
    text = error.description
    if isinstance(error, NotFound):
        text = f"there is no route /_fakebox{request.path}"
    elif isinstance(error, MethodNotAllowed):
        accepted = ", ".join(sorted(error.valid_methods or ()))
        text = f"the method must be one of {accepted}, not {request.method}"
    return _json_error(text or error.name, error.code or 500)


def _unexpected(error: Exception) -> ResponseReturnValue:
    ControlRequest.current().log_exception(log, "a request to the control plane failed", error)
    return {"error": "internal error"}, 500
