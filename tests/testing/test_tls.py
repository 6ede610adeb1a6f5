"""Tests of `Fakebox(tls=True)`."""

from __future__ import annotations

import os
import subprocess
import sys

import urllib3

from fakebox import Fakebox

BEARER = {"Authorization": "Bearer fakebox-bearer-token"}
WITH_URLLIB = """
import os, ssl, urllib.request
context = ssl.create_default_context(cafile=os.environ["DROPBOX_CA_BUNDLE"])
request = urllib.request.Request(os.environ["DROPBOX_ENDPOINT_URL"] + "/1/account/info")
request.add_header("Authorization", "Bearer " + os.environ["DROPBOX_ACCESS_TOKEN"])
print(urllib.request.urlopen(request, context=context).status)
"""


def test_client_that_trusts_the_ca_file_reaches_the_emulator():
    """The URL is https, and the certificate is that of the CA file."""
    with Fakebox(tls=True) as box:
        assert box.url.startswith("https://127.0.0.1:")
        with urllib3.PoolManager(ca_certs=str(box.ca_file), retries=False) as pool:
            response = pool.request("GET", f"{box.url}/1/account/info", headers=BEARER)
    assert response.json()["uid"] == 1


def test_ca_file_is_deleted_when_the_emulator_stops():
    """The file exists while the emulator is started, and always has the same name."""
    with Fakebox(tls=True) as box:
        ca_file = box.ca_file
        assert (box.ca_file, ca_file.is_file()) == (ca_file, True)
    assert not ca_file.parent.exists()


def test_environment_leads_another_process_to_the_emulator():
    """The variables have the URL, a bearer token and the CA file."""
    with Fakebox(tls=True) as box:
        done = subprocess.run(
            [sys.executable, "-c", WITH_URLLIB],
            env={**os.environ, **box.env()},
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.stdout, done.stderr) == ("200\n", "")


def test_control_plane_returns_the_ca():
    """The certificate is that of the CA file."""
    with Fakebox(tls=True) as box:
        with urllib3.PoolManager(ca_certs=str(box.ca_file)) as pool:
            response = pool.request("GET", f"{box.url}/_fakebox/ca.pem")
        assert response.data == box.ca_file.read_bytes()
