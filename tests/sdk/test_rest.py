"""`RESTClient`: requests, responses and errors."""

import io
import logging
import pickle
import socket
from contextlib import closing
from unittest.mock import Mock

import pytest

from dropbox import rest
from dropbox.rest import (
    ErrorResponse,
    RESTClient,
    RESTClientObject,
    RESTSocketError,
    SizeChangedError,
)
from dropbox.urls import RedactionFilter


def test_client_decodes_json(script):
    """`GET` returns the decoded body."""
    script.respond('{"a": 1}')
    assert RESTClient.GET(f"{script.url}/x") == {"a": 1}


def test_client_posts_parameters_as_a_form(script):
    """`post_params` are URL-encoded in the body."""
    RESTClient.POST(script.url, {"a": "1 ü"})
    request = script.requests[0]
    assert request.body == b"a=1+%C3%BC"
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_client_rejects_parameters_and_a_body_together():
    """`post_params` and `body` together raise an error."""
    with pytest.raises(ValueError, match="post_params"):
        RESTClient.request("POST", "http://127.0.0.1:1/", post_params={"a": 1}, body="b")


def test_client_reuses_its_connection(script):
    """Consecutive requests share one connection."""
    for _ in range(5):
        RESTClient.GET(script.url)
    assert len(script.connections) == 1


def test_client_sends_its_user_agent(script):
    """Each request has the User-Agent of the SDK."""
    RESTClient.GET(script.url)
    assert script.requests[0].headers["User-Agent"].startswith("fakebox-dropbox-sdk/")


@pytest.mark.parametrize("body", ["text ü", "text ü".encode(), bytearray("text ü".encode())])
def test_client_puts_strings_and_bytes(script, body):
    """Text is sent as UTF-8, with its exact length."""
    RESTClient.PUT(script.url, body)
    assert script.requests[0].body == "text ü".encode()
    assert script.requests[0].headers["Content-Length"] == "7"


def test_client_puts_a_file_from_its_current_position(script):
    """Bytes before the position are not sent."""
    file = io.BytesIO(b"0123456789")
    file.seek(4)
    RESTClient.PUT(script.url, file)
    assert script.requests[0].body == b"456789"


def test_client_puts_a_path(script, tmp_path):
    """The file at the path is opened and streamed."""
    (tmp_path / "f").write_bytes(b"x" * 1_000_000)
    RESTClient.PUT(script.url, tmp_path / "f")
    assert len(script.requests[0].body) == 1_000_000


def test_client_puts_a_pipe(script, pipe_of):
    """A pipe is copied to its end first, so that its length is known."""
    RESTClient.PUT(script.url, pipe_of(b"from a pipe"))
    assert script.requests[0].body == b"from a pipe"


def test_client_puts_a_text_file_as_utf8(script):
    """A file opened as text is sent as UTF-8."""
    RESTClient.PUT(script.url, io.StringIO("ü"))
    assert script.requests[0].body == "ü".encode()


def test_client_rejects_a_body_of_another_type():
    """A body that is not text, bytes, a path or a file is a `TypeError`."""
    with pytest.raises(TypeError, match="int"):
        RESTClient.PUT("http://127.0.0.1:1/", 5)


class Changing(io.BytesIO):
    """A file that reports a wrong size, as if another program changed it."""

    def __init__(self, data, reported):
        super().__init__(data)
        self.reported = reported

    def tell(self):  # noqa: D102
        return 0 if super().tell() == 0 else self.reported

    def seek(self, offset, whence=0):  # noqa: D102
        return super().seek(offset, whence)


@pytest.mark.parametrize(("actual", "what"), [(10, "shrank"), (30, "grew")])
def test_client_rejects_a_file_that_changes_while_it_is_sent(script, actual, what):
    """A file that becomes longer or shorter while it is sent raises `SizeChangedError`."""
    with pytest.raises(SizeChangedError, match=what) as caught:
        RESTClient.PUT(script.url, Changing(b"x" * actual, 20))
    assert caught.value.expected_bytes == 20


def test_client_returns_an_open_response_if_requested(script):
    """With `raw_response` the body is not read."""
    script.respond(b"line one\nline two", X_Name="value")
    with RESTClient.GET(script.url, raw_response=True) as response:
        assert (response.status, response.reason) == (200, "OK")
        assert response.getheader("x-name") == "value"
        assert response.getheader("missing", "default") == "default"
        assert ("X-Name", "value") in response.getheaders()
        assert response.read(4) == b"line"
        assert not response.isclosed()
        assert response.read() == b" one\nline two"
    assert response.closed


