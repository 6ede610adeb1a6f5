"""A client and the emulator, joined: bytes both ways, and every kind of end.

What faults do to a connection must reach the client as they did it: an end as an end, a reset as
a reset.
"""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakebox.server.transport import Reader

_BLOCK_BYTES = 256 * 1024


class Tunnel:
    """Two connected sockets; `carry_up` and `carry_down` run at the same time, in two threads.

    Args:
        client: the client's socket.
        reader: what reads it, and may hold bytes already.
        emulator: the emulator's socket.
    """

    def __init__(self, client: socket.socket, reader: Reader, emulator: socket.socket) -> None:
        self._client = client
        self._reader = reader
        self._emulator = emulator

    def carry_up(self) -> None:
        """Carry what the client sends, until it ends."""
        with suppress(OSError):
            _carry(self._reader.readinto, self._emulator)
        with suppress(OSError):
            self._emulator.shutdown(socket.SHUT_WR)

    def carry_down(self) -> None:
        """Carry what the emulator sends, until it ends."""
        try:
            _carry(self._emulator.recv_into, self._client)
        except ConnectionResetError:
            self._reset_client()
        except OSError:
            self._wake_client_side()
        else:
            # The client may be in the middle of an upload that the emulator still listens to.
            with suppress(OSError):
                self._client.shutdown(socket.SHUT_WR)

    def _reset_client(self) -> None:
        # Takes effect when the socket is closed, which is once both directions have ended.
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
