"""Faults of intercepted requests: each library raises what it raises over a socket.

The exceptions are those that the libraries raised for the same faults over real sockets.
"""

from __future__ import annotations

import asyncio
from errno import ECONNREFUSED, ECONNRESET

import pytest
import urllib3
from urllib3.exceptions import (
    DecodeError,
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
)

from fakebox.testing.interception import Endpoint, Interception

httpx = pytest.importorskip("httpx")
aiohttp = pytest.importorskip("aiohttp")
requests = pytest.importorskip("requests")

# The exceptions of each library, by fault; for httpx those of sync and async clients are the same.
RAISED = {
    "refused": {
        "urllib3": NewConnectionError,
        "requests": requests.ConnectionError,
        "httpx": httpx.ConnectError,
        "aiohttp": aiohttp.ClientConnectorError,
    },
    "reset before the status": {
        "urllib3": ProtocolError,
        "requests": requests.ConnectionError,
        "httpx": httpx.ReadError,
        "aiohttp": aiohttp.ClientOSError,
    },
    "closed before the status": {
        "urllib3": ProtocolError,
        "requests": requests.ConnectionError,
        "httpx": httpx.RemoteProtocolError,
        "aiohttp": aiohttp.ServerDisconnectedError,
    },
    "cut": {
        "urllib3": ProtocolError,
        "requests": requests.exceptions.ChunkedEncodingError,
        "httpx": httpx.RemoteProtocolError,
        "aiohttp": aiohttp.ClientPayloadError,
    },
    "reset in the body": {
        "urllib3": ProtocolError,
        "requests": requests.exceptions.ChunkedEncodingError,
        "httpx": httpx.ReadError,
        "aiohttp": aiohttp.ClientPayloadError,
    },
    "no status in time": {
        "urllib3": ReadTimeoutError,
        "requests": requests.ReadTimeout,
        "httpx": httpx.ReadTimeout,
        "aiohttp": aiohttp.ServerTimeoutError,
    },
    "stall in the body": {
        "urllib3": ReadTimeoutError,
        "requests": requests.ConnectionError,
        "httpx": httpx.ReadTimeout,
        "aiohttp": aiohttp.ServerTimeoutError,
    },
    "reset in the upload": {
        "urllib3": ProtocolError,
        "requests": requests.ConnectionError,
        "httpx": (httpx.RemoteProtocolError, httpx.ReadError),
        "aiohttp": aiohttp.ClientOSError,
    },
    "malformed status line": {
        "urllib3": ProtocolError,
        "requests": requests.ConnectionError,
        "httpx": httpx.RemoteProtocolError,
        "aiohttp": aiohttp.ClientResponseError,
    },
    "malformed gzip": {
        "urllib3": DecodeError,
        "requests": requests.exceptions.ContentDecodingError,
        "httpx": httpx.DecodingError,
        "aiohttp": aiohttp.ClientPayloadError,
    },
}


def raises(library, fault):
    """Expect the library's exception for a fault."""
    return pytest.raises(RAISED[fault][library.name.removesuffix("-async")])


def test_stopped_emulator_refuses_connections(emulator, library):
    """A client of an emulator that was stopped sees a refused connection."""
    with emulator.intercept():
        emulator.stop()
        with raises(library, "refused") as raised:
            library.account()
    assert getattr(raised.value, "errno", None) or f"Errno {ECONNREFUSED}" in str(raised.value)


def test_refused_connection_is_retried_by_urllib3(emulator):
    """urllib3 tries again, and then says how often."""
    with emulator.intercept():
        emulator.stop()
        with pytest.raises(MaxRetryError) as raised:
            urllib3.request("POST", "https://api.dropboxapi.com/2/x", retries=2)
    assert isinstance(raised.value.reason, NewConnectionError)


def test_reset_before_the_status(box, library):
    """A reset connection is an error of the connection, and nothing is applied."""
    box.faults.add(reset="before_read")
    with raises(library, "reset before the status") as raised:
        library.upload("/a", b"abc")
    assert box.tree() == []
    if library.name == "aiohttp":
        assert raised.value.errno == ECONNRESET


def test_reset_before_the_status_has_the_error_of_the_system(box):
    """urllib3's exception contains the reset."""
    box.faults.add(reset="before_read")
    with pytest.raises(ProtocolError) as raised:
        urllib3.request("POST", "https://api.dropboxapi.com/2/x", retries=False)
    assert isinstance(raised.value.args[1], ConnectionResetError)


def test_reset_after_the_request_was_applied(box, library):
    """The response is lost, and the file is there."""
    box.faults.add(reset="after_applied")
    with raises(library, "reset before the status"):
        library.upload("/a", b"abc")
    assert box.tree() == ["/a"]


def test_connection_is_closed_before_the_status(box, library):
    """A response that is cut before its first byte is a closed connection."""
    box.faults.add(cut_after_bytes=0)
    with raises(library, "closed before the status"):
        library.account()


def test_response_with_a_length_is_cut(box, library):
    """A response that ends before its length is an error."""
    box.write("/a", bytes(100))
    box.faults.add(endpoint="files/download", cut_after_bytes=10)
    with raises(library, "cut") as raised:
        library.download("/a")
    if library.name == "urllib3":
        assert "10 bytes read, 90 more expected" in str(raised.value)


def test_response_is_reset_in_the_body(box, library):
    """A response whose connection is reset is an error of the connection."""
    box.write("/a", bytes(100))
    box.faults.add(endpoint="files/download", reset="mid_body")
    with raises(library, "reset in the body"):
        library.download("/a")


