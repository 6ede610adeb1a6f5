"""Tests that compare the server's HTTP parser with h11 and httptools on generated messages."""

from __future__ import annotations

import socket

import h11
import httptools
from hypothesis import example, given
from hypothesis import strategies as st

from fakebox.server.http1.body import ChunkedBody
from fakebox.server.http1.head import parse_head
from fakebox.server.request_head import BadRequest
from fakebox.server.transport import HeadTooLarge, Reader

SEPARATORS = st.sampled_from(
    [b"\r\n"] * 12 + [b"\n", b"\r", b"\r\r\n", b"\r\n ", b"\r\n\t", b"\0\r\n", b"\x0b\r\n"]
)
NAMES = st.sampled_from(
    [
        b"Host",
        b"Content-Length",
        b"Content-Length ",
        b"Transfer-Encoding",
        b"transfer-encoding",
        b"Transfer_Encoding",
        b"X",
        b"X Y",
        b"X\0",
        b"",
        b"\xc3\xa9",
    ]
)
VALUES = st.sampled_from(
    [
        *[b"x", b"", b"5", b"0", b"+5", b"5, 5", b"0x5", b"1_0"],
        *[b"chunked", b"\x0bchunked", b"Chunked", b"gzip, chunked", b"identity"],
        *[b"a b", b"a\0b", b"a\rb", b"a\x7fb", b"\xc3\xa9", b" x\t"],
    ]
)
FIELDS = st.tuples(NAMES, st.sampled_from([b":", b": ", b" : ", b"", b":\t"]), VALUES, SEPARATORS)
LINES = st.tuples(
    st.sampled_from([b"GET", b"PUT", b"OPTIONS", b"G\0T", b"get", b"G T", b""]),
    st.sampled_from([b" "] * 6 + [b"  ", b"\t", b""]),
    st.sampled_from(
        [b"/", b"/a?b=%20", b"*", b"/a b", b"/\x01", b"/a#b", b"a", b"http://h/p", b"http://"]
    ),
    st.sampled_from([b" HTTP/1.1"] * 6)
    | st.sampled_from([b" HTTP/1.0", b" HTTP/2.7", b" HTTP/1.10", b" HTTP/0.9", b" http/1.1", b""]),
    SEPARATORS,
)
HEADS = st.builds(
    lambda line, host, fields: b"".join([*line, *host, *(b"".join(f) for f in fields), b"\r\n"]),
    LINES,
    st.sampled_from([[b"Host: x\r\n"]] * 5 + [[]]),
    st.lists(FIELDS, max_size=4),
)
SIZES = st.sampled_from(
    [b"5", b"5;a=b", b"05", b"0x5", b"+5", b"0_5", b" 5", b"5 ", b"f" * 20, b"", b"6", b"4", b"g"]
)
CHUNKS = st.lists(
    st.tuples(
        SIZES | st.just(b"5"), SEPARATORS, st.sampled_from([b"hello", b"hell", b""]), SEPARATORS
    ),
    max_size=3,
).map(lambda chunks: b"".join(part for chunk in chunks for part in chunk))
ENDS = st.sampled_from([b"0\r\n\r\n"] * 6 + [b"0\r\nX: y\r\n\r\n", b"0\r\nX y\r\n\r\n"])
CHUNKED = b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


def server_accepts_head(data: bytes) -> bool:
    """Returns whether the server's parser accepts all of the data as one valid head."""
    server, client = socket.socketpair()
    with server, client:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        reader = Reader(server)
        reader.take()
        try:
            head = reader.head(65536)
            if not head or reader.has_data:
                return False
            parse_head(head)
        except (BadRequest, HeadTooLarge):
            return False
    return True


def server_reads(body: bytes) -> bytes | None:
    """Returns the body that the server's parser decodes, or `None` if it rejects the chunks."""
    server, client = socket.socketpair()
    with server, client:
        client.sendall(body)
        client.shutdown(socket.SHUT_WR)
        try:
            return ChunkedBody(Reader(server)).read()
        except BadRequest:
            return None


def httptools_reads(data: bytes) -> bytes | None:
    """Returns the body that httptools decodes, or `None` if it rejects the request."""

    class Events:
        def __init__(self) -> None:
            self.body = b""
            self.has_head = False

        def on_headers_complete(self) -> None:
            self.has_head = True

        def on_body(self, block: bytes) -> None:
            self.body += block

    events = Events()
    try:
        httptools.HttpRequestParser(events).feed_data(data)
    except (httptools.HttpParserError, httptools.HttpParserUpgrade):
        return None
    return events.body if events.has_head else None


def h11_reads(data: bytes) -> bytes | None:
    """Returns the body that h11 decodes, or `None` if it rejects the request."""
    connection, body = h11.Connection(h11.SERVER), b""
    connection.receive_data(data)
    try:
        if type(connection.next_event()) is not h11.Request:
            return None
        while isinstance(event := connection.next_event(), h11.Data):
            body += bytes(event.data)
    except h11.RemoteProtocolError:
        return None
    del event
    return body


@given(HEADS)
@example(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
@example(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n")
def test_accepted_head_is_accepted_by_another_parser(data):
    """The server accepts no head that both h11 and httptools reject."""
    if server_accepts_head(data):
        assert httptools_reads(data) is not None or h11_reads(data) is not None


@given(CHUNKS, ENDS)
@example(b"5;a=b\r\nhello\r\n", b"0\r\nX: y\r\n\r\n")
def test_accepted_chunked_body_is_decoded_equally_by_another_parser(chunks, end):
    """A chunked body that the server accepts has the same content for h11 or httptools."""
    body = server_reads(chunks + end)
    if body is not None:
        assert body in (httptools_reads(CHUNKED + chunks + end), h11_reads(CHUNKED + chunks + end))
