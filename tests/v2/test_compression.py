"""JSON and text are compressed for clients that accept it."""

from __future__ import annotations

import gzip
import json
import zlib

import pytest

from tests.v2.service import Service

ACCEPTED = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.fixture
def service():
    """The whole emulator, without a socket, with a file."""
    new = Service()
    new.upload("/a.json", b'{"a": "content"}')
    yield new
    new.close()


def plain(response):
    """Check that a response is compressed, and return its body without the compression."""
    assert response.headers["Content-Encoding"] == "gzip"
    assert response.headers["Vary"] == "Accept-Encoding"
    assert response.headers["Content-Length"] == str(len(response.data))
    return gzip.decompress(response.data)


@pytest.mark.parametrize(
    ("route", "argument", "status"),
    [
        ("users/get_current_account", None, 200),
        ("files/list_folder", {"path": ""}, 200),
        ("files/get_metadata", {"path": "/none"}, 409),
        ("files/get_metadata", {}, 400),
        ("no/such/route", None, 400),
        ("auth/token/revoke", None, 200),
    ],
)
def test_response_is_compressed(service, route, argument, status):
    """Small and large responses and errors are compressed; the body is that of any client."""
    headers = {"Authorization": "Bearer fakebox-other-bearer-token"} if "revoke" in route else {}
    response = service.rpc(route, argument, **ACCEPTED, **headers)
    assert response.status_code == status
    body = plain(response)
    if "revoke" not in route:
        uncompressed = service.rpc(route, argument)
        assert "Content-Encoding" not in uncompressed.headers
        assert uncompressed.headers["Vary"] == "Accept-Encoding"
        if status == 200:
            assert set(json.loads(body)) == set(uncompressed.json)


def test_upload_and_token_responses_are_compressed(service):
    """The JSON of an upload and of the token endpoint is compressed."""
    response = service.content("files/upload", {"path": "/b"}, b"x", **ACCEPTED)
    assert json.loads(plain(response))["name"] == "b"
    form = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": ""}
    data = (
        b"grant_type=refresh_token&refresh_token=fakebox-refresh-token&client_id=fakebox-app-key"
        b"&client_secret=fakebox-app-secret"
    )
    response = service.open("POST", "/oauth2/token", data, **form, **ACCEPTED)
    assert response.headers["Content-Type"] == "text/javascript"
    assert json.loads(plain(response))["token_type"] == "bearer"


@pytest.mark.parametrize(
    "headers",
    [{}, {"Range": "bytes=0-3"}, {"Range": "bytes=99-"}, {"If-None-Match": "*"}],
    ids=str,
)
def test_content_is_not_compressed(service, headers):
    """Contents of files are sent as they are, whatever their type is."""
    url = service.link("/a.json")
    for route, argument in [
        ("files/download", {"path": "/a.json"}),
        ("sharing/get_shared_link_file", {"url": url}),
    ]:
        response = service.content(route, argument, **ACCEPTED, **headers)
        if response.status_code != 416:
            assert "Content-Encoding" not in response.headers
        if response.status_code == 200:
            assert response.data == b'{"a": "content"}'


