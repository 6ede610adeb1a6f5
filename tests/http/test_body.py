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
    """Return a WSGI environment with a body."""
    return {"CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body), **environ}


def form(body: bytes, **environ):
    """Return a WSGI environment with a form."""
    return request(body, CONTENT_TYPE="application/x-www-form-urlencoded; charset=utf-8", **environ)


@pytest.fixture
def chunked():
    """A function that returns the stream of a chunked body, as the server receives it."""
    server, client = socket.socketpair()

    def make(sent: bytes) -> ChunkedBody:
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        return ChunkedBody(Reader(server))

    with server, client:
        yield make


def test_stream_yields_the_body_in_blocks():
    """No block is larger than the block size."""
    body = bytes(range(256)) * (BLOCK_BYTES // 128 + 1)
    blocks = list(raw_stream(request(body)))
    assert b"".join(blocks) == body
    assert max(map(len, blocks)) == BLOCK_BYTES


def test_stream_of_an_empty_body_is_empty():
    """An empty body yields no block."""
    assert list(raw_stream(request(b""))) == []


def test_stream_ends_after_content_length_bytes():
    """The bytes after the body belong to the next request."""
    environ = {"CONTENT_LENGTH": "4", "wsgi.input": io.BytesIO(b"bodynext")}
    assert b"".join(raw_stream(environ)) == b"body"


@pytest.mark.parametrize("missing", [{"CONTENT_LENGTH": ""}, {"HTTP_TRANSFER_ENCODING": "chunked"}])
def test_stream_without_a_content_length_is_rejected(missing):
    """A chunked body is rejected, because its length is not limited."""
    with pytest.raises(LengthRequired):
        raw_stream(request(b"body", **missing))


@pytest.mark.parametrize("length", ["-1", "1e3", "4,4", "٤", "4" * 20])
def test_stream_with_an_invalid_content_length_is_rejected(length):
    """An invalid Content-Length raises MalformedBody."""
    with pytest.raises(MalformedBody):
        raw_stream(request(b"body", CONTENT_LENGTH=length))


def test_stream_over_the_size_limit_is_rejected_unread():
    """A body over the limit is rejected before it is read."""
    environ = request(b"12345")
    with pytest.raises(TooLarge) as error:
        raw_stream(environ, limit_bytes=4)
    assert error.value.limit_bytes == 4
    assert environ["wsgi.input"].tell() == 0


def test_stream_raises_when_the_body_ends_early():
    """An interrupted upload must not look like a short file."""
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
def test_malformed_chunked_body_is_rejected(chunked, sent, read):
    """A chunked body that is malformed or ends early raises MalformedBody."""
    stream = chunked(sent)
    with pytest.raises(MalformedBody):
        read(form(b"", HTTP_TRANSFER_ENCODING="chunked", **{"wsgi.input": stream}))
