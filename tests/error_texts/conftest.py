"""The files that the command line and the loader of declared worlds reject."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)


@cache
def pem_files() -> dict[str, bytes]:
    """A certificate, its key, an encrypted key and another key."""
    authority = trustme.CA()
    certificate, other = authority.issue_cert("localhost"), authority.issue_cert("localhost")
    key = load_pem_private_key(certificate.private_key_pem.bytes(), None)
    encryption = BestAvailableEncryption(b"password")
    return {
        "cert.pem": certificate.cert_chain_pems[0].bytes(),
        "key.pem": certificate.private_key_pem.bytes(),
        "locked.pem": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption),
        "other.pem": other.private_key_pem.bytes(),
    }


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory, with files and folders that the command line rejects."""
    monkeypatch.chdir(tmp_path)
    for name in [each for each in os.environ if each.startswith("FAKEBOX_")]:
        monkeypatch.delenv(name)
    for name, content in pem_files().items():
        Path(name).write_bytes(content)
    Path("damaged").mkdir()
    Path("damaged/ca-key.pem").write_text("text")
    Path("mismatched").mkdir()
    mismatched = Path("cert.pem").read_bytes() + Path("other.pem").read_bytes()
    Path("mismatched/ca-key.pem").write_bytes(mismatched)
    Path("blocked/ca-key.pem").mkdir(parents=True)
    Path("script").write_text("#!/nowhere/interpreter\n")
    Path("script").chmod(0o755)
    Path("text.txt").write_text("text")
    Path("object.json").write_text("{}")
    Path("typo.json").write_text('[{"statsu": 500}]')
    for name in ("cases", "dangling", "linked", "loop", "names", "pipe"):
        Path(name).mkdir()
    Path("dangling/a.txt").symlink_to("nowhere")
    Path("linked/content").symlink_to("..")
    Path("loop/again").symlink_to("../loop")
    Path("names/a\\b.txt").write_text("text")
    os.mkfifo("pipe/a.txt")
    Path("cases/A.txt").touch()
    Path("cases/a.txt").touch()
    return tmp_path
