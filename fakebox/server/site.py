"""What a server serves, in the words that cheroot's parser and gateway ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

    from _typeshed.wsgi import WSGIApplication


@dataclass(frozen=True)
class Site:
    """An application and its address; with `ssl_adapter`, URLs of it are https."""

    wsgi_app: WSGIApplication
    bind_addr: tuple[str, int]
    ssl_adapter: ssl.SSLContext | None
    server_name: str
    software: str = "fakebox"
    protocol: str = "HTTP/1.1"
    # An upload's limit is a matter of the dialect.
    max_request_body_size: int = 0