def test_response_iterates_by_lines(script):
    """Iteration returns lines, independent of the blocks."""
    script.respond(b"a\nb\n" + b"c" * 200_000 + b"\nlast")
    lines = list(RESTClient.GET(script.url, raw_response=True))
    assert [len(line) for line in lines] == [2, 2, 200_001, 4]


def test_response_lines_end_at_line_feeds(script):
    """Other line separators of Unicode are part of a line."""
    script.respond(b"a\rb\r\nc")
    assert list(RESTClient.GET(script.url, raw_response=True)) == [b"a\rb\r\n", b"c"]


def test_response_fills_buffers(script):
    """`readinto` works, so that the response can be wrapped like any binary file."""
    script.respond(b"abcdef")
    with RESTClient.GET(script.url, raw_response=True) as response:
        assert response.readable()
        buffer = bytearray(4)
        assert response.readinto(buffer) == 4
        assert bytes(buffer) == b"abcd"
        assert response.read1() == b"ef"
        assert "200" in repr(response)


def test_response_streams_in_blocks(script):
    """The blocks have the requested size, and the connection is returned at the end."""
    script.respond(b"abcdef")
    response = RESTClient.GET(script.url, raw_response=True)
    assert list(response.stream(4)) == [b"abcd", b"ef"]
    assert response.closed
    response.close()


def test_error_has_the_fields_of_the_response(script):
    """The error has the status, reason, headers and JSON fields of the response."""
    script.respond('{"error": "dev", "user_error": "user"}', 400, X_A="b")
    with pytest.raises(ErrorResponse) as caught:
        RESTClient.GET(script.url)
    error = caught.value
    assert (error.status, error.reason) == (400, "Bad Request")
    assert (error.error_msg, error.user_error_msg) == ("dev", "user")
    assert error.headers["x-a"] == "b"
    assert error.body == {"error": "dev", "user_error": "user"}
    assert str(error).startswith("[400] 'user")


def test_error_text_is_status_and_message(script):
    """The text of an error is its status and its message."""
    script.respond('{"error": "Path not found"}', 404)
    with pytest.raises(ErrorResponse) as caught:
        RESTClient.GET(script.url)
    assert str(caught.value) == "[404] 'Path not found'"


def test_error_is_an_alias_of_error_msg(script):
    """`error`, the name in the documentation of the calls, has the value of `error_msg`."""
    script.respond('{"error": "dev"}', 400)
    with pytest.raises(ErrorResponse) as caught:
        RESTClient.GET(script.url)
    assert caught.value.error == caught.value.error_msg == "dev"


def test_error_can_be_pickled(script):
    """A pickled `ErrorResponse` keeps its attributes."""
    script.respond('{"error": "dev"}', 404, X_A="b")
    with pytest.raises(ErrorResponse) as caught:
        RESTClient.GET(script.url)
    restored = pickle.loads(pickle.dumps(caught.value))
    assert (restored.status, restored.error_msg, restored.headers["x-a"]) == (404, "dev", "b")
    assert str(restored) == "[404] 'dev'"


def test_socket_error_can_be_pickled():
    """A pickled `RESTSocketError` keeps its host and message."""
    restored = pickle.loads(pickle.dumps(RESTSocketError("host", OSError(5, "cause"))))
    assert (restored.host, restored.errno) == ("host", 5)
    assert "cause" in str(restored)


def test_error_keeps_the_text_of_an_html_page(script):
    """The body of an HTML page is kept as text, and is not part of the message."""
    script.respond("<html><title>Dropbox - 5xx</title></html>", 503, Content_Type="text/html")
    with pytest.raises(ErrorResponse) as caught:
        RESTClient.GET(script.url)
    assert caught.value.error_msg is None
    assert "5xx" in caught.value.body
    assert str(caught.value) == "[503] 'Service Unavailable'"


def test_error_of_an_unchanged_folder_is_304(script):
    """A response with status 304 raises an `ErrorResponse`."""
    script.respond(b"", 304)
    with pytest.raises(ErrorResponse) as caught:
        RESTClient.GET(script.url)
    assert caught.value.status == 304


def test_malformed_json_is_an_error_with_status_200(script):
    """A response of status 200 without JSON is an `ErrorResponse`."""
    script.respond("not JSON")
    with pytest.raises(ErrorResponse) as caught:
        RESTClient.GET(script.url)
    assert (caught.value.status, caught.value.body) == (200, "not JSON")