def test_status_does_not_come_in_time(box, library):
    """The timeout of the client applies to a slow response."""
    box.faults.add(latency_s=60)
    with raises(library, "no status in time"):
        library.account(timeout=0.01)


def test_request_is_applied_although_the_client_does_not_wait(box, library):
    """The emulator applies a request of a client that has timed out."""
    if library.name == "aiohttp":
        pytest.skip("the emulator works in another thread, which nothing waits for")
    box.faults.add(latency_s=60)
    with raises(library, "no status in time"):
        library.upload("/a", b"abc", timeout=0.01)
    assert box.tree() == ["/a"]


def test_total_timeout_of_aiohttp_applies(box):
    """Aiohttp's timeout of the whole request is a TimeoutError."""
    box.faults.add(latency_s=60)

    async def main():
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.01)) as session:
            await session.post("https://api.dropboxapi.com/2/x")

    with pytest.raises(asyncio.TimeoutError):
        asyncio.run(main())


def test_body_stalls(guard, library):
    """The timeout of the client applies to each piece of the body."""

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "10")])
        yield b"first"
        environ["fakebox.connection"].pause(60)
        yield b"other"

    with Interception(Endpoint(app), lambda: None), raises(library, "stall in the body"):
        library.send("GET", "https://www.dropbox.com/", timeout=0.5)


def test_slow_response_arrives(box, library):
    """A limited bandwidth delays a response, and does not change it."""
    box.write("/a", bytes(100))
    box.faults.add(endpoint="files/download", bandwidth_bytes_per_s=100_000)
    assert library.download("/a").body == bytes(100)


def test_long_poll_ends_with_the_timeout_of_the_client(box, library):
    """A client does not wait longer for a long poll than its timeout."""
    cursor = box_cursor(library)
    body = b'{"cursor": "%s", "timeout": 30}' % cursor.encode()
    url = "https://notify.dropboxapi.com/2/files/list_folder/longpoll"
    headers = {"Content-Type": "application/json"}
    with raises(library, "no status in time"):
        library.send("POST", url, headers=headers, body=body, timeout=0.01)


def box_cursor(library) -> str:
    """Return a cursor of the account."""
    import json

    reply = library.send(
        "POST",
        "https://api.dropboxapi.com/2/files/list_folder",
        headers={
            "Authorization": "Bearer fakebox-bearer-token",
            "Content-Type": "application/json",
        },
        body=b'{"path": ""}',
    )
    cursor: str = json.loads(reply.body)["cursor"]
    return cursor


@pytest.mark.parametrize("size_bytes", [1000, 4_000_000], ids=["small", "large"])
def test_upload_is_reset(box, library, size_bytes):
    """A reset during the upload is an error of the connection, and nothing is applied."""
    block = bytes(1000)
    box.faults.add(endpoint="files/upload", reset="mid_body")
    with raises(library, "reset in the upload"):
        library.upload("/a", _sized(library, block, size_bytes))
    assert box.tree() == []


def _sized(library, block, size_bytes):
    # Bytes have a Content-Length, on which the fault depends.
    if library.name == "aiohttp" and size_bytes > 1_000_000:
        pytest.skip("aiohttp warns of large bodies of bytes")
    return block * (size_bytes // len(block))


def test_early_response_is_read(box, library):
    """A client reads a response that comes before it has sent the whole body."""
    if library.name == "aiohttp" and aiohttp.__version__.startswith("3.9."):
        pytest.skip("aiohttp 3.9 raises ConnectionResetError, also over a socket")
    box.faults.add(endpoint="files/upload", status=401)
    blocks = (bytes(100_000) for _ in range(40))
    assert library.upload("/a", blocks).status == 401


def test_malformed_gzip(box, library):
    """A body that is not what its Content-Encoding says is an error."""
    box.faults.add(status=200, body=b"not gzip", headers={"Content-Encoding": "gzip"})
    with raises(library, "malformed gzip"):
        library.account()


@pytest.mark.parametrize("fault", ["cut", "reset in the body"])
def test_chunked_response_is_broken(guard, library, fault):
    """A chunked response that ends before its last chunk is an error."""

    def app(environ, start_response):
        start_response("200 OK", [])
        yield b"first"
        connection = environ["fakebox.connection"]
        connection.cut() if fault == "cut" else connection.reset()

    with Interception(Endpoint(app), lambda: None), raises(library, fault):
        library.send("GET", "https://www.dropbox.com/")


def test_application_that_fails_is_a_500(guard, library, caplog):
    """An exception of the application is in the log, and the client gets a response."""

    def app(environ, start_response):
        raise RuntimeError("broken")

    with Interception(Endpoint(app), lambda: None):
        assert library.send("GET", "https://www.dropbox.com/").status == 500
    assert "the application failed" in caplog.messages


@pytest.mark.parametrize("name", ["urllib3", "requests", "httpx"])
def test_interrupt_reaches_the_client(guard, name):
    """Ctrl-C during the emulator's work raises KeyboardInterrupt in the client's code."""

    def app(environ, start_response):
        raise KeyboardInterrupt

    send = {"urllib3": urllib3.request, "requests": requests.request, "httpx": httpx.request}[name]
    with Interception(Endpoint(app), lambda: None), pytest.raises(KeyboardInterrupt):
        send("GET", "https://www.dropbox.com/")
