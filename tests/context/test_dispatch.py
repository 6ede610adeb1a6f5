"""Views that are called without a request context of Flask."""

from __future__ import annotations

import io

import pytest
from flask import Flask, Response, has_request_context, request
from werkzeug.test import Client, run_wsgi_app

from fakebox.context import Namespace, Options, RequestContext
from fakebox.core.world import World
from fakebox.dispatch import ContextView, DirectViews, with_headers
from fakebox.v1.app import create_v1
from fakebox.v1.request import V1Request
from fakebox.v2.app import create_v2
from fakebox.v2.request import V2Request

# These headers differ each time.
_VARYING = ("X-Dropbox-Request-Id", "X-Server-Response-Time")
_BEARER = {"HTTP_AUTHORIZATION": "Bearer fakebox-bearer-token"}
_JSON = {**_BEARER, "CONTENT_TYPE": "application/json"}
_CONTENT = {
    **_BEARER,
    "CONTENT_TYPE": "application/octet-stream",
    "HTTP_DROPBOX_API_ARG": '{"path": "/b"}',
}
_REQUESTS_V1 = [
    ("GET", "/metadata/dropbox/", _BEARER, b""),
    ("HEAD", "/metadata/dropbox/", _BEARER, b""),
    ("GET", "/metadata/dropbox/none", _BEARER, b""),
    ("GET", "/metadata/dropbox/\xc3\xa9", _BEARER, b""),
    ("GET", "/metadata/dropbox/\xff", _BEARER, b""),
    ("GET", "/metadata/other/", _BEARER, b""),
    ("GET", "/metadata/dropbox/", {}, b""),
    ("GET", "/metadata/dropbox/", {**_BEARER, "HTTP_HOST": "a b"}, b""),
    ("GET", "/metadata/dropbox/", {**_BEARER, "HTTP_HOST": ""}, b""),
    ("OPTIONS", "/metadata/dropbox/", _BEARER, b""),
    ("DELETE", "/metadata/dropbox/", _BEARER, b""),
    ("get", "/metadata/dropbox/", _BEARER, b""),
    ("PUT", "/files_put/dropbox/a", _BEARER, b"content"),
    ("GET", "/files/dropbox/none", {**_BEARER, "HTTP_RANGE": "bytes=9-"}, b""),
    ("GET", "/shared_folders", _BEARER, b""),
    ("GET", "/shared_folders/", _BEARER, b""),
    ("GET", "/nothing", _BEARER, b""),
]
_REQUESTS_V2 = [
    ("POST", "/files/list_folder", _JSON, b'{"path": ""}'),
    ("POST", "/files/get_metadata", _JSON, b'{"path": "/none"}'),
    ("POST", "/files/get_metadata", _JSON, b"[]"),
    ("POST", "/files/get_metadata", _BEARER, b"{}"),
    ("POST", "/files/get_metadata", {**_JSON, "HTTP_AUTHORIZATION": "Bearer x"}, b"{}"),
    ("GET", "/files/get_metadata", _JSON, b""),
    ("OPTIONS", "/files/get_metadata", _JSON, b""),
    ("POST", "/files/upload", _CONTENT, b"content"),
    ("POST", "/files/download", _CONTENT, b"content"),
    ("POST", "/oauth2/token", {}, b""),
    ("POST", "/nothing", _JSON, b"{}"),
]


class _View(ContextView[RequestContext]):
    def respond(self, request, **values):
        if values["name"] == "bad":
            raise ValueError(request.method)
        return Response(f"{values['name']} {has_request_context()}")


def _respond_to_error(error, wsgi_request):
    return Response(f"{wsgi_request.path}: {error!r}", 400)


@pytest.fixture
def client():
    """Return a client of an application with a `ContextView` and another view."""
    app = Flask("example")
    app.add_url_rule("/direct/<name>", "direct", _View(), methods=["POST"])
    app.add_url_rule("/other", "other", lambda: f"{request.path} {has_request_context()}")
    app.register_error_handler(Exception, lambda error: _respond_to_error(error, request))
    app.wsgi_app = DirectViews(app, _respond_to_error)

    def with_context(environ, start_response):
        RequestContext(environ)
        return app(environ, start_response)

    return Client(with_context)


def test_view_is_called_without_a_request_context_of_flask(client):
    """A `ContextView` gets the request and the parts of the URL, and Flask makes no context."""
    assert client.post("/direct/a").text == "a False"


def test_other_view_has_a_request_context_of_flask(client):
    """A view of any other kind is called by Flask."""
    assert client.get("/other").text == "/other True"


def test_exception_of_a_view_has_the_response_of_the_error_function(client):
    """The response to an exception of a `ContextView` is made without a context of Flask."""
    response = client.post("/direct/bad")
    assert (response.status_code, response.text) == (400, "/direct/bad: ValueError('POST')")


def test_request_without_a_view_is_left_to_flask(client):
    """A wrong method, OPTIONS and an unknown path have the responses of Flask."""
    assert "MethodNotAllowed" in client.get("/direct/a").text
    assert set(client.options("/direct/a").allow) == {"OPTIONS", "POST"}
    assert "NotFound" in client.get("/unknown").text


def plain(app):
    """Return the application with all its views called by Flask."""
    app.wsgi_app = with_headers(Flask.wsgi_app.__get__(app))
    return app


def response_of(app, context_type, options, sent):
    """Return the response to a request for a new world, without its random id and its time."""
    method, path, headers, body = sent
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "api.example",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        **headers,
    }
    world = World(seed=1)
    world.clock.freeze()
    world.clock.set(1_600_000_000)
    context_type(environ).namespace = Namespace(world, options)
    blocks, status, received = run_wsgi_app(app, environ, buffered=True)
    shown = [pair for pair in received if pair[0] not in _VARYING]
    content = b"".join(blocks)
    world.close()
    return status, shown, content


@pytest.mark.parametrize("is_retired", [False, True])
@pytest.mark.parametrize("sent", _REQUESTS_V1)
def test_response_of_version_1_is_that_of_plain_flask(sent, is_retired):
    """The response is the same when Flask calls the view."""
    options = Options(is_retired=is_retired)
    direct = response_of(create_v1(), V1Request, options, sent)
    assert direct == response_of(plain(create_v1()), V1Request, options, sent)


@pytest.mark.parametrize("sent", _REQUESTS_V2)
def test_response_of_version_2_is_that_of_plain_flask(sent):
    """The response is the same when Flask calls the view."""
    direct = response_of(create_v2(), V2Request, Options(), sent)
    assert direct == response_of(plain(create_v2()), V2Request, Options(), sent)
