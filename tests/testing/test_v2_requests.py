"""Tests of the journal, the HTTP archive and faults with paths and arguments of API v2."""

from __future__ import annotations

import json
import socket

import pytest
import urllib3

import fakebox
from fakebox import Fakebox
from fakebox.core.defaults import BEARER_TOKEN

TOKEN = {"Authorization": f"Bearer {BEARER_TOKEN}"}
OCTETS = {**TOKEN, "Content-Type": "application/octet-stream"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def box():
    """Starts an emulator with a socket."""
    with Fakebox() as started:
        yield started


@pytest.fixture
def rpc(box):
    """Returns a function that requests an RPC route and returns the response."""

    def send_request(route, argument):
        url = f"{box.url}/2/{route}"
        return urllib3.request("POST", url, json=argument, headers=TOKEN, retries=False)

    return send_request


@pytest.fixture
def upload(box):
    """Returns a function that uploads a file with its argument in the header."""

    def send_request(argument, content=b"hello", route="files/upload"):
        headers = {**OCTETS, "Dropbox-API-Arg": json.dumps(argument)}
        url = f"{box.url}/2/{route}"
        return urllib3.request("POST", url, body=content, headers=headers, retries=False)

    return send_request


def test_journal_has_the_path_and_arguments_of_an_upload(box, upload):
    """The path and the arguments of an upload are those of the Dropbox-API-Arg header."""
    argument = {"path": "/a.txt", "mode": {".tag": "overwrite"}, "mute": True}
    upload(argument)
    (entry,) = box.requests.assert_made("files/upload", path="/a.txt", mute=True)
    assert entry.arguments == argument
    assert box.requests.find("files/upload", path="/a.txt", mute="true") == [entry]
    assert box.requests.find("files/upload", mute=False) == []
    assert repr(entry).startswith('POST files/upload /a.txt mode={".tag": "overwrite"} mute=true')


def test_journal_has_the_argument_in_the_url(box):
    """An argument in the query is parsed as that in the header."""
    box.write("/a.txt", b"hello")
    query = {"arg": json.dumps({"path": "/a.txt"}), "authorization": TOKEN["Authorization"]}
    urllib3.request("GET", f"{box.url}/2/files/download", fields=query)
    (entry,) = box.requests.assert_made("files/download", path="/a.txt", status=200)
    assert entry.arguments == {"path": "/a.txt"}


@pytest.mark.parametrize(
    ("route", "argument", "paths"),
    [
        ("files/create_folder_v2", {"path": "/a"}, ["/a"]),
        ("files/move_v2", {"from_path": "/a", "to_path": "/b"}, ["/a", "/b"]),
        ("files/delete_batch", {"entries": [{"path": "/a"}, {"path": "/b"}]}, ["/a", "/b"]),
        ("files/search_v2", {"query": "x", "options": {"path": "/a"}}, ["/a"]),
        ("files/tags/get", {"paths": ["/a", "/b"]}, ["/a", "/b"]),
    ],
)
def test_journal_has_all_paths_of_an_rpc_request(box, rpc, route, argument, paths):
    """The paths in nested objects and lists of the JSON body are found, in their order."""
    rpc(route, argument)
    for path in paths:
        (entry,) = box.requests.assert_made(route, path=path)
    assert (entry.path, entry.arguments) == (paths[0], argument)


def test_request_to_an_unknown_endpoint_is_found(box, rpc):
    """A request to an endpoint that is not served is in the journal, and can be asserted."""
    with pytest.raises(ValueError, match="no endpoint matches 'files/uplaod'"):
        box.requests.assert_made("files/uplaod", status=400)
    rpc("files/uplaod", None)
    box.requests.assert_made("files/uplaod", status=400, times=1)
    box.requests.assert_made("files/upl*d", times=1)
    assert box.requests.find("files/uplaod", status=200) == []


def test_journal_has_the_path_of_a_commit(box, upload, rpc):
    """The path of `upload_session/finish` is that of its commit."""
    session = upload({}, route="files/upload_session/start").json()["session_id"]
    cursor = {"session_id": session, "offset": 5}
    argument = {"cursor": cursor, "commit": {"path": "/a.txt"}}
    assert upload(argument, b"", route="files/upload_session/finish").status == 200
    box.requests.assert_made("files/upload_session/finish", path="/a.txt")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"3", b"\xff", b"[" * 50_000])
def test_journal_has_no_arguments_of_a_malformed_body(box, body):
    """A body that is not a JSON object has no arguments and no path."""
    headers = {**TOKEN, "Content-Type": "application/json"}
    urllib3.request("POST", f"{box.url}/2/files/get_metadata", body=body, headers=headers)
    (entry,) = box.requests
    assert (entry.status, entry.arguments, entry.path) == (400, {}, "")


def test_secrets_in_arguments_are_masked(box, rpc):
    """Passwords of links and tokens are masked in arguments, also in nested objects."""
    rpc(
        "sharing/create_shared_link_with_settings",
        {"path": "/a", "settings": {"link_password": "hunter2"}},
    )
    rpc("auth/token/from_oauth1", {"oauth1_token": "s3cret", "oauth1_token_secret": "s3cret"})
    link, token = box.requests
    assert link.arguments == {"path": "/a", "settings": {"link_password": "***"}}
    assert token.arguments == {"oauth1_token": "***", "oauth1_token_secret": "***"}
    shown = str(box.requests) + json.dumps(box.requests.har())
    assert "hunter2" not in shown
    assert "s3cret" not in shown


