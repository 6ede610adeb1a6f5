"""A CONNECT proxy for programs that use the host names of the real service.

It connects HTTPS clients of the service's hosts to the emulator, and rejects every other host that
is not listed. So a program under test cannot reach the real service by mistake. It does not decrypt
the connections.
"""

from __future__ import annotations

import logging
import socket
import struct
import threading
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from fakebox.dropbox_hosts import is_dropbox_host
from fakebox.server import local_url
from fakebox.server.acceptor import Acceptor
from fakebox.server.thread_pool import ThreadPool
from fakebox.server.transport import Disconnected, HeadTooLarge, Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from typing_extensions import Self

logger: logging.Logger = logging.getLogger("fakebox.proxy")

_HTTPS = 443
_PORTS = 65_536
_PORT_DIGITS = 5
_HEAD_LIMIT_BYTES = 16 * 1024
_HEAD_TIMEOUT_S = 30.0
_GRACE_S = 0.005
_BLOCK_BYTES = 256 * 1024
_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Proxy:
    """A CONNECT proxy in background threads, for the `HTTPS_PROXY` of clients.

    As a context manager it serves within the block.

    Args:
        target: the address and the port of the emulator, which uses TLS.
        host: the address to bind.
        port: the port to bind; 0 for a free one.
        passthrough: other hosts that clients may connect to, by any port; `*` matches any text.
            A host of the service never matches.

    Attributes:
        host: as given.
        port: as given; the bound port once started.
    """

    def __init__(
        self,
        target: tuple[str, int],
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        passthrough: Iterable[str] = (),
    ) -> None:
        self.host = host
        self.port: int = port
        self._target = target
        self._passthrough = tuple(pattern.lower() for pattern in passthrough)
        self._open: set[socket.socket] = set()
        self._acceptor: Acceptor | None = None

    @property
    def url(self) -> str:
        """The value for `HTTPS_PROXY`."""
        return local_url("http", self.host, self.port)

    def start(self) -> Self:
        """Start to accept clients.

        Returns:
            The proxy itself.

        Raises:
            OSError: the address cannot be bound, for example because the port is in use.
        """
        self._threads = ThreadPool()
        self._acceptor = Acceptor(self.host, self.port, self._admit, self._threads)
        self.port = self._acceptor.port
        self._acceptor.start()
        return self

    def stop(self) -> None:
        """Stop accepting clients, and close all tunnels."""
        if self._acceptor is None:
            return
        self._acceptor.stop()
        self._acceptor = None
        for sock in list(self._open):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self._threads.shut_down(_GRACE_S)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _admit(self, client: socket.socket, _peer: tuple[str, int]) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.settimeout(_HEAD_TIMEOUT_S)
        self._open.add(client)
        try:
            self._threads.run(lambda: self._serve(client))
        except RuntimeError:
            self._open.discard(client)
            raise

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError, Disconnected, HeadTooLarge):
            reader = Reader(client)
            head = b""
            while not (head or reader.ended):
                reader.take()
                head = reader.head(_HEAD_LIMIT_BYTES)
            line = head.partition(b"\r\n")[0].decode("latin-1")
            if line:
                self._respond(client, reader, line)
        self._open.discard(client)

    def _respond(self, client: socket.socket, reader: Reader, line: str) -> None:
        method, _, rest = line.partition(" ")
        host, port = _host_and_port(rest.partition(" ")[0].lower())
        if method != "CONNECT":
            _reject(client, "This proxy accepts CONNECT requests for https only, not plain http.")
        elif is_dropbox_host(host) and port == _HTTPS:
            self._connect(client, reader, self._target, "fakebox")
        elif port is not None and self._passes(host):
            self._connect(client, reader, (host, port), host)
        else:
            target = rest.partition(" ")[0].lower()
            _reject(client, f"This proxy connects to Dropbox's hosts only, not to {target}.")

    def _passes(self, host: str) -> bool:
        is_listed = any(fnmatchcase(host, pattern) for pattern in self._passthrough)
        return is_listed and not is_dropbox_host(host)

    def _connect(
        self, client: socket.socket, reader: Reader, target: tuple[str, int], name: str
    ) -> None:
        try:
            emulator = socket.create_connection(target)
        except (OSError, UnicodeError) as error:
            client.sendall(_response("502 Bad Gateway", f"{name} cannot be reached: {error}"))
            return
        with emulator:
            emulator.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open.add(emulator)
            client.sendall(_ESTABLISHED)
            # A tunnel has no data during a long poll.
            client.settimeout(None)
            self._run(Tunnel(client, reader, emulator))
            self._open.discard(emulator)

    def _run(self, tunnel: Tunnel) -> None:
        ended = threading.Event()

        def carry_down() -> None:
            tunnel.carry_down()
            ended.set()

        self._threads.run(carry_down)
        tunnel.carry_up()
        ended.wait()


def _host_and_port(target: str) -> tuple[str, int | None]:
    host, _, port = target.rpartition(":")
    is_port = port.isascii() and port.isdecimal() and len(port) <= _PORT_DIGITS
    number = int(port) if is_port else _PORTS
    return host.removeprefix("[").removesuffix("]"), number if number < _PORTS else None


def _reject(client: socket.socket, reason: str) -> None:
    logger.warning("%s", reason)
    client.sendall(_response("403 Forbidden", reason))


def _response(status: str, text: str) -> bytes:
    body = f"{text}\n".encode("latin-1", "replace")
    head = (
        f"HTTP/1.1 {status}\r\nConnection: close\r\n"
        f"Content-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Tunnel:
    """A client connection and an emulator connection. Bytes are copied in both directions.

    `carry_up` and `carry_down` run at the same time, in two threads. If the
    emulator ends or resets its connection, such as by a fault, the client's connection is ended
    or reset as well.

    Args:
        client: the socket of the client.
        reader: the reader of that socket, which may have received bytes already.
        emulator: the socket to the emulator.
    """

    def __init__(self, client: socket.socket, reader: Reader, emulator: socket.socket) -> None:
        self._client = client
        self._reader = reader
        self._emulator = emulator

    def carry_up(self) -> None:
        """Copy from the client to the emulator, until the client stops sending."""
        with suppress(OSError):
            _carry(self._reader.readinto, self._emulator)
        with suppress(OSError):
            self._emulator.shutdown(socket.SHUT_WR)

    def carry_down(self) -> None:
        """Copy from the emulator to the client, until the emulator stops sending."""
        try:
            _carry(self._emulator.recv_into, self._client)
        except ConnectionResetError:
            self._reset_client()
        except OSError:
            self._wake_client_side()
        else:
            # The other direction stays open, because the client may still be uploading.
            with suppress(OSError):
                self._client.shutdown(socket.SHUT_WR)

    def _reset_client(self) -> None:
        # Takes effect when the socket is closed, after both directions have ended.
        linger = struct.pack("ii", 1, 0)
        with suppress(OSError):
            self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._wake_client_side()

    def _wake_client_side(self) -> None:
        with suppress(OSError):
            self._client.shutdown(socket.SHUT_RD)


def _carry(receive: Callable[[memoryview], int], target: socket.socket) -> None:
    block = memoryview(bytearray(_BLOCK_BYTES))
    while size_bytes := receive(block):
        target.sendall(block[:size_bytes])
