"""A control plane request with a malformed body is rejected and changes nothing."""

from __future__ import annotations

import socket

import pytest


def send(box, method, path, body):
    """Return the status line of the response to a chunked request."""
    host, port = box.url.removeprefix("http://").split(":")
    head = f"{method} /_fakebox/{path} HTTP/1.1\r\nHost: {host}:{port}\r\n"
    with socket.create_connection((host, int(port))) as client:
        client.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + body)
        client.shutdown(socket.SHUT_WR)
        with client.makefile("rb") as response:
            return response.readline()


@pytest.mark.parametrize("body", [b"0x9\r\n", b"-1\r\n", b"5\r\nab"], ids=["hex", "sign", "cut"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "reset"),
        ("DELETE", "faults"),
        ("DELETE", "journal"),
        ("POST", "snapshots/1/restore"),
    ],
)
def test_malformed_body_is_400_for_views_that_read_no_body(box, method, path, body):
    """A malformed body is rejected even if the view does not read it, and the view does not run."""
    box.write("/a.txt", b"1")
    box.faults.add(endpoint="delta", status=500)
    assert b" 400 " in send(box, method, path, body)
    assert box.tree() == ["/a.txt"]
    assert len(box.faults) == 1


def test_malformed_json_body_is_400_without_a_traceback(box, caplog):
    """The log contains no traceback, because the client has caused the error."""
    assert b" 400 " in send(box, "POST", "faults", b"5\r\nab")
    assert "Traceback" not in caplog.text


def test_file_can_be_put_with_chunked_transfer_encoding(box):
    """A file without a Content-Length is stored."""
    assert b" 204 " in send(box, "PUT", "files/1/a.txt", b"5\r\nhello\r\n0\r\n\r\n")
    assert box.read("/a.txt") == b"hello"
