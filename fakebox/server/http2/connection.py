"""An HTTP/2 connection: it reads frames for its streams, and writes theirs.

The thread that has taken the connection from the selector reads, and starts a thread for each
request. All threads write. TLS and `h2` are used by one thread at a time, under one lock, and never
wait while they hold it.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import threading
from typing import TYPE_CHECKING

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    PingReceived,
    PriorityUpdated,
    RemoteSettingsChanged,
    RequestReceived,
    StreamEnded,
    StreamReset,
    UnknownFrameReceived,
    WindowUpdated,
)
from h2.exceptions import H2Error, StreamClosedError
from h2.settings import SettingCodes, Settings

from fakebox.core.clock import Deadline
from fakebox.server import transport as transport_module
from fakebox.server.http2 import limits
from fakebox.server.http2.stream import Stream
from fakebox.server.transport import Disconnected

if TYPE_CHECKING:
    from fakebox.server.environ import ServerConfig
    from fakebox.server.http2.response import Headers
    from fakebox.server.thread_pool import ThreadPool
    from fakebox.server.transport import SocketTransport

logger: logging.Logger = logging.getLogger("fakebox.server")

_FRAME_BYTES = 64 * 1024
_POLL_S = 1.0
_FINISH_POLL_S = 0.05
_DEFAULT_WINDOW_BYTES = 65_535


class _Flood(Exception):
    """The client exceeds a limit, so that its connection is ended."""


class Connection:
    """The connection of a client.

    Args:
        config: the configuration of the server.
        transport: the transport of the connection, after its handshake.
        threads: the threads for the requests.

    Attributes:
        stalls: the deadline for the first frames; `None` afterwards.
        is_new: always False, because there was a handshake.
    """

    def __init__(
        self, config: ServerConfig, transport: SocketTransport, threads: ThreadPool
    ) -> None:
        self.stalls: Deadline | None = Deadline(transport_module.STALL_S)
        self.is_new: bool = False
        self._transport = transport
        self._config = config
        self._threads = threads
        self._lock = threading.Lock()
        # Notified when the socket or the window of the connection has room. One stream is woken at
        # a time, and wakes the next one after it has sent its data.
        self._room = threading.Condition(self._lock)
        self._outgoing = bytearray()
        self._all_sent = threading.Condition(self._lock)
        self._is_pumping = False
        # The deadline for sending more of the outgoing bytes.
        self._stalls: Deadline | None = None
        self._streams: dict[int, Stream] = {}
        self._serving: set[Stream] = set()
        self._begun: list[Stream] = []
        # Nothing is read or written any more.
        self._is_over = False
        self._is_stopping = False
        self._resets = limits.resets()
        self._control_frames = limits.control_frames()
        self._h2 = _new_h2()

    @property
    def transport(self) -> SocketTransport:
        """The transport of the connection."""
        return self._transport

    @property
    def busy(self) -> bool:
        """Whether requests are being processed, or bytes of their responses have to be sent."""
        return bool(self._serving or self._outgoing)

    @property
    def lingers(self) -> bool:
        """Whether closing takes time, because the client may still be sending."""
        return self.transport.lingers

    @property
    def is_broken(self) -> bool:
        """Whether the connection has to be closed."""
        return self._is_over

    def fileno(self) -> int:
        """The file descriptor, for the selector."""
        return self.transport.fileno()

    # --- for the thread that has taken the connection from the selector --------------------------

    def advance(self) -> bool:
        """Read the available frames, and start to respond to the requests in them.

        Returns:
            Whether the connection is kept.
        """
        self.transport.stop_waiting()
        with self._lock:
            if not self._is_over:
                self._receive()
                self._flush()
            begun, self._begun = self._begun, []
            goes_on = not self._is_over
        for stream in begun:
            self._start(stream)
        return goes_on

    def expire(self) -> bool:
        """End the connection after its deadline.

        Returns:
            False: the connection is not kept.
        """
        return False

    def finish(self) -> None:
        """Serve the open requests until their responses are sent, or the connection is aborted."""
        self._is_stopping = True
        # A client that reads a long response sends WINDOW_UPDATE frames. Closing with these unread
        # would reset the connection, and the client could lose the end of the response.
        self.transport.lingers = self.transport.lingers or self.busy
        while self.busy and not self._is_over:
            if self.transport.wait_readable(_FINISH_POLL_S) and not self.advance():
                return

    def close(self) -> None:
        """Close the connection. The client still receives the bytes that were written."""
        self._send_goaway_and_end()
        self.transport.close()

    def abort(self) -> None:
        """Close the connection from another thread. The thread that serves it continues."""
        self._send_goaway_and_end()
        self.transport.abort()

    def _send_goaway_and_end(self) -> None:
        """Send GOAWAY as far as possible without waiting, and stop reading and writing."""
        with self._lock:
            if not self._is_over:
                with contextlib.suppress(H2Error):
                    self._h2.close_connection()
                self._flush()
                self._lose()

    def _start(self, stream: Stream) -> None:
        try:
            self._threads.run(stream.serve)
        except RuntimeError:
            # The system cannot start a thread. The client may send the request again.
            self.end_stream(stream, ErrorCodes.REFUSED_STREAM)

    # --- receiving, with the lock ----------------------------------------------------------------

    def _receive(self) -> None:
        reader = self.transport.reader
        reader.take()
        try:
            for event in self._h2.receive_data(reader.take_all()):
                self._handle(event)
        except H2Error as error:
            # `h2` has made the GOAWAY frame.
            self._fail(str(error))
        except _Flood as error:
            self._h2.close_connection(ErrorCodes.ENHANCE_YOUR_CALM)
            self._fail(str(error))
        if reader.ended:
            self._lose()

    def _fail(self, reason: str) -> None:
        logger.info("ended the connection of %s: %s", self.transport.remote_addr, reason)
        self.transport.lingers = True
        self._flush()
        self._lose()

    def _lose(self) -> None:
        """Stop reading and writing."""
        self._is_over = True
        for stream in self._streams.values():
            stream.close()
        self._streams.clear()
        self._outgoing.clear()
        self._room.notify_all()
        self._all_sent.notify_all()

    @functools.singledispatchmethod
    def _handle(self, event: Event) -> None:
        """Handle an event; events of other types need nothing."""

    @_handle.register
    def _on_request(self, event: RequestReceived) -> None:
        assert event.stream_id
        if self._is_stopping:
            self._reset_stream(event.stream_id, ErrorCodes.REFUSED_STREAM)
            return
        if len(self._serving) >= limits.THREADS:
            raise _Flood("too many cancelled requests are still being processed")
        headers = [(bytes(name), bytes(value)) for name, value in event.headers or ()]
        stream = Stream(self._config, self, event.stream_id, headers, self._lock)
        self._streams[stream.number] = stream
        self._serving.add(stream)
        self._begun.append(stream)

    @_handle.register
    def _on_data(self, event: DataReceived) -> None:
        assert event.stream_id
        assert event.data is not None
        assert event.flow_controlled_length is not None
        if not event.data and not event.stream_ended:
            self._count_control_frame(event)
        stream = self._streams.get(event.stream_id)
        size_bytes = len(event.data) if stream else 0
        # The padding, or everything if the request is not served any more.
        self._h2.acknowledge_received_data(
            event.flow_controlled_length - size_bytes, event.stream_id
        )
        if stream:
            stream.body.feed(event.data)

    @_handle.register
    def _on_end(self, event: StreamEnded) -> None:
        stream = self._streams.get(event.stream_id or 0)
        if stream is None:
            return
        # `h2` compares the length only for bodies that end with a DATA frame.
        if stream.has_announced_length():
            stream.body.end()
        else:
            self._reset_stream(stream.number, ErrorCodes.PROTOCOL_ERROR)
            self._close_stream(stream.number)
            self._count_reset()

    @_handle.register
    def _on_reset(self, event: StreamReset) -> None:
        # `h2` has reset the stream if the client has made an error on it.
        self._count_reset()
        self._close_stream(event.stream_id or 0)

    def _count_reset(self) -> None:
        if not self._resets.count():
            raise _Flood("too many cancelled requests")

    def _reset_stream(self, number: int, error: ErrorCodes) -> None:
        # The stream may have ended in both directions.
        with contextlib.suppress(StreamClosedError):
            self._h2.reset_stream(number, error)

    def _close_stream(self, number: int) -> None:
        stream = self._streams.pop(number, None)
        if stream is None:
            return
        stream.close()
        self._room.notify_all()
        if stream in self._begun:
            self._begun.remove(stream)
            self._serving.discard(stream)

    @_handle.register
    def _on_window(self, event: WindowUpdated) -> None:
        if event.stream_id:
            stream = self._streams.get(event.stream_id)
            if stream:
                stream.changed.notify_all()
        else:
            self._room.notify()

    @_handle.register
    def _on_settings(self, event: RemoteSettingsChanged) -> None:
        self.stalls = None
        self._count_control_frame(event)
        # The size of the windows may have changed.
        for stream in self._streams.values():
            stream.changed.notify_all()

    @_handle.register
    def _on_goaway(self, event: ConnectionTerminated) -> None:
        # `h2` cannot send anything after it. Clients send it before they disconnect.
        del event
        self.transport.lingers = True
        self._lose()

    @_handle.register(PingReceived)
    @_handle.register(PriorityUpdated)
    @_handle.register(UnknownFrameReceived)
    def _count_control_frame(self, event: Event) -> None:
        if not self._control_frames.count():
            raise _Flood(f"too many frames without a request: {type(event).__name__}")

    # --- sending, for the threads of the streams -------------------------------------------------

    def acknowledge(self, stream: Stream, size_bytes: int) -> None:
        """Allow the client to send so many bytes more; called with the lock."""
        if not self._is_over:
            self._h2.acknowledge_received_data(size_bytes, stream.number)
            self._flush()

    def send_head(
        self, stream: Stream, headers: Headers, *, ends: bool = False, is_held: bool
    ) -> None:
        """Send the head of a response.

        Raises:
            Disconnected: the client has cancelled the request or disconnected.
        """
        with self._lock:
            self._check_open(stream)
            self._h2.send_headers(stream.number, headers, end_stream=ends)
            if not is_held:
                self._flush()

    def send_data(self, stream: Stream, data: bytes, *, ends: bool) -> None:
        """Send a part of a response, and wait while the client does not accept it.

        Raises:
            Disconnected: the client has cancelled the request or disconnected, or accepted nothing
                until the timeout.
        """
        with self._lock:
            try:
                self._send_blocks(stream, memoryview(data), ends=ends)
            finally:
                if self._has_room(1):
                    self._room.notify()

    def _send_blocks(self, stream: Stream, remaining: memoryview, *, ends: bool) -> None:
        is_last = False
        while not is_last:
            size_bytes = self._wait_for_room(stream, len(remaining))
            is_last = size_bytes == len(remaining)
            block = bytes(remaining[:size_bytes])
            self._h2.send_data(stream.number, block, end_stream=ends and is_last)
            self._flush()
            remaining = remaining[size_bytes:]

    def _wait_for_room(self, stream: Stream, size_bytes: int) -> int:
        """Wait until the client and the socket accept data.

        Returns:
            How many of the `size_bytes` bytes can be sent in a frame.
        """
        deadline = Deadline(transport_module.STALL_S)
        is_flushed = False
        while True:
            self._check_open(stream)
            has_room = self._has_room(size_bytes)
            window_bytes = self._h2.local_flow_control_window(stream.number)
            if has_room and (window_bytes > 0 or not size_bytes):
                frame_bytes = min(self._h2.max_outbound_frame_size, _FRAME_BYTES)
                return min(size_bytes, max(window_bytes, 0), frame_bytes)
            if not is_flushed:
                # The head may be held until now. Sending it may also change all of the above.
                self._flush()
                is_flushed = True
            elif has_room:
                # Another stream may have a window.
                self._room.notify()
                self._wait(stream.changed, deadline)
            else:
                self._wait(self._room, deadline)

    def _has_room(self, size_bytes: int) -> bool:
        """Whether the socket and the connection accept data, or a frame without data."""
        has_window = not size_bytes or self._h2.outbound_flow_control_window > 0
        return has_window and len(self._outgoing) < limits.OUTGOING_BYTES

    @staticmethod
    def _wait(changed: threading.Condition, deadline: Deadline) -> None:
        if not changed.wait(deadline.remaining_s()):
            raise Disconnected("the client does not read the response")

    def _check_open(self, stream: Stream) -> None:
        if stream.is_closed or self._is_over:
            raise Disconnected("the client has cancelled the request or disconnected")

    def end_stream(self, stream: Stream, error: ErrorCodes | None) -> None:
        """Remove a request that was served.

        Args:
            stream: the stream of the request.
            error: the error to reset the stream with; `None` if it has ended in both directions.
        """
        with self._lock:
            self._serving.discard(stream)
            self._streams.pop(stream.number, None)
            if error is not None and not (self._is_over or stream.is_closed):
                self._reset_stream(stream.number, error)
                self._flush()

    def reset(self) -> None:
        """Reset the connection, with all its streams."""
        with self._lock:
            self.transport.reset()
            self._lose()
        self.transport.request_close()

    def cut(self) -> None:
        """Close the connection after the bytes that were written, with all its streams."""
        with self._lock:
            self._flush()
            while self._outgoing and not self._is_over:
                self._all_sent.wait(_POLL_S)
            self.transport.cut()
            self._lose()
        self.transport.request_close()

    # --- the socket, with the lock ---------------------------------------------------------------

    def _flush(self) -> None:
        """Send the frames that `h2` has made, as far as possible without waiting."""
        if self._is_over:
            return
        self._outgoing += self._h2.data_to_send()
        try:
            self._send_available()
        except Disconnected:
            self._drop_client()
            return
        if len(self._outgoing) > limits.OUTGOING_LIMIT_BYTES:
            # Only responses to control frames are not limited elsewhere.
            self._drop_client()
        elif self._outgoing and not self._is_pumping:
            self._start_pump()

    def _drop_client(self) -> None:
        self._lose()
        self.transport.request_close()

    def _send_available(self) -> None:
        while self._outgoing:
            sent_bytes = self.transport.writer.send_available(self._outgoing)
            if not sent_bytes:
                return
            was_full = len(self._outgoing) >= limits.OUTGOING_BYTES
            del self._outgoing[:sent_bytes]
            self._stalls = None
            if was_full and self._has_room(0):
                self._room.notify_all()
        self._all_sent.notify_all()

    def _start_pump(self) -> None:
        self._is_pumping = True
        try:
            self._threads.run(self._pump)
        except RuntimeError:
            self._drop_client()

    def _pump(self) -> None:
        """Send the bytes that the socket did not accept at once."""
        while self._is_pumping:
            self.transport.wait_writable(_POLL_S)
            with self._lock:
                self._flush()
                if self._outgoing:
                    self._stalls = self._stalls or Deadline(transport_module.STALL_S)
                    if not self._stalls.remaining_s():
                        self._drop_client()
                self._is_pumping = bool(self._outgoing) and not self._is_over


def _new_h2() -> H2Connection:
    h2 = H2Connection(H2Configuration(client_side=False, header_encoding=None))
    h2.local_settings = Settings(
        client=False,
        initial_values={
            SettingCodes.MAX_CONCURRENT_STREAMS: limits.STREAMS,
            SettingCodes.MAX_HEADER_LIST_SIZE: limits.HEADER_LIST_BYTES,
            SettingCodes.INITIAL_WINDOW_SIZE: limits.STREAM_WINDOW_BYTES,
        },
    )
    h2.initiate_connection()
    h2.increment_flow_control_window(limits.CONNECTION_WINDOW_BYTES - _DEFAULT_WINDOW_BYTES)
    return h2
