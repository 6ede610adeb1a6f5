"""What a server serves, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

    from _typeshed.wsgi import WSGIApplication


@dataclass(frozen=True)
class ServerConfig:
    """The settings that every connection of a server shares.

    Attributes:
        app: the WSGI application.
        host: the address that the server was told to bind.
        port: the port that it is bound to.
        tls: the TLS context for https; `None` for http.
    """

    app: WSGIApplication
    host: str
    port: int
    tls: ssl.SSLContext | None
    software: str = "fakebox"

    @property
    def scheme(self) -> str:
        """The scheme of the server's URLs: `http` or `https`."""
        return "https" if self.tls else "http"
