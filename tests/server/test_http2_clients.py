"""Tests of the whole emulator over HTTP/2, with httpx."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Iterator

import httpx
import pytest

from fakebox import Fakebox
from fakebox.proxy import Proxy

CONTENT = bytes(range(256)) * 8192
TOKEN = {"Authorization": "Bearer fakebox-bearer-token"}


@pytest.fixture
def box() -> Iterator[Fakebox]:
    """Returns an emulator with TLS."""
    with Fakebox(tls=True) as emulator:
        yield emulator


@pytest.fixture
def trust(box) -> ssl.SSLContext:
    """Returns a context that trusts the emulator."""
    return ssl.create_default_context(cafile=box.ca_file)


@pytest.fixture
def client(box, trust) -> Iterator[httpx.Client]:
    """Returns a client of HTTP/2 for the emulator."""
    with httpx.Client(
        http2=True, verify=trust, base_url=f"{box.url}/2/", headers=TOKEN, timeout=20
    ) as made:
        yield made


def constant(headers):
    """Returns the headers that do not differ between two responses."""
    varying = {"connection", "date", "x-dropbox-request-id", "x-server-response-time"}
    return {name: value for name, value in headers.items() if name not in varying}


def argument(**values):
    """Returns the headers of a content request."""
    return {
        "Dropbox-API-Arg": json.dumps(values),
        "Content-Type": "application/octet-stream",
    }


def upload(client, path, content=CONTENT):
    """Uploads a file."""
    return client.post("files/upload", content=content, headers=argument(path=path))


def test_requests_have_the_same_responses_as_over_http_1(box, client, trust):
    """A JSON response has the same status, body and headers over both protocols."""
    over_2 = client.post("users/get_current_account")
    with httpx.Client(verify=trust, base_url=f"{box.url}/2/", headers=TOKEN) as client_1:
        over_1 = client_1.post("users/get_current_account")
    assert (over_2.http_version, over_1.http_version) == ("HTTP/2", "HTTP/1.1")
    assert over_2.json() == over_1.json()
    varying = {
        "date",
        "x-dropbox-request-id",
        "x-dropbox-response-origin",
        "x-server-response-time",
    }
    assert {name: value for name, value in over_2.headers.items() if name not in varying} == {
        name: value
        for name, value in over_1.headers.items()
        if name not in varying | {"connection"}
    }


def test_file_is_uploaded_and_downloaded(box, client):
    """A file of 2 MiB is stored and returned unchanged, with and without a length."""
    assert upload(client, "/sized.bin").json()["size"] == len(CONTENT)
    blocks = (CONTENT[start : start + 100_000] for start in range(0, len(CONTENT), 100_000))
    assert upload(client, "/unsized.bin", blocks).json()["size"] == len(CONTENT)
    assert box.read("/unsized.bin") == CONTENT
    response = client.post("files/download", headers=argument(path="/sized.bin"))
    assert (response.http_version, response.content) == ("HTTP/2", CONTENT)


def test_version_1_is_served_too(box, trust):
    """A route of version 1 is served over HTTP/2."""
    with httpx.Client(http2=True, verify=trust, headers=TOKEN) as client:
        response = client.get(f"{box.url}/1/account/info")
    assert (response.http_version, response.json()["uid"]) == ("HTTP/2", 1)


def test_journal_records_requests_over_http_2(box, client):
    """The journal has the endpoint, the status and the bytes of a request."""
    upload(client, "/a.bin", b"hello")
    entry = box.requests[-1]
    assert (entry.endpoint, entry.status, entry.request_bytes) == ("files/upload", 200, 5)


def test_archive_of_requests_has_their_version_of_http(box, client, trust):
    """The HTTP archive has HTTP/2 or HTTP/1.1 for a request and its response."""
    client.post("users/get_current_account")
    with httpx.Client(verify=trust, headers=TOKEN) as over_1:
        over_1.post(f"{box.url}/2/users/get_current_account")
    versions = [
        (entry["request"]["httpVersion"], entry["response"]["httpVersion"])
        for entry in box.requests.har()["log"]["entries"]
    ]
    assert versions == [("HTTP/2", "HTTP/2"), ("HTTP/1.1", "HTTP/1.1")]


def test_error_before_the_body_is_read_is_received(client):
    """A rejected upload of 5,000,000 bytes has its response, and the connection stays."""
    headers = {"Authorization": "Bearer sl.unknown", **argument(path="/a.bin")}
    for _ in range(3):
        response = client.post("files/upload", content=bytes(5_000_000), headers=headers)
        assert (response.http_version, response.status_code) == ("HTTP/2", 401)


def test_long_polls_do_not_stop_other_requests(box, trust):
    """20 long polls wait on the connection that a change is uploaded by."""

    async def run() -> tuple[list[httpx.Response], int]:
        async with httpx.AsyncClient(
            http2=True, verify=trust, base_url=f"{box.url}/2/", timeout=60
        ) as client:
            listing = await client.post("files/list_folder", json={"path": ""}, headers=TOKEN)
            body = {"cursor": listing.json()["cursor"], "timeout": 30}
            polls = [
                asyncio.create_task(client.post("files/list_folder/longpoll", json=body))
                for _ in range(20)
            ]
            written = await client.post(
                "files/upload", content=b"hello", headers=TOKEN | argument(path="/new.bin")
            )
            return await asyncio.gather(*polls), written.status_code

    responses, status = asyncio.run(run())
    assert status == 200
    assert [response.json()["changes"] for response in responses] == [True] * 20
    assert {response.http_version for response in responses} == {"HTTP/2"}


def test_asynchronous_client_sends_requests_at_the_same_time(box, trust):
    """An AsyncClient sends 50 requests over one connection of HTTP/2."""

    async def send_requests() -> list[httpx.Response]:
        async with httpx.AsyncClient(http2=True, verify=trust, headers=TOKEN) as client:
            url = f"{box.url}/2/users/get_current_account"
            return await asyncio.gather(*(client.post(url) for _ in range(50)))

    responses = asyncio.run(send_requests())
    assert {(response.http_version, response.status_code) for response in responses} == {
        ("HTTP/2", 200)
    }


@pytest.mark.parametrize(
    "fault",
    [
        {"reset": "before_read"},
        {"reset": "mid_body"},
        {"reset": "after_applied"},
        {"cut_after_bytes": 0},
    ],
)
def test_fault_of_an_upload_breaks_the_connection(box, client, fault):
    """A planned fault is a broken connection for the client, once; the next request succeeds."""
    box.faults.add(endpoint="files/upload", **fault)
    with pytest.raises(httpx.TransportError):
        upload(client, "/a.bin")
    assert len(box.requests.find(endpoint="files/upload")) == 1
    assert upload(client, "/b.bin").status_code == 200
    box.faults.assert_consumed()


@pytest.mark.parametrize("fault", [{"reset": "mid_body"}, {"cut_after_bytes": 1_000_000}])
def test_fault_of_a_download_breaks_the_connection(box, client, fault):
    """A download breaks off within its body."""
    upload(client, "/a.bin")
    box.faults.add(endpoint="files/download", **fault)
    with pytest.raises(httpx.TransportError):
        client.post("files/download", headers=argument(path="/a.bin"))
    assert len(box.requests.find(endpoint="files/download")) == 1
    response = client.post("files/download", headers=argument(path="/a.bin"))
    assert response.content == CONTENT


def test_faults_that_change_the_response_do_not_break_the_connection(box, client):
    """An error, a delay and a limited bandwidth affect only their own request."""
    box.faults.add(endpoint="files/upload", status=429, retry_after_s=7)
    box.faults.add(endpoint="files/upload", latency_s=0.01, bandwidth_bytes_per_s=100_000_000)
    response = upload(client, "/a.bin")
    assert (response.status_code, response.headers["retry-after"]) == (429, "7")
    assert upload(client, "/a.bin").status_code == 200
    assert len({id(item) for item in client._transport._pool.connections}) == 1


def test_client_of_the_proxy_negotiates_http_2(box, trust):
    """A client reaches the emulator over HTTP/2 by the real host name, through the proxy."""
    port = httpx.URL(box.url).port
    assert port
    with (
        Proxy(("127.0.0.1", port)) as proxy,
        httpx.Client(http2=True, verify=trust, proxy=proxy.url, headers=TOKEN) as client,
    ):
        response = client.post("https://api.dropboxapi.com/2/users/get_current_account")
    assert (response.http_version, response.status_code) == ("HTTP/2", 200)


def test_plain_http_stays_http_1():
    """Without TLS a client that accepts HTTP/2 uses HTTP/1.1."""
    with Fakebox() as box, httpx.Client(http2=True, headers=TOKEN) as client:
        response = client.post(f"{box.url}/2/users/get_current_account")
    assert (response.http_version, response.status_code) == ("HTTP/1.1", 200)
