"""Certificates for one run of the emulator: its own authority, and the real service's names.

A client that trusts the authority takes the emulator for the real service, if it is also led to
it; so the authority's key never leaves memory, and is gone with the process.
"""

from __future__ import annotations

import os
import ssl
import tempfile
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from fakebox.dropbox_hosts import CERTIFICATE_NAMES

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from trustme import CA, LeafCert

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
        hosts = dict.fromkeys((*_LOCAL, *CERTIFICATE_NAMES, *names))
        self._authority = authority
        self._leaf = authority.issue_cert(*hosts)
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
        contexts = _Contexts(self._authority, self._leaf)
        context = contexts.make()
        context.sni_callback = contexts.use_complete
        return context


class _Contexts:
    """A context with the ECDSA certificate, and one with both that the first handshake makes.

    Java and Android clients of the years before TLS 1.3 offer cipher suites with RSA only. An RSA
    key takes 20 to 120 ms to generate, an ECDSA key less than one, so that the start of a server
    doesn't wait for it. A context that handshakes use is never changed: the complete one is
    another.
    """

    def __init__(self, authority: CA, leaf: LeafCert) -> None:
        self._authority = authority
        self._leaf = leaf
        self._lock = threading.Lock()
        self._complete: ssl.SSLContext | None = None

    def make(self) -> ssl.SSLContext:
        """A context with the ECDSA certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # Clients that speak HTTP/2 must not try it here.
        context.set_alpn_protocols(["http/1.1"])
        self._leaf.configure_cert(context)
        return context

    def use_complete(
        self, connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, context: ssl.SSLContext
    ) -> None:
        """Have a handshake present both certificates.

        OpenSSL calls this for every ClientHello, with or without a server name.
        """
        del name, context
        with self._lock:
            if self._complete is None:
                complete = self.make()
                _add_rsa(complete, self._authority, self._leaf)
                self._complete = complete
        connection.context = self._complete


def _add_rsa(context: ssl.SSLContext, authority: CA, leaf: LeafCert) -> None:
    """Add a certificate with an RSA key that otherwise says what `leaf` does."""
    import trustme
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = _rsa_key()
    model = x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes())
    builder = (
        x509.CertificateBuilder()
        .subject_name(model.subject)
        .issuer_name(model.issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(model.not_valid_before_utc)
        .not_valid_after(model.not_valid_after_utc)
    )
    for extension in model.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    signer = serialization.load_pem_private_key(authority.private_key_pem.bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    certificate = builder.sign(signer, hashes.SHA256())
    key_pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    chain = certificate.public_bytes(serialization.Encoding.PEM)
    # OpenSSL reads a certificate and its key from a file only; this one is readable by its owner.
    with trustme.Blob(key_pem + chain).tempfile() as path:
        context.load_cert_chain(path)


@cache
def _rsa_key() -> RSAPrivateKey:
    """One RSA key for all authorities of the process; two first threads may make one each."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(public_exponent=65537, key_size=2048)
