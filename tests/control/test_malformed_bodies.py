"""A request to the control plane whose body is malformed is refused, and changes nothing."""

from __future__ import annotations

import socket

import pytest


def send(box, method, path, body):
    """The status line of the response to a chunked request."""
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
def test_malformed_body_is_refused_where_no_body_is_needed(box, method, path, body):
    """The view does not read it, and must not run all the same."""
    box.write("/a.txt", b"1")
    box.faults.add(endpoint="nothing/else", status=500)
    assert b" 400 " in send(box, method, path, body)
    assert box.tree() == ["/a.txt"]
    assert len(box.faults) == 1


def test_malformed_json_body_is_refused_in_the_shape_of_the_control_plane(box, caplog):
    """Without a traceback in the log: it is the client's error."""
    assert b" 400 " in send(box, "POST", "faults", b"5\r\nab")
    assert "Traceback" not in caplog.text


def test_file_may_be_put_in_chunks(box):
    """As a snapshot may be uploaded."""
    assert b" 204 " in send(box, "PUT", "files/1/a.txt", b"5\r\nhello\r\n0\r\n\r\n")
    assert box.read("/a.txt") == b"hello"
