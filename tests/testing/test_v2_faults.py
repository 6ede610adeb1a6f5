"""Tests of faults on the routes of API v2."""

from __future__ import annotations

import json

import pytest
import urllib3

from fakebox import Fakebox
from fakebox.core.defaults import BEARER_TOKEN

ROUTE = "files/get_metadata"


@pytest.fixture
def box():
    """Starts an emulator with a socket and one file."""
    with Fakebox() as started:
        started.write("/a", "content")
        yield started


@pytest.fixture
def get_metadata(box):
    """Returns a function that requests the metadata of the file and returns the response."""
    headers = {"Authorization": f"Bearer {BEARER_TOKEN}", "Content-Type": "application/json"}

    def send_request():
        url, body = f"{box.url}/2/{ROUTE}", json.dumps({"path": "/a"})
        return urllib3.request("POST", url, body=body, headers=headers, retries=False)

    return send_request


@pytest.mark.parametrize(
    ("fault", "status", "tags"),
    [
        ({"expired_token": True}, 401, "expired_access_token"),
        ({"status": 401}, 401, "invalid_access_token"),
        ({"status": 403}, 403, "invalid_account_type/feature"),
        ({"status": 409}, 409, "path/restricted_content"),
        ({"status": 422}, 422, "no_permission"),
    ],
    ids=str,
)
def test_4xx_fault_has_a_tagged_error_body(box, get_metadata, fault, status, tags):
    """A 4xx fault has a JSON body with a summary and a tag, and applies to one request."""
    box.faults.add(endpoint=ROUTE, **fault)
    response = get_metadata()
    assert (response.status, response.headers["Content-Type"]) == (status, "application/json")
    outer, *inner = tags.split("/")
    error = {".tag": outer} | ({outer: {".tag": inner[0]}} if inner else {})
    assert response.json()["error"] == error
    assert response.json()["error_summary"].rstrip(".") == f"{tags}/"
    challenge = 'Bearer realm="Dropbox-API"' if status == 401 else None
    assert response.headers.get("WWW-Authenticate") == challenge
    assert get_metadata().json()["name"] == "a"


def test_fault_applies_to_an_upload_by_link(box):
    """The endpoint pattern `/apitul/*` matches an upload to a temporary link."""
    token = {"Authorization": f"Bearer {BEARER_TOKEN}"}
    url = f"{box.url}/2/files/get_temporary_upload_link"
    commit = {"commit_info": {"path": "/b"}}
    link = urllib3.request("POST", url, json=commit, headers=token).json()["link"]
    box.faults.add(endpoint="/apitul/*", status=503)
    octets = {"Content-Type": "application/octet-stream"}
    responses = [
        urllib3.request("POST", link, body=b"b", headers=octets, retries=False) for _ in range(2)
    ]
    assert [response.status for response in responses] == [503, 200]
    assert box.read("/b") == b"b"


@pytest.mark.parametrize(("fault", "wait_s"), [({}, 1), ({"retry_after_s": 7}, 7)])
def test_429_fault_has_retry_after_in_its_body(box, get_metadata, fault, wait_s):
    """The `retry_after` of the body equals the header; the default is 1 second."""
    box.faults.add(endpoint=ROUTE, status=429, **fault)
    response = get_metadata()
    reason = {"reason": {".tag": "too_many_requests"}, "retry_after": wait_s}
    assert response.json()["error"] == reason
    assert response.json()["error_summary"].rstrip(".") == "too_many_requests/"
    assert response.headers.get("Retry-After", "1") == str(wait_s)


@pytest.mark.parametrize("status", [400, 404, 502, 503])
def test_400_404_and_5xx_faults_have_a_plain_text_body(box, get_metadata, status):
    """The body of these faults is plain text, and the text of a 400 has the route."""
    box.faults.add(endpoint=ROUTE, status=status)
    response = get_metadata()
    text = response.data.decode()
    assert (response.status, response.headers["Content-Type"]) == (
        status,
        "text/plain; charset=utf-8",
    )
    assert text
    assert not text.startswith(("{", "<"))
    assert (ROUTE in text) == (status == 400)


def test_500_fault_has_no_content(box, get_metadata):
    """A 500 of the service has the type of binary data, and no content."""
    box.faults.add(endpoint=ROUTE, status=500)
    response = get_metadata()
    kind = response.headers["Content-Type"]
    assert (response.status, kind, response.data) == (500, "application/octet-stream", b"")


def test_fault_body_and_headers_are_sent_unchanged(box, get_metadata):
    """The body and the headers that a fault specifies replace the default ones."""
    headers = {"Content-Type": "text/x-own", "WWW-Authenticate": "Own"}
    box.faults.add(endpoint=ROUTE, status=401, body={"error": "own"}, headers=headers)
    response = get_metadata()
    assert response.json() == {"error": "own"}
    assert {name: response.headers[name] for name in headers} == headers


def test_cut_response_is_a_part_of_the_compressed_response(box):
    """A fault cuts off the bytes that are sent, so a compressed response is incomplete."""
    headers = {"Authorization": f"Bearer {BEARER_TOKEN}", "Accept-Encoding": "gzip"}
    url = f"{box.url}/2/files/list_folder"
    whole = urllib3.request("POST", url, json={"path": ""}, headers=headers, decode_content=False)
    assert whole.headers["Content-Encoding"] == "gzip"
    box.faults.add(endpoint="files/list_folder", cut_after_bytes=20)
    response = urllib3.request(
        "POST", url, json={"path": ""}, headers=headers, preload_content=False, retries=False
    )
    assert int(response.headers["Content-Length"]) > 20
    with pytest.raises(urllib3.exceptions.ProtocolError):
        response.read(decode_content=False)
    assert box.requests[-1].response_bytes == 20
