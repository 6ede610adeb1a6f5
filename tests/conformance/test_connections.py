"""Connections to the live service repeat the requests that may be repeated."""

from __future__ import annotations

import pytest
import urllib3

from conformance.connections import ATTEMPTS, PatientConnections
from fakebox import Fault
from fakebox.core import defaults

BEARER = {"Authorization": f"Bearer {defaults.BEARER_TOKEN}"}
EXPIRED = {"error_summary": "expired_access_token/", "error": {".tag": "expired_access_token"}}


@pytest.fixture
def send(box):
    """A function that sends a request, and returns the status and how long it has waited."""

    def sent(method, call, body=None, renew=None, headers=None):
        waits = []
        connections = PatientConnections(renew, waits.append)
        response = connections.urlopen(
            method,
            f"{box.url}{call}",
            body=body,
            headers={**BEARER, **(headers or {})},
            retries=False,
            preload_content=False,
        )
        response.read()
        connections.close()
        return response.status, waits

    return sent


def test_rate_limit_is_waited_for(send, box):
    """A request is repeated after the seconds in Retry-After, or after growing delays."""
    box.faults.add(Fault(status=429, retry_after_s=17), Fault(status=429, times=2))
    assert send("POST", "/1/account/info") == (200, [17, 2, 4])


def test_longest_wait_is_limited(send, box):
    """A wait is not longer than five minutes."""
    box.faults.add(Fault(status=503, retry_after_s=86400))
    assert send("GET", "/1/account/info") == (200, [300])


def test_rate_limit_without_end_is_returned(send, box):
    """After many attempts, the response is returned."""
    box.faults.add(Fault(status=429, retry_after_s=0, times=None))
    status, waits = send("GET", "/1/account/info")
    assert (status, len(waits)) == (429, ATTEMPTS - 1)


@pytest.mark.parametrize(
    ("method", "call", "is_repeated"),
    [
        ("GET", "/1/account/info", True),
        ("POST", "/2/users/get_current_account", True),
        ("POST", "/1/fileops/create_folder", False),
        ("POST", "/2/files/create_folder_v2", False),
    ],
)
def test_server_error_is_repeated_for_reads_only(send, box, method, call, is_repeated):
    """After a server error, only a request that changes nothing is repeated."""
    box.faults.add(Fault(status=500, retry_after_s=0))
    status, _ = send(method, call)
    assert (status != 500) == is_repeated


def test_upload_is_repeated_with_its_bytes(send, box):
    """A body that can be read once is sent again as a whole."""
    box.faults.add(Fault(endpoint="files_put", status=429, retry_after_s=0, times=2))
    call, length = "/1/files_put/auto/a.bin", {"Content-Length": "6"}
    status, _ = send("PUT", call, iter([b"abc", b"def"]), headers=length)
    assert (status, box.read("/a.bin")) == (200, b"abcdef")


def test_expired_token_is_renewed(send, box):
    """A request with an expired token is repeated with a new one."""
    box.faults.add(Fault(status=401, body=EXPIRED, times=1))
    renewed = []

    def renew():
        renewed.append(1)
        return defaults.BEARER_TOKEN

    assert send("POST", "/2/users/get_current_account", renew=renew)[0] == 200
    assert renewed == [1]


def test_renewal_without_success_ends(send, box):
    """A service that rejects every new token gets a limited number of requests."""
    box.faults.add(Fault(status=401, body=EXPIRED, times=None))
    assert send("POST", "/2/users/get_current_account", renew=lambda: "new") == (401, [])
    assert len(box.requests) == ATTEMPTS


def test_proxy_of_the_environment_is_used(monkeypatch, box):
    """A request goes through the proxy of the environment, like those of the SDK."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    with pytest.raises(urllib3.exceptions.ProxyError):
        PatientConnections().urlopen("GET", f"{box.url}/1/account/info", retries=False)
