"""Certificates for one run of the emulator: its own authority, and the real service's names.

A client that trusts the authority takes the emulator for the real service, if it is also led to
it; so the authority's key never leaves memory, and is gone with the process.
"""

from __future__ import annotations

import os
import ssl
import tempfile
from pathlib import Path

from fakebox.http.hosts import DROPBOX_HOSTS

_LOCAL = ("localhost", "127.0.0.1", "::1")
_READABLE_BY_ALL = 0o644


class Authority:
    """A certificate authority, and a server's certificates that it signed.

    There is one with an ECDSA key and one with an RSA key; a handshake uses the one that the client
    can verify. Both name this machine, the real service's hosts, and what is given here.

    Args:
        names: more host names and addresses, such as the one that the server is bound to.
    """

    def __init__(self, *names: str) -> None:
        # Slow to load, and only wanted with TLS.
        import trustme

        authority = trustme.CA(organization_name="fakebox", organization_unit_name="fakebox CA")
        hosts = dict.fromkeys((*_LOCAL, *DROPBOX_HOSTS, *names))
        # Java and Android clients of the years before TLS 1.3 offer cipher suites with RSA only.
        # An RSA key takes 20 to 120 ms to make, an ECDSA key less than one.
        self._leaves = [authority.issue_cert(*hosts, key_type=kind) for kind in trustme.KeyType]
        self._ca_pem = authority.cert_pem.bytes().decode()

    @property
    def ca_pem(self) -> str:
        """The authority's certificate, for clients to trust."""
        return self._ca_pem

    def write_ca(self, path: str | os.PathLike[str]) -> None:
        """Write the authority's certificate to a file, all at once: no reader ever sees half.

        Raises:
            OSError: the file can't be written.
        """
        target = Path(path)
        handle, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
        partial = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(self._ca_pem)
            partial.chmod(_READABLE_BY_ALL)
            partial.replace(target)
        except OSError:
            partial.unlink()
            raise

    def server_context(self) -> ssl.SSLContext:
        """A TLS context that presents the certificates; for `fakebox.server.Server`."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # Clients that speak HTTP/2 must not try it here.
        context.set_alpn_protocols(["http/1.1"])
        for leaf in self._leaves:
            leaf.configure_cert(context)
        return context
