"""Tests of `fakebox serve` with TLS: names, certificates, the CA, and the proxy."""

from __future__ import annotations

import re
import ssl
import stat
import subprocess
from datetime import datetime, timedelta, timezone

import pytest
import trustme
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from fakebox.core import defaults
from tests.command_line import run_here

BEARER = {"Authorization": f"Bearer {defaults.BEARER_TOKEN}"}


def https(served, host, path, ca_file, **headers):
    """Sends a GET request to the server by another host name, which its certificate has to have."""
    port = served.url.rpartition(":")[2]
    context = ssl.create_default_context(cafile=ca_file)
    pool = urllib3.HTTPSConnectionPool(
        "127.0.0.1", int(port), ssl_context=context, server_hostname=host, assert_hostname=host
    )
    with pool:
        return pool.request("GET", path, headers={"Host": f"{host}:{port}", **headers})


def test_serve_on_all_addresses_has_a_certificate_for_the_given_names(serve, tmp_path):
    """Another container reaches `https://fakebox`, and a name that was not given is rejected."""
    served = serve(
        *("--tls", "--host", "0.0.0.0", "--admin-token", "sesame"),
        *("--tls-name", "fakebox", "fakebox.internal"),
    )
    ca_file = tmp_path / "fakebox-ca.pem"
    for host in ("fakebox", "fakebox.internal", "api.dropboxapi.com", "localhost"):
        assert https(served, host, "/1/account/info", ca_file, **BEARER).status == 200
    with pytest.raises(urllib3.exceptions.MaxRetryError, match="doesn't match"):
        https(served, "other", "/1/account/info", ca_file, **BEARER)
    admin = {"Authorization": "Bearer sesame"}
    assert https(served, "fakebox", "/_fakebox/usage", ca_file, **admin).status == 200


def test_serve_returns_its_ca_without_the_admin_token(serve, tmp_path):
    """A client in another container gets the CA certificate from the server."""
    served = serve("--tls", "--host", "0.0.0.0", "--admin-token", "sesame")
    ca_file = tmp_path / "fakebox-ca.pem"
    response = https(served, "localhost", "/_fakebox/ca.pem", ca_file)
    assert (response.status, response.data) == (200, ca_file.read_bytes())
    page = {"Origin": "https://other.example", "Sec-Fetch-Site": "cross-site"}
    assert https(served, "localhost", "/_fakebox/ca.pem", ca_file, **page).status == 403


def test_serve_with_data_keeps_its_ca_across_restarts(serve, tmp_path):
    """A client that trusts the CA of the first start trusts the server after a restart."""
    first = serve("--tls", "--data", "data", "--ca-file", "first.pem")
    first.process.terminate()
    first.finish()
    second = serve("--tls", "--data", "data", "--ca-file", "second.pem", "--tls-name", "fakebox")
    response = https(second, "fakebox", "/1/account/info", tmp_path / "first.pem", **BEARER)
    assert response.status == 200
    assert (tmp_path / "first.pem").read_text() == (tmp_path / "second.pem").read_text()
    key = tmp_path / "data" / "ca-key.pem"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert "PRIVATE KEY" not in (tmp_path / "second.pem").read_text()


def test_serve_uses_a_stored_ca_with_an_rsa_key(serve, tmp_path):
    """The CA of the data directory may be one of the user, whose key is of another type."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "company")])
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        # Python 3.13 requires it of a CA.
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    formats = Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    (tmp_path / "data").mkdir()
    stored = key.private_bytes(*formats) + certificate.public_bytes(Encoding.PEM)
    (tmp_path / "data" / "ca-key.pem").write_bytes(stored)
    served = serve("--tls", "--data", "data")
    ca_file = tmp_path / "fakebox-ca.pem"
    assert https(served, "localhost", "/1/account/info", ca_file, **BEARER).status == 200


@pytest.mark.parametrize("name", ["my_fakebox", "a" * 64, "256.1.1.1", "a.b.", "*"])
def test_serve_rejects_a_name_that_is_not_a_host_name(name):
    """A name that no certificate can have is one line, and nothing starts."""
    done = run_here("serve", "--tls", "--tls-name", name)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert f"a host name of letters, digits and hyphens, or an IP address, not {name!r}" in (
        done.stderr
    )


def test_serve_rejects_a_host_that_no_certificate_can_have():
    """The address to bind is a name of the certificate as well."""
    done = run_here("serve", "--tls", "--port", "0", "--host", "a_b", "--admin-token", "sesame")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("fakebox: no certificate can be made for 'a_b': ")


def test_serve_uses_the_given_certificate(serve, tmp_path):
    """With `--cert` and `--key` clients trust the CA of the user, and the server has no CA."""
    authority = trustme.CA()
    leaf = authority.issue_cert("fakebox.company.example")
    authority.cert_pem.write_to_path(tmp_path / "company.pem")
    leaf.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    leaf.private_key_pem.write_to_path(tmp_path / "key.pem")
    served = serve("--tls", "--cert", "cert.pem", "--key", "key.pem")
    name, ca_file = "fakebox.company.example", tmp_path / "company.pem"
    assert https(served, name, "/1/account/info", ca_file, **BEARER).status == 200
    assert https(served, name, "/_fakebox/ca.pem", ca_file, Host="localhost").status == 404
    assert not (tmp_path / "fakebox-ca.pem").exists()
    port = served.url.rpartition(":")[2]
    assert run_here("health", f"https://localhost:{port}").returncode == 1


def test_proxy_connects_to_other_hosts_only_with_passthrough(serve, tmp_path):
    """A host of `--passthrough` is reached on its port; all others are rejected."""
    other = serve()
    port = other.url.rpartition(":")[2]
    served = serve(
        *("--tls", "--proxy", "0", "--passthrough", "localhost", "*.example", "--log"),
    )
    proxy = re.search(r"HTTPS_PROXY=(\S+)", served.banner())[1]
    curl = ["curl", "-qsS", "--proxytunnel", "--proxy", proxy]

    def status(host):
        url = f"http://{host}:{port}/_fakebox/health"
        words = [*curl, "-o", "/dev/null", "-w", "%{http_code} %{http_connect}", url]
        return subprocess.run(words, capture_output=True, text=True, check=False).stdout

    assert status("localhost") == "200 200"
    assert status("127.0.0.1") == "000 403"
    # The name is accepted, but does not exist.
    assert status("a.example") == "000 502"


def test_proxy_with_passthrough_for_all_hosts_serves_the_emulator_for_dropbox(serve, tmp_path):
    """The pattern `*` includes no host of Dropbox."""
    served = serve("--tls", "--proxy", "0", "--passthrough", "*")
    proxy = re.search(r"HTTPS_PROXY=(\S+)", served.banner())[1]
    context = ssl.create_default_context(cafile=tmp_path / "fakebox-ca.pem")
    with urllib3.ProxyManager(proxy, ssl_context=context, retries=False) as pool:
        url = "https://api.dropboxapi.com/1/account/info"
        assert pool.request("GET", url, headers=BEARER).json()["uid"] == 1
        with pytest.raises(urllib3.exceptions.HTTPError, match="403"):
            pool.request("GET", "https://api.dropboxapi.com:8443/1/account/info")
