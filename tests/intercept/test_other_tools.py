"""Interception together with the tools that tests use beside it."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import textwrap

import pytest
import urllib3

from fakebox import Fakebox

httpx = pytest.importorskip("httpx")
requests = pytest.importorskip("requests")

URL = "https://api.dropboxapi.com/2/users/get_current_account"
BEARER = {"Authorization": "Bearer fakebox-bearer-token"}


def run(program):
    """Run a program in a process of its own, where a tool can patch what it likes."""
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True)


def test_freezegun(guard):
    """Requests work while freezegun has stopped the clocks, and the emulator uses that time."""
    freezegun = pytest.importorskip("freezegun")
    with freezegun.freeze_time("2015-05-12"), Fakebox("inprocess") as box, box.intercept():
        assert urllib3.request("POST", URL, headers=BEARER).status == 200
        assert httpx.post(URL, headers=BEARER, timeout=5).status_code == 200
        box.faults.add(latency_s=60)
        with pytest.raises(requests.ReadTimeout):
            requests.post(URL, headers=BEARER, timeout=0.01)
        assert requests.post(URL, headers=BEARER).headers["Date"].startswith("Tue, 12 May 2015")


def test_time_machine(guard):
    """Requests work while time-machine has stopped the clocks."""
    time_machine = pytest.importorskip("time_machine")
    when = dt.datetime(2015, 5, 12, tzinfo=dt.timezone.utc)
    with time_machine.travel(when, tick=False), Fakebox("inprocess") as box, box.intercept():
        assert urllib3.request("POST", URL, headers=BEARER).status == 200
        box.faults.add(latency_s=60)
        with pytest.raises(requests.ReadTimeout):
            requests.post(URL, headers=BEARER, timeout=0.01)


def test_pyfakefs_before_the_first_emulator():
    """An emulator starts and serves files, pages and previews in a fake file system."""
    pytest.importorskip("pyfakefs")
    run(
        """
        import urllib3
        from pyfakefs.fake_filesystem_unittest import Patcher

        BEARER = {"Authorization": "Bearer fakebox-bearer-token"}
        with Patcher() as patcher:
            from fakebox import Fakebox

            with Fakebox("inprocess") as box, box.intercept():
                url = "https://content.dropboxapi.com/1/files_put/dropbox/a.txt"
                assert urllib3.request("PUT", url, headers=BEARER, body=b"abc").status == 200
                assert box.read("/a.txt") == b"abc"
                page = urllib3.request("GET", "https://www.dropbox.com/s/none/a.txt")
                assert page.status == 404 and b"<html" in page.data, page.data
                dashboard = urllib3.request("GET", "https://www.dropbox.com/_fakebox/")
                assert dashboard.status == 200, dashboard.data
        """
    )


def test_responses_passes_requests_to_the_emulator(box):
    """Beside mocks of responses, Dropbox's hosts reach the emulator if responses passes them."""
    responses = pytest.importorskip("responses")
    with responses.RequestsMock() as mocks:
        mocks.add_passthru("https://api.dropboxapi.com")
        mocks.get("https://other.example/", body="mocked")
        assert requests.get("https://other.example/").text == "mocked"
        assert requests.post(URL, headers=BEARER).status_code == 200
    assert len(box.requests) == 1


def test_responses_around_the_interception(emulator):
    """An interception within mocks of responses ends before them without damage."""
    responses = pytest.importorskip("responses")
    with responses.RequestsMock() as mocks:
        mocks.get("https://other.example/", body="mocked")
        with emulator.intercept():
            assert urllib3.request("POST", URL, headers=BEARER).status == 200
        assert requests.get("https://other.example/").text == "mocked"


@pytest.mark.parametrize("order", ["within", "around"])
def test_respx_mocks_other_hosts(emulator, order):
    """Mocks of respx and the emulator respond side by side, in either order."""
    respx = pytest.importorskip("respx")
    mocks = respx.mock(assert_all_called=False)
    blocks = [emulator.intercept(), mocks]
    first, second = blocks if order == "within" else reversed(blocks)
    with first, second:
        mocks.get("https://other.example/").respond(text="mocked")
        mocks.route(host="api.dropboxapi.com").pass_through()
        assert httpx.get("https://other.example/").text == "mocked"
        assert httpx.post(URL, headers=BEARER).status_code == 200
    assert len(emulator.requests) == 1


@pytest.mark.parametrize("order", ["within", "around"])
def test_vcrpy_does_not_reach_the_real_service(emulator, order, tmp_path):
    """A cassette of vcrpy neither records the emulator as the service nor sends a request to it."""
    vcr = pytest.importorskip("vcr")
    cassette = vcr.use_cassette(str(tmp_path / "cassette.yaml"))
    blocks = [emulator.intercept(), cassette]
    first, second = blocks if order == "within" else reversed(blocks)
    with first, second:
        assert requests.post(URL, headers=BEARER).status_code == 200
        assert httpx.post(URL, headers=BEARER).status_code == 200
    assert len(emulator.requests) == 2


def test_requests_mock_passes_requests_to_the_emulator(box):
    """Beside requests-mock, Dropbox's hosts reach the emulator with `real_http`."""
    requests_mock = pytest.importorskip("requests_mock")
    with requests_mock.Mocker(real_http=True) as mocks:
        mocks.get("https://other.example/", text="mocked")
        assert requests.get("https://other.example/").text == "mocked"
        assert requests.post(URL, headers=BEARER).status_code == 200
    assert len(box.requests) == 1


def test_forked_process_reaches_its_copy_of_the_emulator(guard):
    """A forked process can send requests, also asynchronous ones."""
    run(
        """
        import asyncio, os
        import httpx
        from fakebox import Fakebox

        async def post():
            async with httpx.AsyncClient() as client:
                return (await client.post("https://api.dropboxapi.com/2/none")).status_code

        with Fakebox("inprocess") as box, box.intercept():
            asyncio.run(post())
            if not (child := os.fork()):
                os._exit(0 if asyncio.run(post()) == 400 else 1)
            assert os.waitpid(child, 0)[1] == 0
        """
    )
