"""The proxy itself: whom it serves, and where to."""

from __future__ import annotations

import ipaddress
import logging
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from fakebox.dropbox_hosts import is_dropbox_host
from fakebox.proxy.tunnel import Tunnel
from fakebox.server.acceptor import Acceptor
from fakebox.server.thread_pool import ThreadPool
from fakebox.server.transport import Disconnected, HeadTooLarge, Reader

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

logger: logging.Logger = logging.getLogger("fakebox.proxy")

_HEAD_LIMIT_BYTES = 16 * 1024
_HEAD_TIMEOUT_S = 30.0
_GRACE_S = 0.005
_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Proxy:
    """A CONNECT proxy in the background, for a client's `HTTPS_PROXY`.

    As a context manager it serves within the block.

    Args:
        target: the emulator's address and port, where TLS is spoken.
        host: the address to bind.
        port: the port to bind; 0 for a free one.

    Attributes:
        host: as given.
        port: as given, and as bound once started.
    """

    def __init__(self, target: tuple[str, int], host: str = "127.0.0.1", port: int = 0) -> None:
        self.host = host
        self.port: int = port
        self._target = target
        self._open: set[socket.socket] = set()
        self._acceptor: Acceptor | None = None

    @property
    def url(self) -> str:
        """The value for `HTTPS_PROXY`."""
        host = reachable(self.host)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    def start(self) -> Self:
        """Accept clients from now on.

        Returns:
            The proxy itself.

        Raises:
            OSError: the address can't be bound, as when the port is in use.
        """
        self._threads = ThreadPool()
        self._acceptor = Acceptor(self.host, self.port, self._admit, self._threads)
        self.port = self._acceptor.port
        self._acceptor.start()
        return self

    def stop(self) -> None:
        """Stop: no client is accepted any more, and tunnels end."""
        if self._acceptor is None:
            return
        self._acceptor.stop()
        self._acceptor = None
        for sock in list(self._open):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self._threads.dismiss(_GRACE_S)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
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
            if error := _target_error(line):
                logger.warning("%s", error)
                client.sendall(_answer("403 Forbidden", error))
            elif line:
                self._join(client, reader)
        self._open.discard(client)

    def _join(self, client: socket.socket, reader: Reader) -> None:
        try:
            emulator = socket.create_connection(self._target)
        except OSError as error:
            client.sendall(_answer("502 Bad Gateway", f"fakebox is not there: {error}"))
            return
        with emulator:
            emulator.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open.add(emulator)
            client.sendall(_ESTABLISHED)
            # A tunnel may be silent for as long as a long poll.
            client.settimeout(None)
            self._carry(Tunnel(client, reader, emulator))
            self._open.discard(emulator)

    def _carry(self, tunnel: Tunnel) -> None:
        ended = threading.Event()

        def carry_down() -> None:
            tunnel.carry_down()
            ended.set()

        self._threads.run(carry_down)
        tunnel.carry_up()
        ended.wait()


def reachable(host: str) -> str:
    """The host by which this machine reaches a server that is bound to `host`.

    Args:
        host: an address or a name; an unspecified address (`0.0.0.0`, `::`) stands for all.

    Returns:
        The loopback address of the same family for an unspecified address, or else `host`.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if not address.is_unspecified:
        return host
    return "127.0.0.1" if address.version == 4 else "::1"


def _target_error(line: str) -> str | None:
    """Why the request isn't carried; None if it is."""
    method, _, rest = line.partition(" ")
    target = rest.partition(" ")[0].lower()
    if line and method != "CONNECT":
        return "This proxy carries https only; the request was for plain http."
    host, _, port = target.rpartition(":")
    if line and not (port == "443" and is_dropbox_host(host)):
        return f"This proxy carries Dropbox's hosts only, to fakebox; not {target}."
    return None


def _answer(status: str, text: str) -> bytes:
    body = f"{text}\n".encode("latin-1", "replace")
    head = (
        f"HTTP/1.1 {status}\r\nConnection: close\r\n"
        f"Content-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
