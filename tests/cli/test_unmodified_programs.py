"""Programs that Debian ships, as they are: a proxy and a CA file are all that they are told.

They know the real service's names only, and get nothing of this project's.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from fakebox.core import defaults

BEARER = f"Authorization: Bearer {defaults.BEARER_TOKEN}"
UPLOAD = "https://api-content.dropbox.com/1/files_put/dropbox/letter.txt"
DOWNLOAD = "https://api-content.dropbox.com/1/files/dropbox/letter.txt"
WITH_URLLIB = f"""
import urllib.request
bearer = {{"Authorization": "Bearer {defaults.BEARER_TOKEN}"}}
ask = urllib.request.Request({UPLOAD!r}, b"Dear Sir", bearer, method="PUT")
urllib.request.urlopen(ask).close()
answer = urllib.request.urlopen(urllib.request.Request({DOWNLOAD!r}, headers=bearer))
print(answer.read().decode(), end="")
"""
DEBIANS_PYTHON = "/usr/bin/python3"


@pytest.fixture
def payload(serve, tmp_path):
    """The environment of a program that is told where the proxy is, and whom to trust."""
    ca_file = tmp_path / "ca.pem"
    served = serve("--tls", "--ca-file", ca_file, "--proxy", "0")
    proxy = re.search(r"HTTPS_PROXY=(\S+)", served.banner())[1]
    settings = tmp_path / "wgetrc"
    settings.write_text(f"ca_certificate = {ca_file}\n")
    return {
        "HTTPS_PROXY": proxy,
        "https_proxy": proxy,
        "CURL_CA_BUNDLE": str(ca_file),
        "SSL_CERT_FILE": str(ca_file),
        "WGETRC": str(settings),
    }


@pytest.fixture
def ask(payload, tmp_path):
    """Runs a program to its end, beside the file that it is to upload."""
    (tmp_path / "letter.txt").write_text("Dear Sir")

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        program = shutil.which(command[0])
        if program is None:
            pytest.skip(f"{command[0]} is not installed")
        return subprocess.run(
            [program, *command[1:]],
            cwd=tmp_path,
            env=payload,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    return run


def test_wget_uploads_and_downloads(ask):
    """It has its proxy from the environment, and its CA file from its own settings."""
    sent = ask(
        "wget", "-qO-", "--method=PUT", "--body-file=letter.txt", f"--header={BEARER}", UPLOAD
    )
    assert '"path": "/letter.txt"' in sent.stdout, sent.stderr
    assert ask("wget", "-qO-", f"--header={BEARER}", DOWNLOAD).stdout == "Dear Sir"


def test_curl_uploads_and_downloads(ask):
    """It has both from the environment."""
    sent = ask("curl", "-qsS", "--upload-file", "letter.txt", "--header", BEARER, UPLOAD)
    assert '"path": "/letter.txt"' in sent.stdout, sent.stderr
    assert ask("curl", "-qsS", "--header", BEARER, DOWNLOAD).stdout == "Dear Sir"


@pytest.mark.skipif(not Path(DEBIANS_PYTHON).exists(), reason="there is no Debian's Python")
def test_debians_python_uploads_and_downloads(ask):
    """By its standard library, cut off from every package."""
    done = ask(DEBIANS_PYTHON, "-I", "-c", WITH_URLLIB)
    assert done.stdout == "Dear Sir", done.stderr


@pytest.mark.parametrize("command", [("wget", "-qO-"), ("curl", "-qsSf")])
def test_program_reaches_no_other_host(ask, command):
    """What it asks elsewhere fails at the proxy."""
    done = ask(*command, "https://deb.debian.org/")
    assert done.returncode != 0
    assert done.stdout == ""
