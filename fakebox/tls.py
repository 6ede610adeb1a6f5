"""Certificates for one run of the emulator. They include the host names of the real service.

A client that trusts the authority accepts the emulator as the real service. The key of the
authority is therefore kept in memory only, or in a file that only its owner can read.
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
_READABLE_BY_OWNER = 0o600


class CertificateError(ValueError):
    """A certificate or a key cannot be used. The message is the reason, in one line."""


class Authority:
    """A certificate authority, and the server certificates that it has signed.

    One certificate has an ECDSA key and the other has an RSA key. A handshake uses the certificate
    that the client supports. Both are valid for this machine, the hosts of the real service, and
    `names`.

    Args:
        names: more host names and addresses, such as the address that the server is bound to.
        stored: the file with the certificate and the key of the authority; it is made if it does
            not exist. `None` makes an authority that is not stored.

    Raises:
        CertificateError: a certificate cannot have one of the names, or the file has no certificate
            with its key.
        OSError: the file cannot be read or written.
    """

    def __init__(self, *names: str, stored: Path | None = None) -> None:
        # Imported here, because the import of trustme is slow and only needed with TLS.
        import trustme

        if stored and stored.exists():
            authority = _load(stored)
        else:
            authority = trustme.CA(organization_name="fakebox", organization_unit_name="fakebox CA")
            if stored:
                _write(
                    stored,
                    authority.private_key_pem.bytes() + authority.cert_pem.bytes(),
                    _READABLE_BY_OWNER,
                )
        hosts = dict.fromkeys((*_LOCAL, *CERTIFICATE_NAMES, *names))
        self._authority = authority
        try:
            self._leaf = authority.issue_cert(*hosts)
        except ValueError as error:
            # Such as a name with an underscore, which is not a host name.
            listed = ", ".join(map(repr, names))
            raise CertificateError(f"no certificate can be made for {listed}: {error}") from error
        self._ca_pem = authority.cert_pem.bytes().decode()

    @property
    def ca_pem(self) -> str:
        """The certificate of the authority, for clients to trust."""
        return self._ca_pem

    def write_ca(self, path: str | os.PathLike[str]) -> None:
        """Write the certificate of the authority to a file, atomically.

        Raises:
            OSError: the file cannot be written.
        """
        _write(Path(path), self._ca_pem.encode(), _READABLE_BY_ALL)

    def server_context(self) -> ssl.SSLContext:
        """Make a TLS context with the certificates, for `fakebox.server.Server`."""
        contexts = _Contexts(self._authority, self._leaf)
        context = contexts.make()
        context.sni_callback = contexts.use_complete
        return context


def context_of_files(certificate: Path, key: Path) -> ssl.SSLContext:
    """Make a TLS context for `fakebox.server.Server` with a certificate of the user.

    Args:
        certificate: a PEM file with the certificate, and the certificates of its chain.
        key: a PEM file with the key, which is not encrypted.

    Raises:
        CertificateError: a file cannot be used, or the key does not fit the certificate.
    """
    for path in (certificate, key):
        try:
            path.read_bytes()
        except OSError as error:
            raise CertificateError(f"cannot read {path}: {error.strerror}") from error
    context = _new_context()
    try:
        # Without a password, OpenSSL would ask for one.
        context.load_cert_chain(certificate, key, password="")
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise CertificateError(
                f"the key in {key} does not fit the certificate in {certificate}"
            ) from error
        raise CertificateError(
            f"{certificate} and {key} must be PEM files with a certificate and its key, which is"
            " not encrypted"
        ) from error
    return context


def _new_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["h2", "http/1.1"])
    # RFC 9113, section 9.2.1.
    context.options |= ssl.OP_NO_RENEGOTIATION
    return context


def _load(path: Path) -> CA:
    import trustme

    pem = path.read_bytes()
    try:
        # OpenSSL checks that the key fits. Without a password, it would ask for one.
        _new_context().load_cert_chain(path, password="")
        return trustme.CA.from_pem(cert_bytes=pem, private_key_bytes=pem)
    except (ssl.SSLError, TypeError, ValueError) as error:
        raise CertificateError(
            f"{path} must contain the certificate and the key of a CA; delete it to make a new one"
        ) from error


def _write(target: Path, content: bytes, mode: int) -> None:
    """Write a file atomically."""
    # Only the owner can read a temporary file.
    handle, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    partial = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        partial.chmod(mode)
        partial.replace(target)
    except OSError:
        partial.unlink()
        raise


class _Contexts:
    """A context with the ECDSA certificate, and a context with both certificates.

    The first handshake makes the second context.

    Java and Android clients before TLS 1.3 support cipher suites with RSA only. Generating an RSA
    key takes 20 to 120 ms, an ECDSA key less than 1 ms; the start of a server does not wait for
    the RSA key. A context that is in use is never changed, so there are two contexts.
    """

    def __init__(self, authority: CA, leaf: LeafCert) -> None:
        self._authority = authority
        self._leaf = leaf
        self._lock = threading.Lock()
        self._complete: ssl.SSLContext | None = None

    def make(self) -> ssl.SSLContext:
        """Make a context with the ECDSA certificate."""
        context = _new_context()
        self._leaf.configure_cert(context)
        return context

    def use_complete(
        self, connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, context: ssl.SSLContext
    ) -> None:
        """Use the context with both certificates for a handshake.

        OpenSSL calls this for each ClientHello, with or without a server name.
        """
        del name, context
        with self._lock:
            if self._complete is None:
                complete = self.make()
                _add_rsa(complete, self._authority, self._leaf)
                self._complete = complete
        connection.context = self._complete


def _add_rsa(context: ssl.SSLContext, authority: CA, leaf: LeafCert) -> None:
    """Add a certificate with an RSA key and the other contents of `leaf`."""
    import trustme
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

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
    # The key of a stored authority may be one of the user.
    assert isinstance(signer, (ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey))
    certificate = builder.sign(signer, hashes.SHA256())
    key_pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    chain = certificate.public_bytes(serialization.Encoding.PEM)
    # OpenSSL reads certificates from files only. Only the owner can read this file.
    with trustme.Blob(key_pem + chain).tempfile() as path:
        context.load_cert_chain(path)


@cache
def _rsa_key() -> RSAPrivateKey:
    """Make the RSA key of all authorities of the process.

    If two threads call this at the same time for the first time, each may make a key.
    """
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(public_exponent=65537, key_size=2048)
