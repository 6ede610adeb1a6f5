"""The environment of the command that `fakebox exec` runs."""

from __future__ import annotations

import re
import ssl
import warnings
from collections.abc import Mapping
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

from fakebox.client_environment import no_proxy, tls_environment
from fakebox.core import defaults
from fakebox.dropbox_hosts import DROPBOX_HOSTS

_PRELOAD = "node_preload.cjs"
# The variables that name a file with CA certificates: of OpenSSL, Go, curl, requests, the SDK of
# fakebox, Node.js and Deno.
_TRUST = (
    "SSL_CERT_FILE",
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "DROPBOX_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "DENO_CERT",
)
# The files with the default roots of Debian, Fedora, Alpine and macOS.
_ROOTS = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
)
# The trust store has public certificates only. This is the password of Java's default trust store.
_STORE_PASSWORD = "changeit"
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


def exec_environment(
    url: str,
    proxy_url: str,
    ca_pem: str,
    directory: Path,
    inherited: Mapping[str, str],
    *,
    with_roots: bool,
) -> dict[str, str]:
    """Return the whole environment, and write the files that it names.

    Args:
        url: the URL of the emulator.
        proxy_url: the URL of its proxy.
        ca_pem: the CA certificate.
        directory: the directory for the files.
        inherited: the environment of this process.
        with_roots: whether clients also trust the roots that they trust by default. Without them,
            a client that ignores the proxy cannot reach the real service.
    """
    bundle = directory / "bundle.pem"
    bundle.write_text(ca_pem + (_default_roots(inherited) if with_roots else ""), encoding="utf-8")
    return {
        **inherited,
        **tls_environment(url),
        **dict.fromkeys(_TRUST, str(bundle)),
        **dict.fromkeys(("HTTPS_PROXY", "https_proxy"), proxy_url),
        **_no_proxy(url, inherited),
        **_node(directory, inherited),
        **_java(proxy_url, bundle, directory, inherited),
        **_wget(bundle, directory, inherited),
        **_rclone(),
    }


def _default_roots(inherited: Mapping[str, str]) -> str:
    default = ssl.get_default_verify_paths().cafile
    for name in (inherited.get("SSL_CERT_FILE"), default, *_ROOTS):
        if name and Path(name).is_file():
            return "\n" + Path(name).read_text(encoding="utf-8", errors="replace")
    return ""


def _no_proxy(url: str, inherited: Mapping[str, str]) -> dict[str, str]:
    given = inherited.get("NO_PROXY") or inherited.get("no_proxy") or ""
    names = [name.strip() for name in given.split(",")]
    # A name that includes a host of the service would lead clients past the emulator.
    kept = [name for name in names if name and not _covers_service(name.lstrip("*."))]
    own = no_proxy(urlsplit(url).netloc)["NO_PROXY"].split(",")
    return dict.fromkeys(("NO_PROXY", "no_proxy"), ",".join(dict.fromkeys([*own, *kept])))


def _covers_service(domain: str) -> bool:
    return any(f".{host}".endswith(f".{domain}".lower()) for host in DROPBOX_HOSTS) or not domain


def _node(directory: Path, inherited: Mapping[str, str]) -> dict[str, str]:
    preload = directory / _PRELOAD
    preload.write_bytes(files("fakebox.cli").joinpath(_PRELOAD).read_bytes())
    options = f"--require={_quoted(str(preload))}"
    return {
        "NODE_OPTIONS": _appended(inherited.get("NODE_OPTIONS"), options),
        # Later versions of Node.js read the proxy themselves.
        "NODE_USE_ENV_PROXY": "1",
    }


def _java(
    proxy_url: str, bundle: Path, directory: Path, inherited: Mapping[str, str]
) -> dict[str, str]:
    store = directory / "truststore.p12"
    store.write_bytes(_java_truststore(bundle.read_bytes()))
    proxy = urlsplit(proxy_url)
    properties = {
        "https.proxyHost": proxy.hostname,
        "https.proxyPort": proxy.port,
        "javax.net.ssl.trustStore": store,
        "javax.net.ssl.trustStoreType": "PKCS12",
        "javax.net.ssl.trustStorePassword": _STORE_PASSWORD,
    }
    options = " ".join(_quoted(f"-D{name}={value}") for name, value in properties.items())
    return {"JAVA_TOOL_OPTIONS": _appended(inherited.get("JAVA_TOOL_OPTIONS"), options)}


def _java_truststore(pem: bytes) -> bytes:
    # Imported here, because the import is slow.
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

    entries = []
    # A root of this machine may be one that RFC 5280 does not allow. Clients ignore it.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number, block in enumerate(_CERTIFICATE.findall(pem)):
            with suppress(ValueError):
                certificate = x509.load_pem_x509_certificate(block)
                entries.append(pkcs12.PKCS12Certificate(certificate, b"fakebox-%d" % number))
    encryption = BestAvailableEncryption(_STORE_PASSWORD.encode())
    return pkcs12.serialize_java_truststore(entries, encryption)


def _wget(bundle: Path, directory: Path, inherited: Mapping[str, str]) -> dict[str, str]:
    # There is no variable for the CA certificate only.
    settings = Path(inherited.get("WGETRC") or Path(inherited.get("HOME", "/"), ".wgetrc"))
    given = settings.read_text(encoding="utf-8", errors="replace") if settings.is_file() else ""
    merged = directory / "wgetrc"
    merged.touch(mode=0o600)
    merged.write_text(f"{given}\nca_certificate = {bundle}\n", encoding="utf-8")
    return {"WGETRC": str(merged)}


def _rclone() -> dict[str, str]:
    token = f'{{"access_token":"{defaults.BEARER_TOKEN}","token_type":"bearer"}}'
    return {"RCLONE_CONFIG_FAKEBOX_TYPE": "dropbox", "RCLONE_CONFIG_FAKEBOX_TOKEN": token}


def _appended(given: str | None, options: str) -> str:
    return f"{given} {options}" if given else options


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text else text
