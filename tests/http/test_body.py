"""Request bodies, read in blocks."""

from __future__ import annotations

import io
import socket

import pytest

from fakebox.http.body import (
    BLOCK_BYTES,
    AbortedUpload,
    LengthRequired,
    MalformedBody,
    TooLarge,
    raw_stream,
    read_all,
    read_some,
)
from fakebox.server.http1.body import ChunkedBody
from fakebox.server.transport import Reader


def request(body: bytes, **environ):
    """A WSGI request with a body."""
    return {"CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body), **environ}


def form(body: bytes, **environ):
    """A WSGI request with a form."""
    return request(body, CONTENT_TYPE="application/x-www-form-urlencoded; charset=utf-8", **environ)


@pytest.fixture
def chunked():
    """Makes the server's stream of a chunked body from what a client sends before it leaves."""
    server, client = socket.socketpair()

    def make(sent: bytes) -> ChunkedBody:
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        return ChunkedBody(Reader(server))

    with server, client:
        yield make


def test_stream_is_the_body_in_blocks():
    """No block is larger than the largest, whatever the body's size."""
    body = bytes(range(256)) * (BLOCK_BYTES // 128 + 1)
    blocks = list(raw_stream(request(body)))
    assert b"".join(blocks) == body
    assert max(map(len, blocks)) == BLOCK_BYTES


def test_stream_of_an_empty_body_is_empty():
    """A file may have no content."""
    assert list(raw_stream(request(b""))) == []


def test_stream_ends_where_the_body_does():
    """What follows it on the connection is the next request."""
    environ = {"CONTENT_LENGTH": "4", "wsgi.input": io.BytesIO(b"bodynext")}
    assert b"".join(raw_stream(environ)) == b"body"


@pytest.mark.parametrize("missing", [{"CONTENT_LENGTH": ""}, {"HTTP_TRANSFER_ENCODING": "chunked"}])
def test_stream_is_refused_when_no_length_is_announced(missing):
    """A chunked body could be endless."""
    with pytest.raises(LengthRequired):
        raw_stream(request(b"body", **missing))


@pytest.mark.parametrize("length", ["-1", "1e3", "4,4", "٤"])
def test_stream_is_refused_when_the_length_is_no_number(length):
    """Where the body ends must not be guessed."""
    with pytest.raises(MalformedBody):
        raw_stream(request(b"body", CONTENT_LENGTH=length))


def test_stream_is_refused_unread_when_it_is_too_long():
    """Nobody uploads gigabytes to learn that."""
    environ = request(b"12345")
    with pytest.raises(TooLarge) as error:
        raw_stream(environ, limit_bytes=4)
    assert error.value.limit_bytes == 4
    assert environ["wsgi.input"].tell() == 0


def test_stream_breaks_off_when_the_client_leaves():
    """An aborted upload must not look like a short file."""
    blocks = raw_stream(request(b"half", CONTENT_LENGTH="8"))
    assert next(blocks) == b"half"
    with pytest.raises(AbortedUpload) as error:
        next(blocks)
    assert (error.value.received_bytes, error.value.expected_bytes) == (4, 8)


@pytest.mark.parametrize(
    "sent",
    [b"zz\r\na=1\r\n0\r\n\r\n", b"3\r\na=1", b"3\r\na=1\r\n", b"3\r\na=12\r\n0\r\n\r\n", b""],
    ids=["no size", "cut", "no end", "too long", "nothing"],
)
@pytest.mark.parametrize("read", [read_all, lambda environ: read_some(environ, 99)])
def test_body_is_refused_when_its_chunks_do_not_add_up(chunked, sent, read):
    """Where it ends must not be guessed."""
    stream = chunked(sent)
    with pytest.raises(MalformedBody):
        read(form(b"", HTTP_TRANSFER_ENCODING="chunked", **{"wsgi.input": stream}))