@pytest.mark.parametrize(
    ("header", "is_compressed"),
    [
        ("", False),
        ("identity", False),
        ("br, deflate", False),
        ("gzip", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip;q=0.0, *", False),
        ("*;q=0", False),
        ("gzip;q=0.001", True),
        ("identity;q=0, *;q=0.5", True),
        ("identity;q=1.0, gzip;q=0.5", False),
        ("identity;q=0.5, gzip;q=1.0", True),
        ("identity, gzip", True),
        ("deflate;q=1, gzip;q=0.2", True),
        (" gzip ; q=1 ", True),
    ],
)
def test_header_of_the_client_decides(service, header, is_compressed):
    """The response is compressed if the client accepts it and prefers it to no encoding."""
    response = service.rpc("users/get_current_account", None, **{"Accept-Encoding": header})
    assert response.status_code == 200
    assert ("Content-Encoding" in response.headers) is is_compressed


def test_head_has_no_length_of_another_encoding(service):
    """A HEAD response has the length of the GET response, or none (RFC 9110, section 8.6)."""
    target = "/2/no/such/route"
    compressed = service.open("HEAD", target, **ACCEPTED)
    assert compressed.headers["Vary"] == "Accept-Encoding"
    assert "Content-Length" not in compressed.headers
    got, head = (service.open(method, target).headers for method in ("GET", "HEAD"))
    assert head["Content-Length"] == got["Content-Length"]


@pytest.mark.parametrize(
    "header", ["gzip;q=", "gzip;q=x", "gzip;q=nan", ";;;", ",,,", "gzip;q=-1", '"', "\xff"]
)
def test_malformed_header_is_no_error(service, header):
    """A header that cannot be parsed is no reason to reject the request."""
    response = service.rpc("users/get_current_account", None, **{"Accept-Encoding": header})
    assert response.status_code == 200


def test_rate_limit_and_faults_are_compressed(service):
    """The errors of the middleware are compressed as those of the routes."""
    service.fault(status=409, times=1)
    response = service.rpc("files/get_metadata", {"path": "/a.json"}, **ACCEPTED)
    assert json.loads(plain(response))["error_summary"]
    service.fault(expired_token=True)
    response = service.rpc("files/get_metadata", {"path": "/a.json"}, **ACCEPTED)
    assert b"expired_access_token" in plain(response)
    service.put("/_fakebox/rate-limit", {"requests": 1, "per_s": 60})
    service.rpc("users/get_current_account", None)
    response = service.rpc("users/get_current_account", None, **ACCEPTED)
    assert response.status_code == 429
    assert b"too_many_requests" in plain(response)


def test_encoded_body_of_a_fault_is_not_encoded_again(service):
    """A body that a fault gives with its encoding is sent unchanged."""
    service.fault(status=200, body="not gzip", headers={"Content-Encoding": "gzip"})
    response = service.rpc("files/get_metadata", {"path": "/a.json"}, **ACCEPTED)
    assert response.data == b"not gzip"
    entry = service.open("GET", "/_fakebox/journal").json["requests"][-1]
    assert entry["status"] == 200


def test_malformed_json_of_a_fault_is_compressed_json(service):
    """The client can decompress malformed JSON, and cannot parse it."""
    service.fault(malformed="json")
    response = service.rpc("files/get_metadata", {"path": "/a.json"}, **ACCEPTED)
    with pytest.raises(json.JSONDecodeError):
        json.loads(plain(response))


def test_journal_has_the_text_of_a_compressed_response(service):
    """The journal has the sent headers and size, and the text without the compression."""
    response = service.rpc("files/list_folder", {"path": ""}, **ACCEPTED)
    entry = service.namespaces.default.requests[-1]
    assert entry.response_headers["Content-Encoding"] == "gzip"
    assert entry.response_bytes == len(response.data)
    assert json.loads(entry.response_text) == json.loads(gzip.decompress(response.data))
    har = service.open("GET", "/_fakebox/journal.har").json["log"]["entries"][-1]["response"]
    assert json.loads(har["content"]["text"])["entries"]
    assert har["bodySize"] == len(response.data)


def test_journal_has_the_beginning_of_a_long_compressed_response(service):
    """The journal has the first 16 KiB of the text."""
    for number in range(80):
        service.rpc("files/create_folder_v2", {"path": f"/{'long name ' * 15}{number}"})
    response = service.rpc("files/list_folder", {"path": ""}, **ACCEPTED)
    whole = gzip.decompress(response.data).decode()
    assert len(whole) > 20_000
    text = service.namespaces.default.requests[-1].response_text
    assert len(text) == 16 * 1024
    assert '"entries"' in text


def test_same_response_has_the_same_bytes(service):
    """The compressed bytes do not depend on the time."""
    one, two = (
        service.rpc("files/list_folder/get_latest_cursor", {"path": ""}, **ACCEPTED).data
        for _ in range(2)
    )
    assert one == two
    assert zlib.decompress(one, 31)


def test_version_1_and_pages_are_not_compressed(service):
    """Responses of version 1, of pages and of the control plane are sent as they are."""
    for target in ("/1/account/info", "/1/metadata/dropbox/", "/oauth2/authorize", "/_fakebox/"):
        response = service.open("GET", target, **ACCEPTED)
        assert "Content-Encoding" not in response.headers
