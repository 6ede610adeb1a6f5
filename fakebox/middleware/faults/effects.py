"""What a fault does to a request that it befalls."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Headers
from werkzeug.test import run_wsgi_app

from fakebox.http.urlencoded import parse_digits
from fakebox.middleware.error_bodies import expired_token, of_status, wait_header
from fakebox.middleware.faults.streams import (
    BrokenConnection,
    Connection,
    PassedOn,
    SlowInput,
    broken_off,
    pause,
    slowed,
)
from fakebox.middleware.responses import respond

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

    from fakebox.context import RequestContext
    from fakebox.middleware.faults.fault import Fault
    from fakebox.middleware.faults.faults import Planned

_SPOILED_METADATA = '{"bytes": 77, "path": "/magn'
_BLOCK_BYTES = 64 * 1024


def apply_fault(
    planned: Planned, request: RequestContext, app: WSGIApplication, start_response: StartResponse
) -> Iterable[bytes]:
    """Answer a request as the fault has it.

    Args:
        planned: the fault.
        request: the request that it befalls.
        app: what answers when nothing goes wrong.
        start_response: the request's.
    """
    fault, environ = planned.fault, request.environ
    pause(environ, fault.latency_s + fault.jitter_s * planned.dice.fraction())
    if fault.bandwidth_bytes_per_s:
        environ["wsgi.input"] = SlowInput(environ, fault.bandwidth_bytes_per_s)
    if fault.status is not None:
        return _error_response(fault, fault.status, request, start_response)
    if fault.expired_token:
        return respond(start_response, 401, *expired_token(request))
    if fault.reset == "before_read":
        return _reset(environ)
    if fault.reset == "mid_body" and _is_upload(request):
        _read_half(request)
        return _reset(environ)
    if fault.delta_reset and request.named_account:
        request.world.change_log.reset(request.named_account.id)
    return _spoil(planned, environ, app, start_response)


def _error_response(
    fault: Fault, status: int, request: RequestContext, start_response: StartResponse
) -> Iterable[bytes]:
    if fault.body is not None:
        after = wait_header(fault.retry_after_s)
        return respond(start_response, status, fault.body, {**after, **fault.headers})
    body, headers = of_status(request, status, fault.retry_after_s)
    stated = {name.lower() for name in fault.headers}
    kept = {name: value for name, value in headers.items() if name.lower() not in stated}
    return respond(start_response, status, body, {**kept, **fault.headers})


def _spoil(
    planned: Planned, environ: dict[str, Any], app: WSGIApplication, start_response: StartResponse
) -> Iterable[bytes]:
    fault = planned.fault
    blocks, status, headers = run_wsgi_app(app, environ)
    response = PassedOn(blocks, iter(blocks))
    if fault.reset == "after_applied":
        response.close()
        return _reset(environ)
    if fault.malformed == "metadata":
        headers["x-dropbox-metadata"] = _SPOILED_METADATA
    elif fault.malformed == "json":
        response = _half_of_all(response, headers)
    elif fault.reset == "mid_body":
        half_bytes = int(headers.get("Content-Length", 0)) // 2
        response = _broken(response, half_bytes, _connection(environ).reset)
    elif fault.cut_after_bytes is not None:
        response = _broken(response, fault.cut_after_bytes, _connection(environ).cut)
    if fault.bandwidth_bytes_per_s:
        response = PassedOn(response, slowed(environ, response, fault.bandwidth_bytes_per_s))
    start_response(status, headers.to_wsgi_list())
    return response


def _broken(response: PassedOn, after_bytes: int, break_off: Callable[[], None]) -> PassedOn:
    return PassedOn(response, broken_off(response, after_bytes, break_off))


def _half_of_all(response: PassedOn, headers: Headers) -> PassedOn:
    body = b"".join(response)
    half = body[: len(body) // 2]
    headers["Content-Length"] = str(len(half))
    return PassedOn(response, iter([half]))


def _is_upload(request: RequestContext) -> bool:
    return not request.readable_form and _request_bytes(request) > 0


def _request_bytes(request: RequestContext) -> int:
    return parse_digits(request.environ.get("CONTENT_LENGTH") or "") or 0


def _read_half(request: RequestContext) -> None:
    remaining_bytes = _request_bytes(request) // 2
    stream = request.environ["wsgi.input"]
    while remaining_bytes and (block := stream.read(min(_BLOCK_BYTES, remaining_bytes))):
        remaining_bytes -= len(block)


def _reset(environ: dict[str, Any]) -> Iterable[bytes]:
    _connection(environ).reset()
    return []


def _connection(environ: dict[str, Any]) -> Connection:
    # A server of somebody else, or a test client, gives no access to the connection.
    connection: Connection = environ.get("fakebox.connection") or BrokenConnection()
    return connection
