"""The effects of a fault on a request and its response."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from werkzeug.test import run_wsgi_app

from fakebox.http.headers import parse_digits
from fakebox.middleware.compression import compressed
from fakebox.middleware.faults.presets import ServiceBody
from fakebox.middleware.faults.streams import (
    BrokenConnection,
    ChangedResponse,
    Connection,
    SlowInput,
    broken_off,
    pause,
    slowed,
)
from fakebox.middleware.request_view import RequestView
from fakebox.middleware.responses import (
    Body,
    encode,
    expired_token,
    merged,
    of_status,
    respond,
    usual_headers,
    wait_header,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from fakebox.context import RequestContext
    from fakebox.middleware.faults.fault import BodyFactory
    from fakebox.middleware.faults.fault_list import Planned

log: logging.Logger = logging.getLogger("fakebox.faults")

_SPOILED_METADATA = '{"bytes": 77, "path": "/magn'
_BLOCK_BYTES = 64 * 1024


def apply_fault(
    planned: Planned, request: RequestContext, app: WSGIApplication, start_response: StartResponse
) -> Iterable[bytes]:
    """Respond to a request with the effect of a fault.

    Args:
        planned: the fault.
        request: the request that the fault applies to.
        app: the application that responds without a fault.
        start_response: the `start_response` of the request.
    """
    fault, environ = planned.fault, request.environ
    pause(environ, fault.latency_s + fault.jitter_s * planned.random.fraction())
    if fault.bandwidth_bytes_per_s:
        environ["wsgi.input"] = SlowInput(environ, fault.bandwidth_bytes_per_s)
    if fault.status is not None:
        return _error_response(planned, fault.status, request, start_response)
    if fault.expired_token:
        body, headers = expired_token(request)
        return respond(start_response, 401, body, merged(usual_headers(request, 401), headers))
    if fault.reset == "before_read":
        return _reset(environ)
    if fault.reset == "mid_body" and _is_upload(request):
        _read_half(request)
        return _reset(environ)
    if fault.delta_reset and request.named_account:
        request.world.change_log.reset(request.named_account.id)
    return _spoil(planned, request, app, start_response)


def _error_response(
    planned: Planned, status: int, request: RequestContext, start_response: StartResponse
) -> Iterable[bytes]:
    fault, usual = planned.fault, usual_headers(request, status)
    if fault.body is None:
        body, headers = of_status(request, status, fault.retry_after_s)
        return respond(start_response, status, body, merged(usual, headers, fault.headers))
    headers = merged(usual, wait_header(fault.retry_after_s), fault.headers)
    if not callable(fault.body):
        return respond(start_response, status, fault.body, headers)
    request.read_arguments()
    try:
        made = encode(_made_body(fault.body, request))
    except Exception:
        # The code of a test: any exception is possible.
        log.exception("the body of fault %s failed", planned.id)
        text = f"The function for the body of fault {planned.id} failed; see the log."
        return respond(start_response, 500, text, {**usual, "Content-Type": "text/plain"})
    return respond(start_response, status, made.data, {"Content-Type": made.content_type} | headers)


def _made_body(factory: BodyFactory | ServiceBody, request: RequestContext) -> Body:
    if isinstance(factory, ServiceBody):
        return factory(request)
    return factory(RequestView(request))


def _spoil(
    planned: Planned, request: RequestContext, app: WSGIApplication, start_response: StartResponse
) -> Iterable[bytes]:
    fault, environ = planned.fault, request.environ
    if fault.malformed == "json":
        app = _with_half_of_all(app)
    # A response is cut off and slowed down as it is sent, so it is compressed before.
    if request.is_compressed:
        app = compressed(app)
    blocks, status, headers = run_wsgi_app(app, environ)
    response = ChangedResponse(blocks, iter(blocks))
    if fault.reset == "after_applied":
        response.close()
        return _reset(environ)
    if fault.malformed == "metadata":
        headers["x-dropbox-metadata"] = _SPOILED_METADATA
    elif fault.reset == "mid_body":
        half_bytes = int(headers.get("Content-Length", 0)) // 2
        response = _broken(response, half_bytes, _connection(environ).reset)
    elif fault.cut_after_bytes is not None:
        response = _broken(response, fault.cut_after_bytes, _connection(environ).cut)
    if fault.bandwidth_bytes_per_s:
        response = ChangedResponse(response, slowed(environ, response, fault.bandwidth_bytes_per_s))
    start_response(status, headers.to_wsgi_list())
    return response


def _broken(
    response: ChangedResponse, after_bytes: int, break_off: Callable[[], None]
) -> ChangedResponse:
    return ChangedResponse(response, broken_off(response, after_bytes, break_off))


def _with_half_of_all(app: WSGIApplication) -> WSGIApplication:
    def with_half(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        blocks, status, headers = run_wsgi_app(app, environ)
        body = b"".join(blocks)
        half = body[: len(body) // 2]
        headers["Content-Length"] = str(len(half))
        start_response(status, headers.to_wsgi_list())
        return ChangedResponse(blocks, iter([half]))

    return with_half


def _is_upload(request: RequestContext) -> bool:
    return not request.readable_form and _request_bytes(request) > 0


def _request_bytes(request: RequestContext) -> int:
    return parse_digits(request.environ.get("CONTENT_LENGTH") or "") or 0


def _read_half(request: RequestContext) -> None:
    remaining_bytes = _request_bytes(request) // 2
    stream = request.environ["wsgi.input"]
    while remaining_bytes and (block := stream.read(min(_BLOCK_BYTES, remaining_bytes))):
        remaining_bytes -= len(block)


def _reset(environ: WSGIEnvironment) -> Iterable[bytes]:
    _connection(environ).reset()
    return []


def _connection(environ: WSGIEnvironment) -> Connection:
    # Other servers, and test clients of WSGI, give no access to the connection.
    connection: Connection = environ.get("fakebox.connection") or BrokenConnection()
    return connection
