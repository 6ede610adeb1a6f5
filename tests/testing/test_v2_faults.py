"""What goes wrong on purpose below `/2/`: in the words that a client of version 2 understands."""

from __future__ import annotations

import json

import pytest
import urllib3

from fakebox import Fakebox
from fakebox.core.defaults import BEARER_TOKEN

ROUTE = "files/get_metadata"


@pytest.fixture
def box():
    """A fresh double with a file in it, over a socket."""
    with Fakebox() as started:
        started.write("/a", "content")
        yield started


@pytest.fixture
def ask(box):
    """Asks for what is known of the file, and answers the response."""
    headers = {"Authorization": f"Bearer {BEARER_TOKEN}", "Content-Type": "application/json"}

    def do():
        url, body = f"{box.url}/2/{ROUTE}", json.dumps({"path": "/a"})
        return urllib3.request("POST", url, body=body, headers=headers, retries=False)

    return do


@pytest.mark.parametrize(
    ("fault", "status", "tag"),
    [
        ({"expired_token": True}, 401, "expired_access_token"),
        ({"status": 401}, 401, "invalid_access_token"),
        ({"status": 403}, 403, "other"),
        ({"status": 409}, 409, "other"),
        ({"status": 422}, 422, "other"),
    ],
    ids=str,
)
def test_client_is_refused_with_a_tag(box, ask, fault, status, tag):
    """And a summary of it, once; then all is well again."""
    box.faults.add(endpoint=ROUTE, **fault)
    answer = ask()
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/json")
    assert answer.json() == {"error_summary": f"{tag}/..", "error": {".tag": tag}}
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    assert ask().json()["name"] == "a"


def test_upload_by_a_link_fails_too(box):
    """By an endpoint that has every such link."""
    token = {"Authorization": f"Bearer {BEARER_TOKEN}"}
    url = f"{box.url}/2/files/get_temporary_upload_link"
    commit = {"commit_info": {"path": "/b"}}
    link = urllib3.request("POST", url, json=commit, headers=token).json()["link"]
    box.faults.add(endpoint="/apitul/*", status=503)
    octets = {"Content-Type": "application/octet-stream"}
    tries = [
        urllib3.request("POST", link, body=b"b", headers=octets, retries=False) for _ in range(2)
    ]
    assert [answer.status for answer in tries] == [503, 200]
    assert box.read("/b") == b"b"


@pytest.mark.parametrize(("fault", "wait_s"), [({}, 1), ({"retry_after_s": 7}, 7)])
def test_client_is_told_when_to_come_back(box, ask, fault, wait_s):
    """In the body as in the header; a second is what the specification has by default."""
    box.faults.add(endpoint=ROUTE, status=429, **fault)
    answer = ask()
    reason = {"reason": {".tag": "too_many_requests"}, "retry_after": wait_s}
    assert answer.json() == {"error_summary": "too_many_requests/..", "error": reason}
    assert answer.headers.get("Retry-After", "1") == str(wait_s)


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_client_is_refused_in_plain_text(box, ask, status):
    """A bad request names its route."""
    box.faults.add(endpoint=ROUTE, status=status)
    answer = ask()
    text = answer.data.decode()
    assert (answer.status, answer.headers["Content-Type"]) == (status, "text/plain; charset=utf-8")
    assert text
    assert not text.startswith(("{", "<"))
    assert (ROUTE in text) == (status == 400)


def test_fault_that_states_its_answer_has_it_as_it_is(box, ask):
    """Body and headers."""
    headers = {"Content-Type": "text/x-own", "WWW-Authenticate": "Own"}
    box.faults.add(endpoint=ROUTE, status=401, body={"error": "own"}, headers=headers)
    answer = ask()
    assert answer.json() == {"error": "own"}
    assert {name: answer.headers[name] for name in headers} == headers
