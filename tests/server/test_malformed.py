"""Tests that requests which violate RFC 9112 are rejected while other clients are served."""

from __future__ import annotations

import pytest

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


def head(*fields: bytes, line: bytes = b"PUT / HTTP/1.1") -> bytes:
    """Returns a request head with a `Host` field and the given fields."""
    return b"\r\n".join([line, b"Host: x", *fields, b"", b""])


HEADS = {
    "two lengths": head(b"Content-Length: 5", b"Content-Length: 6") + b"hello",
    "the same length twice": head(b"Content-Length: 5", b"Content-Length: 5") + b"hello",
    "a list of lengths": head(b"Content-Length: 5, 5") + b"hello",
    "space before the colon": head(b"Content-Length : 24"),
    "tab before the colon": head(b"Content-Length\t: 24"),
    "length with a sign": head(b"Content-Length: +5"),
    "length with an underscore": head(b"Content-Length: 1_0"),
    "hexadecimal length": head(b"Content-Length: 0x5"),
    "empty length": head(b"Content-Length:"),
    "huge length": head(b"Content-Length: " + b"9" * 5000),
    "length in other digits": head("Content-Length: ٤".encode()),
    "control character before chunked": head(b"Transfer-Encoding: \x0bchunked"),
    "length and chunked": head(b"Transfer-Encoding: chunked", b"Content-Length: 5"),
    "unknown coding": head(b"Transfer-Encoding: zip"),
    "chunked is not last": head(b"Transfer-Encoding: chunked, gzip"),
    "chunked twice": head(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"),
    "chunked with a parameter": head(b"Transfer-Encoding: chunked;q=1"),
    "empty coding": head(b"Transfer-Encoding:"),
    "chunked in HTTP/1.0": head(b"Transfer-Encoding: chunked", line=b"PUT / HTTP/1.0"),
    "two hosts": head(b"Host: y"),
    "two hosts in HTTP/1.0": head(b"Host: x", line=b"GET / HTTP/1.0"),
    "no host": b"GET / HTTP/1.1\r\nX: y\r\n\r\n",
    "no field": b"GET / HTTP/1.1\r\n\r\n",
    "host with a space": b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    "host with a path": b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
    "host with a user": b"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n",
    "NUL in a value": head(b"X: a\0b"),
    "bare CR in a value": head(b"X: a\rb"),
    "bare LF in a value": head(b"X: a\nY: b"),
    "escape in a value": head(b"X: a\x1bb"),
    "DEL in a value": head(b"X: a\x7fb"),
    "bare LF everywhere": b"GET / HTTP/1.1\nHost: x\n\n",
    "bare LF at the end": b"GET / HTTP/1.1\r\nHost: x\n\r\n",
    "folded line": head(b"X: y", b" folded"),
    "line folded by a tab": head(b"X: y", b"\tfolded"),
    "space before the first name": b"GET / HTTP/1.1\r\n Host: x\r\n\r\n",
    "space in a name": head(b"X Y: z"),
    "control character in a name": head(b"X\x01: z"),
    "non-ASCII name": head("Größe: 1".encode()),
    "empty name": head(b": z"),
    "line without a colon": head(b"nothing"),
    "control character in the target": head(line=b"GET /a\x01b HTTP/1.1"),
    "DEL in the target": head(line=b"GET /a\x7fb HTTP/1.1"),
    "space in the target": head(line=b"GET /a b HTTP/1.1"),
    "tab in the target": head(line=b"GET /a\tb HTTP/1.1"),
    "control character in the method": head(line=b"G\x01T / HTTP/1.1"),
    "two spaces": head(line=b"GET  / HTTP/1.1"),
    "tabs in the first line": head(line=b"GET\t/\tHTTP/1.1"),
    "no version": head(line=b"GET /"),
    "no such version": head(line=b"GET / HTTP/2.7"),
    "version before HTTP/1.0": head(line=b"GET / HTTP/0.9"),
    "long version": head(line=b"GET / HTTP/1.10"),
    "version in small letters": head(line=b"GET / http/1.1"),
    "space after the version": head(line=b"GET / HTTP/1.1 "),
    "asterisk": head(line=b"GET * HTTP/1.1"),
    "relative target": head(line=b"GET a HTTP/1.1"),
    "LF before the first line": b"\n" + GET,
    # The beginning of a ClientHello: the client waits for a response.
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}

BODIES = {
    "size with a prefix": b"0x9\r\nchunkbody\r\n0\r\n\r\n",
    "size with a sign": b"+9\r\nchunkbody\r\n0\r\n\r\n",
    "negative size": b"-9\r\nchunkbody\r\n0\r\n\r\n",
    "size with an underscore": b"0_9\r\nchunkbody\r\n0\r\n\r\n",
    "huge size": b"f" * 20 + b"\r\nchunkbody\r\n0\r\n\r\n",
    "space before the size": b" 9\r\nchunkbody\r\n0\r\n\r\n",
    "empty size": b"\r\nchunkbody\r\n0\r\n\r\n",
    "size that ends with LF": b"9\nchunkbody\r\n0\r\n\r\n",
    "control character in an extension": b"9;a=\0\r\nchunkbody\r\n0\r\n\r\n",
    "bare CR in an extension": b"9;a=\rb\r\nchunkbody\r\n0\r\n\r\n",
    "long extension": b"9;" + b"a" * 10_000 + b"\r\nchunkbody\r\n0\r\n\r\n",
    "chunk longer than its size": b"8\r\nchunkbody\r\n0\r\n\r\n",
    "chunk shorter than its size": b"a\r\nchunkbody\r\n0\r\n\r\n",
    "chunk that ends with LF": b"9\r\nchunkbody\n0\r\n\r\n",
    "trailer without a colon": b"0\r\nnothing\r\n\r\n",
    "space in a trailer's name": b"0\r\nX : y\r\n\r\n",
    "control character in a trailer": b"0\r\nX: \0\r\n\r\n",
    "folded trailer": b"0\r\nX: y\r\n z\r\n\r\n",
    "many trailers": b"0\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
}


@pytest.mark.parametrize("message", HEADS.values(), ids=HEADS.keys())
def test_malformed_head_is_answered_with_400(serve, connect, recorder, message):
    """A malformed head is answered with 400 in plain text without a call of the application."""
    server = serve(recorder)
    other, client = connect(server), connect(server)
    client.send(message)
    status, headers, text = client.read_response()
    assert (status, headers["connection"], headers["content-type"]) == (400, "close", "text/plain")
    assert text.endswith(b"\n")
    assert client.read_to_end() == b""
    assert recorder.environs == []
    assert other.request(GET)[0] == 200


@pytest.mark.parametrize("catches", [False, True], ids=["fails", "catches"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_malformed_chunk_is_answered_with_400(serve, connect, body, catches):
    """Reading a malformed chunk raises; the response is 400 even if the application catches it."""
    read = []

    def app(environ, start_response):
        if environ["REQUEST_METHOD"] == "PUT":
            try:
                read.append(environ["wsgi.input"].read())
            except ValueError:
                if not catches:
                    raise
        start_response("200 OK", [("Content-Length", "0")])
        return []

    server = serve(app)
    other, client = connect(server), connect(server)
    client.send(CHUNKED + body)
    status, headers, _ = client.read_response()
    assert (status, headers["connection"], headers["content-type"]) == (400, "close", "text/plain")
    assert client.read_to_end() == b""
    assert read == []
    assert other.request(GET)[0] == 200


def test_incomplete_chunked_body_is_answered_with_400(serve, connect):
    """A chunked body without a last chunk is answered with 400, and is not passed on."""
    read = []

    def app(environ, start_response):
        read.append(environ["wsgi.input"].read())
        start_response("200 OK", [("Content-Length", "0")])
        return []

    client = connect(serve(app))
    client.send(CHUNKED + b"5\r\nhello\r\n")
    client.socket.shutdown(1)
    assert client.read_response()[0] == 400
    assert read == []


def test_header_with_an_underscore_is_ignored(serve, connect, recorder):
    """A header with an underscore does not set the environ key of the header with a hyphen."""
    client = connect(serve(recorder))
    assert client.request(head(b"Content_Length: 5", b"Transfer_Encoding: chunked"))[0] == 200
    assert client.request(GET)[0] == 200
    assert "CONTENT_LENGTH" not in recorder.environs[0]
    assert "HTTP_TRANSFER_ENCODING" not in recorder.environs[0]


def test_repeated_headers_are_joined(serve, connect, recorder):
    """Repeated headers are joined with a comma (RFC 9110), cookies with a semicolon (RFC 6265)."""
    connect(serve(recorder)).request(head(b"X-A: 1", b"Cookie: a=1", b"X-A: 2", b"Cookie: b=2"))
    environ = recorder.environs[0]
    assert (environ["HTTP_X_A"], environ["HTTP_COOKIE"]) == ("1, 2", "a=1; b=2")


def test_later_minor_version_is_served_as_http_1_1(serve, connect, recorder):
    """A request with HTTP/1.2 is served as HTTP/1.1 (RFC 9110, section 2.5)."""
    assert connect(serve(recorder)).request(head(line=b"GET / HTTP/1.2"))[0] == 200
    assert recorder.environs[0]["SERVER_PROTOCOL"] == "HTTP/1.1"


def test_target_may_contain_utf8(serve, connect, recorder):
    """A target with unencoded UTF-8 is accepted, though RFC 3986 requires percent-encoding."""
    assert connect(serve(recorder)).request(head(line="GET /größe HTTP/1.1".encode()))[0] == 200
    assert recorder.environs[0]["PATH_INFO"].encode("latin-1").decode() == "/größe"