@pytest.mark.parametrize("body", ["null", "5", '"word"', "true"])
def test_json_that_is_not_an_object_or_list_is_an_error_with_status_200(script, body):
    """A response whose JSON is not an object or list raises an `ErrorResponse`."""
    script.respond(body)
    with pytest.raises(ErrorResponse) as caught:
        RESTClient.GET(script.url)
    assert caught.value.status == 200


def test_unreachable_host_is_a_socket_error_with_its_name():
    """An unreachable host raises an error with the host and the cause."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(RESTSocketError, match="refused") as caught:
        RESTClient.GET(f"http://127.0.0.1:{port}/")
    assert caught.value.host == f"127.0.0.1:{port}"
    assert isinstance(caught.value, OSError)


def test_connection_lost_in_a_body_is_a_socket_error(script):
    """A body that ends early raises an error instead of returning a short body."""
    script.respond(b"half")
    script.cut = True
    with (
        RESTClient.GET(script.url, raw_response=True) as response,
        pytest.raises(RESTSocketError),
    ):
        response.read()


def test_read_timeout_is_a_socket_error():
    """A server that does not respond raises an error after the read timeout."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        opened = closing(RESTClientObject(read_timeout_s=0.05))
        with opened as client, pytest.raises(RESTSocketError, match="timed out"):
            client.GET(f"http://127.0.0.1:{silent.getsockname()[1]}/")


@pytest.mark.parametrize(
    ("options", "timeouts"),
    [
        ({}, (3, 4)),
        ({"read_timeout_s": 9}, (3, 9)),
        ({"connect_timeout_s": 8}, (8, 4)),
    ],
    ids=str,
)
def test_timeouts_of_the_client_apply_by_default(options, timeouts):
    """A request has the timeouts of its client, unless it has its own."""
    pool = Mock()
    pool.urlopen.side_effect = OSError
    client = RESTClientObject(pool, connect_timeout_s=3, read_timeout_s=4)
    with pytest.raises(RESTSocketError):
        client.GET("http://127.0.0.1/", **options)
    used = pool.urlopen.call_args.kwargs["timeout"]
    assert (used.connect_timeout, used.read_timeout) == timeouts


def test_class_methods_use_impl(monkeypatch):
    """An object assigned to `IMPL` receives every call."""
    calls = []

    class Recorder:
        def __getattr__(self, name):
            return lambda *args, **options: calls.append((name, args, options))

    monkeypatch.setattr(RESTClient, "IMPL", Recorder())
    RESTClient.GET("u")
    RESTClient.POST("u", {"a": 1})
    RESTClient.PUT("u", "b", raw_response=True)
    RESTClient.request("GET", "u")
    assert [name for name, _, _ in calls] == ["GET", "POST", "PUT", "request"]


def test_log_redacts_credentials(script, caplog):
    """The log contains URLs without the values of credentials."""
    caplog.set_level(logging.DEBUG, "dropbox")
    RESTClient.GET(f"{script.url}/a?oauth_token=tok&oauth_signature=s3cret&x=1")
    assert "s3cret" not in caplog.text
    assert "oauth_token=***&oauth_signature=***&x=1" in caplog.text


def test_log_of_urllib3_redacts_credentials(script, caplog):
    """The log messages of urllib3 contain URLs without the values of credentials."""
    caplog.set_level(logging.DEBUG)
    RESTClient.GET(f"{script.url}/a?oauth_signature=s3cret")
    assert "urllib3.connectionpool" in {record.name for record in caplog.records}
    assert "s3cret" not in caplog.text


def test_redaction_leaves_other_records_unchanged():
    """A record with a dictionary of arguments is logged unchanged."""
    record = logging.LogRecord("n", 10, "p", 1, "%(a)s", ({"a": "b"},), None)
    assert RedactionFilter().filter(record)
    assert record.getMessage() == "b"


def test_error_about_a_url_redacts_credentials():
    """The error for an invalid URL contains the URL without the values of credentials."""
    with pytest.raises(RESTSocketError) as caught:
        RESTClient.GET("http://host:port/1/a?oauth_signature=s3cret")
    assert "s3cret" not in str(caught.value)


def test_close_does_not_close_a_pool_of_the_caller():
    """`close` does not call a pool that was passed to the constructor."""
    pool = Mock()
    RESTClientObject(pool).close()
    assert pool.mock_calls == []


def test_documented_names_are_in_the_documented_module():
    """`dropbox.rest` has the four documented names."""
    assert {"RESTClient", "RESTClientObject", "ErrorResponse", "RESTSocketError"} <= set(
        rest.__all__
    )
