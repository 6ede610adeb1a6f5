"""A client of HTTP/2 that can send anything, and records everything that it receives."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    InformationalResponseReceived,
    ResponseReceived,
    StreamEnded,
    StreamReset,
)
from hyperframe.frame import Frame

TIMEOUT_S = 20
AUTHORITY = "localhost"


@dataclass
class Response:
    """The frames that have arrived on a stream."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    informational: list[int] = field(default_factory=list)
    has_ended: bool = False
    reset: ErrorCodes | int | None = None


class TLSSocket:
    """A socket with TLS. Unlike `ssl.SSLSocket` it reports a reset of the connection as such.

    Args:
        raw: a connected socket.
        context: the TLS context.
    """

    def __init__(self, raw: socket.socket, context: ssl.SSLContext) -> None:
        self._raw = raw
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname="localhost")
        self._run(self._tls.do_handshake)
        self.protocol = self._tls.selected_alpn_protocol()

    def _run(self, operation: Callable[[], Any]) -> Any:
        """Runs an operation until it needs no more bytes; returns `None` at the end of them."""
        while True:
            try:
                result = operation()
            except ssl.SSLWantReadError:
                self._raw.sendall(self._outgoing.read())
                received = self._raw.recv(65_536)
                if not received:
                    return None
                self._incoming.write(received)
            else:
                self._raw.sendall(self._outgoing.read())
                return result

    def recv(self) -> bytes:
        """Receives bytes; none at the end."""
        return self._run(lambda: self._tls.read(65_536)) or b""

    def sendall(self, data: bytes) -> None:
        """Sends all bytes."""
        if data:
            self._tls.write(data)
            self._raw.sendall(self._outgoing.read())

    def close(self) -> None:
        """Closes the socket."""
        self._raw.close()


def request_headers(
    method: str = "GET", path: str = "/", *others: tuple[str, str]
) -> list[tuple[str, str]]:
    """Returns the header list of a request."""
    return [
        (":method", method),
        (":scheme", "https"),
        (":authority", AUTHORITY),
        (":path", path),
        *others,
    ]


class H2Client:
    """A connection to a server, which can send requests that are not valid.

    Args:
        raw: a connected socket.
        context: a context that offers h2.
        window_bytes: the size of the window of each stream.

    Attributes:
        socket: the socket, with TLS.
        h2: the state of the connection.
        responses: the responses by stream.
        goaway: the error code of the GOAWAY frame; `None` before it.
        acknowledges: whether data that arrive are acknowledged.
        is_silent: whether nothing is sent in response to frames.
    """

    def __init__(
        self, raw: socket.socket, context: ssl.SSLContext, *, window_bytes: int = 65_535
    ) -> None:
        raw.settimeout(TIMEOUT_S)
        self.socket = TLSSocket(raw, context)
        assert self.socket.protocol == "h2"
        self.h2 = H2Connection(
            H2Configuration(
                client_side=True,
                header_encoding="utf-8",
                validate_outbound_headers=False,
                normalize_outbound_headers=False,
            )
        )
        self.h2.initiate_connection()
        self.h2.increment_flow_control_window(2**31 - 1 - 65_535)
        self.h2.update_settings({4: window_bytes})
        self.responses: dict[int, Response] = {}
        self.goaway: ErrorCodes | int | None = None
        self.acknowledges = True
        self.is_silent = False
        self.flush()

    def flush(self) -> None:
        """Send the frames that were made."""
        self.socket.sendall(self.h2.data_to_send())

    def send_frames(self, *frames: Frame) -> None:
        """Send frames without a check."""
        self.socket.sendall(b"".join(frame.serialize() for frame in frames))

    def start(
        self,
        headers: Iterable[tuple[str, str]] | None = None,
        body: bytes | None = b"",
    ) -> int:
        """Send a request, and return its stream. A body of `None` is sent later."""
        stream = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream, list(headers or request_headers()), end_stream=body == b"")
        self.responses[stream] = Response()
        if body:
            self.send_body(stream, body)
        self.flush()
        return stream

    def send_body(self, stream: int, data: bytes, *, ends: bool = True) -> None:
        """Send data, within the windows of the server."""
        while data:
            self.flush()
            size = min(len(data), self.h2.local_flow_control_window(stream), 16_384)
            if size:
                self.h2.send_data(stream, data[:size])
                data = data[size:]
            else:
                self.receive()
        if ends:
            self.h2.end_stream(stream)
        self.flush()

    def finish(self, stream: int) -> Response:
        """Read until a response has ended or was reset, and return it."""
        response = self.responses[stream]
        while not response.has_ended and response.reset is None:
            self.receive()
        return response

    def request(
        self, headers: Iterable[tuple[str, str]] | None = None, body: bytes = b""
    ) -> Response:
        """Send a request and read its response."""
        return self.finish(self.start(headers, body))

    def read_until(self, is_enough: Callable[[], Any]) -> None:
        """Read until a condition is true."""
        while not is_enough():
            self.receive()

    def ping(self) -> None:
        """Wait until the server has handled all that was sent before."""
        self.h2.ping(b"12345678")
        self.flush()
        seen: list[Event] = []
        while not any(type(event).__name__ == "PingAckReceived" for event in seen):
            seen += self.receive()

    def read_to_end(self) -> bool:
        """Read until the server disconnects, and return whether it has reset the connection."""
        # After a reset, an attempt to write would hide it.
        self.is_silent = True
        try:
            while self._receive_data() is not None:
                pass
        except ConnectionResetError:
            return True
        return False

    def receive(self) -> list[Event]:
        """Read once, and record what has arrived."""
        events = self._receive_data()
        assert events is not None, "the server has disconnected"
        return events

    def _receive_data(self) -> list[Event] | None:
        data = self.socket.recv()
        if not data:
            return None
        events = self.h2.receive_data(data)
        for event in events:
            self._record(event)
        if not (self.is_silent or self.goaway is not None):
            self.flush()
        return events

    def _record(self, event: Event) -> None:
        if isinstance(event, ConnectionTerminated):
            self.goaway = event.error_code
            return
        response = self.responses.get(getattr(event, "stream_id", None) or 0)
        if response is None:
            return
        if isinstance(event, InformationalResponseReceived):
            response.informational.append(int(dict(event.headers)[":status"]))
        elif isinstance(event, ResponseReceived):
            response.headers = dict(event.headers)
            response.status = int(response.headers.pop(":status"))
        elif isinstance(event, DataReceived):
            response.body += event.data
            self._acknowledge(event)
        elif isinstance(event, StreamEnded):
            response.has_ended = True
        elif isinstance(event, StreamReset):
            response.reset = event.error_code

    def _acknowledge(self, event: DataReceived) -> None:
        if self.acknowledges:
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
