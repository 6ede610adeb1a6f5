"""An HTTP/1.1 connection: its requests, one after another."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING

from fakebox.core.clock import Deadline
from fakebox.server import transport as transport_module
from fakebox.server.http1.request import HTTPRequest
from fakebox.server.request_head import BadRequest
from fakebox.server.transport import Disconnected

if TYPE_CHECKING:
    from collections.abc import Generator

    from fakebox.server.environ import ServerConfig
    from fakebox.server.transport import Transport

logger: logging.Logger = logging.getLogger("fakebox.server")


class Connection:
    """The connection of a client.

    Args:
        config: the configuration of the server.
        transport: the transport of the connection.

    Attributes:
        transport: the transport of the connection.
        busy: whether a request is being processed.
        stalls: the deadline for the rest of a request; `None` between requests.
        is_new: whether the client has not sent a byte.
    """

    def __init__(self, config: ServerConfig, transport: Transport) -> None:
        self.transport: Transport = transport
        self.busy: bool = False
        self.is_new: bool = True
        self.stalls: Deadline | None = self._stall_deadline()
        self._config = config
        self._begun: HTTPRequest | None = None

    @staticmethod
    def _stall_deadline() -> Deadline:
        return Deadline(transport_module.STALL_S)

    @property
    def lingers(self) -> bool:
        """Whether closing takes time, because the client may still be sending."""
        return self.transport.lingers

    @property
    def is_broken(self) -> bool:
        """Whether a fault has ended the connection."""
        return self.transport.is_broken

    def fileno(self) -> int:
        """The file descriptor, for the selector; -1 if there is none."""
        return self.transport.fileno()

    def advance(self) -> bool:
        """Read the available bytes, and respond to the requests in them.

        The body of a long request may be incomplete.

        Returns:
            Whether the connection is kept.
        """
        steps = self.steps()
        while True:
            try:
                next(steps)
            except StopIteration as end:
                goes_on: bool = end.value
                return goes_on

    def steps(self) -> Generator[None, None, bool]:
        """Do the same as `advance`, and yield after each block of a response."""
        self.stalls = None
        self.is_new = False
        try:
            goes_on = yield from self._advance()
            if goes_on:
                self.transport.stop_waiting()
        except Disconnected as error:
            logger.info("lost %s: %s", self.transport.remote_addr, error)
            return False
        return goes_on

    def expire(self) -> bool:
        """End the connection after its deadline.

        Returns:
            False: the connection is not kept.
        """
        reader = self.transport.reader
        reader.ended = True
        with contextlib.suppress(Disconnected):
            if self._begun:
                # The application reads a body that ends early.
                for _ in self._respond(self._begun):
                    pass
            elif reader.has_data:
                HTTPRequest(self._config, self.transport).reject("408 Request Timeout")
        return False

    def finish(self) -> None:
        """Do nothing: the thread that serves a request also finishes it."""

    def close(self) -> None:
        """Close the connection. The client still receives the bytes that were written."""
        self.transport.close()

    def abort(self) -> None:
        """Close the connection from another thread. The thread that serves it continues."""
        self.transport.abort()

    def _advance(self) -> Generator[None, None, bool]:
        reader = self.transport.reader
        reader.take()
        while request := self._arrived():
            if not (yield from self._respond(request)):
                return False
            reader.take_decrypted()
        return not reader.ended

    def _arrived(self) -> HTTPRequest | None:
        """The next request, if it has arrived; see `HTTPRequest.arrives`."""
        reader = self.transport.reader
        if not (self._begun or reader.has_data):
            return None
        request = self._begun or HTTPRequest(self._config, self.transport)
        self._begun = None
        if request.arrives():
            return request
        if request.is_valid:
            self._begun = request
        if self._begun or reader.has_data:
            self.stalls = self._stall_deadline()
        return None

    def _respond(self, request: HTTPRequest) -> Generator[None, None, bool]:
        """Respond to a request, and return whether another request may follow."""
        self.busy = True
        try:
            if request.is_valid:
                yield from request.respond()
            return request.keeps_connection and not self.transport.is_broken
        except Disconnected:
            raise
        except BadRequest as error:
            with contextlib.suppress(Disconnected):
                request.fail(error.status, error.reason)
            return False
        # SystemExit as well: it must not end the thread of the server.
        except BaseException as error:
            if self.transport.propagates(error):
                raise
            logger.exception("the application failed")
            with contextlib.suppress(Disconnected):
                request.fail("500 Internal Server Error")
            return False
        finally:
            self.busy = False
            self.transport.lingers = self.transport.lingers or request.leaves_unread