def test_journal_of_a_request_in_progress_does_not_read_its_body(box):
    """The arguments of a request are empty until its body has been received."""
    box.write("/a", b"")
    host, port = box.url.removeprefix("http://").split(":")
    head = (
        "POST /2/files/get_metadata HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Authorization: {TOKEN['Authorization']}\r\nContent-Length: 13\r\n"
        "Expect: 100-continue\r\n\r\n"
    )
    with socket.create_connection((host, int(port))) as client:
        client.sendall(head.encode())
        # The emulator sends this when the route reads the body: the journal has the request then.
        assert client.recv(100).startswith(b"HTTP/1.1 100")
        (entry,) = box.requests
        assert (entry.arguments, entry.path, entry.status) == ({}, "", None)
        client.sendall(b'{"path":"/a"}')
        assert client.recv(100).startswith(b"HTTP/1.1 200")
    assert (entry.arguments, entry.path) == ({"path": "/a"}, "/a")


def test_har_has_the_body_of_a_request_as_post_data(box, rpc, upload):
    """The archive has JSON as text, a form as parameters, and no content of files."""
    rpc("files/get_metadata", {"path": "/a"})
    upload({"path": "/a"})
    body = b"grant_type=refresh_token&client_id=x&refresh_token=s3cret"
    urllib3.request("POST", f"{box.url}/oauth2/token?a=1", body=body, headers=FORM)
    archive = box.requests.har()["log"]
    sent = [entry["request"] for entry in archive["entries"]]
    assert json.loads(sent[0]["postData"]["text"]) == {"path": "/a"}
    assert sent[1]["postData"]["mimeType"] == "application/octet-stream"
    assert sent[1]["postData"]["text"] == ""
    assert sent[2]["queryString"] == [{"name": "a", "value": "1"}]
    assert sent[2]["postData"] == {
        "mimeType": FORM["Content-Type"],
        "params": [
            {"name": "grant_type", "value": "refresh_token"},
            {"name": "client_id", "value": "x"},
            {"name": "refresh_token", "value": "***"},
        ],
    }


def test_har_has_the_version_of_the_project(box):
    """The creator of the archive has the version of the distribution."""
    log = box.requests.har()["log"]
    assert (log["version"], log["creator"]["version"]) == ("1.2", fakebox.__version__)


def test_har_has_no_post_data_of_a_get_request(box):
    """A request without a body has no `postData`."""
    urllib3.request("GET", f"{box.url}/1/account/info?a=1")
    (entry,) = box.requests.har()["log"]["entries"]
    assert "postData" not in entry["request"]


def test_fault_applies_to_the_path_of_an_upload(box, upload):
    """A fault with a path applies to the upload of that path only."""
    box.faults.add(endpoint="files/upload", path="/bad.txt", status=500)
    assert [upload({"path": path}).status for path in ("/good.txt", "/bad.txt")] == [200, 500]
    assert box.tree() == ["/good.txt"]


def test_fault_applies_to_the_path_of_an_rpc_request(box, rpc):
    """A fault with a path reads the JSON body, and the route of other paths gets it as well."""
    box.write("/good", b"")
    box.faults.add(endpoint="files/get_metadata", path="/b*", status=500)
    responses = [rpc("files/get_metadata", {"path": path}) for path in ("/good", "/bad")]
    assert [response.status for response in responses] == [200, 500]
    assert responses[0].json()["name"] == "good"


def test_fault_with_a_path_does_not_hold_back_a_large_upload(box, upload):
    """An upload passes a fault for another path with its content unchanged."""
    box.faults.add(path="/bad.txt", status=500)
    content = bytes(range(256)) * 20_000
    assert upload({"path": "/large.bin"}, content).status == 200
    assert box.read("/large.bin") == content


@pytest.mark.parametrize("has_fault", [False, True])
@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/2/files/get_metadata", "application/json"),
        ("/2/files/list_folder/longpoll", "application/json"),
        ("/1/fileops/create_folder", FORM["Content-Type"]),
    ],
)
def test_slow_body_does_not_hold_back_other_requests(box, rpc, path, content_type, has_fault):
    """Other requests are served while the emulator waits for a body, also for a fault's path."""
    box.write("/a", b"")
    if has_fault:
        box.faults.add(path="/bad", status=500)
    host, port = box.url.removeprefix("http://").split(":")
    head = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\n"
        "Content-Length: 13\r\nExpect: 100-continue\r\n\r\n"
    )
    with socket.create_connection((host, int(port))) as client:
        client.sendall(head.encode())
        assert client.recv(100).startswith(b"HTTP/1.1 100")
        assert rpc("files/get_metadata", {"path": "/a"}).status == 200
        other = urllib3.request("POST", f"{box.url}/1/account/info", body="a=1", headers=FORM)
        assert other.status == 401


def test_control_plane_has_the_arguments_of_a_request(box, upload):
    """The journal of the control plane filters by path and argument, and contains both."""
    upload({"path": "/a.txt", "mute": True})
    url = f"{box.url}/_fakebox/journal?endpoint=files/upload&path=/a.txt&mute=true"
    (entry,) = urllib3.request("GET", url).json()["requests"]
    assert (entry["path"], entry["arguments"]) == ("/a.txt", {"path": "/a.txt", "mute": True})


def test_dashboard_shows_the_path_of_an_upload(box, upload):
    """The row of an upload has its path."""
    upload({"path": "/plans/a.txt"})
    assert (
        "/plans/a.txt" in urllib3.request("GET", f"{box.url}/_fakebox/page/requests").data.decode()
    )
