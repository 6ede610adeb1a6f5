"""Tests with unmodified programs of Debian, configured with a proxy and a CA file only.

The programs send requests to the real host names and use no code of this project.
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
upload = urllib.request.Request({UPLOAD!r}, b"Dear Sir", bearer, method="PUT")
urllib.request.urlopen(upload).close()
download = urllib.request.urlopen(urllib.request.Request({DOWNLOAD!r}, headers=bearer))
print(download.read().decode(), end="")
"""
DEBIAN_PYTHON = "/usr/bin/python3"


@pytest.fixture
def program_environment(serve, tmp_path):
    """Returns environment variables that set the proxy and the CA file of a program."""
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
def run_program(program_environment, tmp_path):
    """Returns a function that runs a program in the directory of the file to upload."""
    (tmp_path / "letter.txt").write_text("Dear Sir")

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        program = shutil.which(command[0])
        if program is None:
            pytest.skip(f"{command[0]} is not installed")
        return subprocess.run(
            [program, *command[1:]],
            cwd=tmp_path,
            env=program_environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    return run


def test_wget_uploads_and_downloads_a_file(run_program):
    """The wget program reads the proxy from the environment and the CA file from wgetrc."""
    sent = run_program(
        "wget", "-qO-", "--method=PUT", "--body-file=letter.txt", f"--header={BEARER}", UPLOAD
    )
    assert '"path": "/letter.txt"' in sent.stdout, sent.stderr
    assert run_program("wget", "-qO-", f"--header={BEARER}", DOWNLOAD).stdout == "Dear Sir"


def test_curl_uploads_and_downloads_a_file(run_program):
    """The curl program reads the proxy and the CA file from the environment."""
    sent = run_program("curl", "-qsS", "--upload-file", "letter.txt", "--header", BEARER, UPLOAD)
    assert '"path": "/letter.txt"' in sent.stdout, sent.stderr
    assert run_program("curl", "-qsS", "--header", BEARER, DOWNLOAD).stdout == "Dear Sir"


@pytest.mark.skipif(not Path(DEBIAN_PYTHON).exists(), reason="/usr/bin/python3 does not exist")
def test_debian_python_uploads_and_downloads_a_file(run_program):
    """Python's standard library works without any installed package."""
    done = run_program(DEBIAN_PYTHON, "-I", "-c", WITH_URLLIB)
    assert done.stdout == "Dear Sir", done.stderr


@pytest.mark.parametrize("command", [("wget", "-qO-"), ("curl", "-qsSf")])
def test_proxy_rejects_programs_that_request_other_hosts(run_program, command):
    """A request to a host that is not Dropbox fails at the proxy."""
    done = run_program(*command, "https://deb.debian.org/")
    assert done.returncode != 0
    assert done.stdout == ""
