"""Headers of responses, by host and status, against recorded responses of the service."""

from __future__ import annotations

import json

import pytest

from fakebox.v2.app import create_v2
from fakebox.v2.response_headers import CONTENT_ROUTES, NOTIFY_ROUTES
from fakebox.v2.route_styles import RPCRoute
from tests.v2.service import Service

POLICY = "sandbox allow-forms allow-scripts"
ALWAYS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Accept-Ranges, Content-Range, ETag, Dropbox-API-Result",
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Accept-Encoding": "identity,gzip",
}
ROBOTS = {"X-Robots-Tag": "noindex, nofollow, noimageindex"}
ERROR_OF_2020 = {
    "Content-Security-Policy": "sandbox; frame-ancestors 'none'",
    "Content-Disposition": "attachment; filename='error'",
    "X-Frame-Options": "DENY",
}
# The headers that some responses have and others have not.
SOMETIMES = (
    "Content-Disposition",
    "X-Frame-Options",
    "X-Robots-Tag",
    "X-Db-Timeout",
    "X-Dropbox-Request-Url",
    "X-WebKit-CSP",
    "Pragma",
)


@pytest.fixture
def service():
    """The whole emulator, without a socket."""
    new = Service()
    yield new
    new.close()


def check(response, expected):
    """Check the headers of a response that are in the table."""
    headers = dict(response.headers)
    assert len(headers) == len(response.headers), response.headers
    assert len(headers["X-Dropbox-Request-Id"]) == 32
    assert headers["X-Server-Response-Time"].isdecimal()
    assert headers["X-Dropbox-Response-Origin"] in ("far_remote", "remote")
    expected = {**ALWAYS, **expected}
    assert {name: headers.get(name) for name in expected} == expected
    assert [name for name in SOMETIMES if name in headers and name not in expected] == []


def test_success_of_the_api_host(service):
    """A success of the API host cannot be shown in a frame of another site."""
    response = service.rpc("users/get_current_account", None)
    assert response.status_code == 200
    check(response, {"X-Frame-Options": "SAMEORIGIN"})


@pytest.mark.parametrize("route", ["files/search_v2", "files/search/continue_v2"])
def test_success_of_a_search(service, route):
    """A search has the headers of an attachment."""
    service.upload("/a.txt")
    service.upload("/ab.txt")
    response = service.rpc("files/search_v2", {"query": "a", "options": {"max_results": 1}})
    if route != "files/search_v2":
        response = service.rpc(route, {"cursor": response.json["cursor"]})
    assert response.status_code == 200
    check(
        response,
        {
            "X-Frame-Options": "sameorigin",
            "Content-Disposition": "attachment",
            "Content-Security-Policy": "sandbox",
            "X-WebKit-CSP": "sandbox",
            "X-Content-Security-Policy": "sandbox",
        },
    )


@pytest.mark.parametrize(
    ("route", "argument", "status"),
    [
        ("files/get_metadata", {}, 400),
        ("files/get_metadata", {"path": "/none"}, 409),
        ("no/such/route", None, 400),
        ("files/get_metadata/", None, 400),
    ],
)
def test_error_of_the_api_host(service, route, argument, status):
    """An error of a route, and one for an unknown route, has the policy of the service."""
    response = service.rpc(route, argument)
    assert response.status_code == status
    check(response, {"Content-Security-Policy": POLICY})


def test_wrong_method_has_the_headers_of_an_error(service):
    """A method that the route does not accept is an error as any other."""
    response = service.open("GET", "/2/files/get_metadata")
    assert response.status_code == 400
    check(response, {"Content-Security-Policy": POLICY})


def test_unknown_token_has_the_url_of_the_request(service):
    """A 401 has the challenge and the path of the route."""
    response = service.rpc("files/get_metadata", {"path": "/a"}, Authorization=f"Bearer {'A' * 64}")
    assert response.status_code == 401
    check(
        response,
        {
            "Content-Security-Policy": POLICY,
            "WWW-Authenticate": 'Bearer realm="Dropbox-API"',
            "X-Dropbox-Request-Url": "/2/files/get_metadata",
        },
    )


def test_path_root_without_permission(service):
    """A 422 has the policy of the service."""
    root = json.dumps({".tag": "namespace_id", "namespace_id": "1"})
    response = service.rpc("files/list_folder", {"path": ""}, **{"Dropbox-API-Path-Root": root})
    assert response.status_code == 422
    check(response, {"Content-Security-Policy": POLICY})


@pytest.mark.parametrize("path", ["/a.txt", "/none"])
def test_content_host(service, path):
    """Every response of the content host tells search engines not to index it."""
    service.upload("/a.txt")
    response = service.content("files/download", {"path": path})
    check(response, {**ROBOTS, **({} if path == "/a.txt" else {"Content-Security-Policy": POLICY})})


def test_unknown_route_of_the_content_host(service):
    """The host of an unknown route is the one that the request names."""
    response = service.rpc("no/such/route", None, Host="content.dropboxapi.com")
    check(response, {**ROBOTS, "Content-Security-Policy": POLICY})


@pytest.mark.parametrize("cursor", [None, "nonsense"])
def test_notify_host(service, cursor):
    """A long poll has the headers of the notify host."""
    service.upload("/a.txt")
    if cursor is None:
        cursor = service.rpc("files/list_folder", {"path": "", "limit": 1}).json["cursor"]
        service.upload("/b.txt")
    response = service.rpc("files/list_folder/longpoll", {"cursor": cursor}, Authorization="")
    assert response.status_code == (400 if cursor == "nonsense" else 200)
    check(response, {"Pragma": "no-cache", "X-Db-Timeout": "120"})


def test_rate_limit_has_all_headers(service):
    """A 429 of the rate limit has the headers of the newest recorded 429."""
    service.put("/_fakebox/rate-limit", {"requests": 1, "per_s": 60})
    service.rpc("users/get_current_account", None)
    response = service.rpc("users/get_current_account", None)
    assert response.status_code == 429
    check(response, {**ERROR_OF_2020, "Retry-After": response.headers["Retry-After"]})


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, {"Content-Security-Policy": POLICY}),
        (403, {"Content-Security-Policy": POLICY}),
        (409, {"Content-Security-Policy": POLICY}),
        (429, {**ERROR_OF_2020, "Retry-After": "1"}),
        (500, ERROR_OF_2020),
        (503, {"Content-Security-Policy": POLICY}),
    ],
)
def test_planned_fault_has_all_headers(service, status, expected):
    """The response of a fault has the headers of the status and the host."""
    service.fault(status=status)
    response = service.rpc("files/create_folder_v2", {"path": "/a"})
    assert response.status_code == status
    check(response, expected)


def test_planned_fault_on_the_content_host(service):
    """The response of a fault has the headers of the content host."""
    service.fault(status=429)
    response = service.content("files/upload", {"path": "/a"}, b"x")
    assert response.status_code == 429
    check(response, {**ROBOTS, "Content-Security-Policy": POLICY, "Retry-After": "1"})


def test_expired_token_of_a_fault_has_the_url_of_the_request(service):
    """The 401 of a fault has the headers of every 401."""
    service.fault(expired_token=True)
    response = service.rpc("files/get_metadata", {"path": "/a"})
    check(response, {"X-Dropbox-Request-Url": "/2/files/get_metadata"})


def test_unknown_namespace_has_all_headers(service):
    """The error for a namespace that is not valid has the headers of every error."""
    headers = {"X-Fakebox-Namespace": "not a name"}
    response = service.rpc("users/get_current_account", None, **headers)
    assert response.status_code == 400
    check(response, {"Content-Security-Policy": POLICY})


def test_policy_of_an_html_page_is_the_emulators(service):
    """A page of a planned fault has the policy of the emulator, in which no script runs."""
    headers = {"Content-Type": "text/html", "Content-Security-Policy": POLICY}
    service.fault(status=409, body="<script>1</script>", headers=headers)
    response = service.rpc("files/get_metadata", {"path": "/a"})
    assert "allow-scripts" not in response.headers["Content-Security-Policy"]


def test_routes_of_the_content_host():
    """Every route whose argument is in a header is on the content host, and so are batches."""
    routes = create_v2().view_functions.values()
    content = {one.name for one in routes if hasattr(one, "name") and not isinstance(one, RPCRoute)}
    assert content | {"files/get_thumbnail_batch"} == CONTENT_ROUTES
    assert {one.name for one in routes if hasattr(one, "name")} >= NOTIFY_ROUTES


def test_etag_of_a_download_is_weak(service):
    """The ETag is weak and has the rev; it is compared weakly, and never allows a range."""
    rev = service.upload("/a.txt", b"0123456789").json["rev"]
    response = service.content("files/download", {"path": "/a.txt"})
    etag = response.headers["ETag"]
    assert etag == f'W/"{rev}"'
    for header in (etag, f'"{rev}"', "*"):
        same = service.content("files/download", {"path": "/a.txt"}, **{"If-None-Match": header})
        assert same.status_code == 304
    for header, status in [(etag, 200), (f'"{rev}"', 200)]:
        headers = {"If-Range": header, "Range": "bytes=2-4"}
        part = service.content("files/download", {"path": "/a.txt"}, **headers)
        assert part.status_code == status


def test_preview_has_the_headers_of_a_download(service):
    """A preview has an ETag and the size of the file, and can be requested in parts."""
    rev = service.upload("/a.csv", b"0123456789").json["rev"]
    response = service.content("files/get_preview", {"path": "/a.csv"})
    assert response.headers["ETag"] == f'W/"{rev}"'
    assert response.headers["Original-Content-Length"] == "10"
    assert response.headers["Accept-Ranges"] == "bytes"
    part = service.content("files/get_preview", {"path": "/a.csv"}, Range="bytes=0-4")
    assert (part.status_code, part.data) == (206, response.data[:5])


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=0-0", "bytes=5-", "bytes=-1"])
def test_range_of_an_empty_file_is_an_error_of_the_route(service, header):
    """No range of an empty file can be sent, which is a tagged error."""
    url = service.upload("/empty", b"").json and service.link("/empty")
    for route, argument in [
        ("files/download", {"path": "/empty"}),
        ("sharing/get_shared_link_file", {"url": url}),
    ]:
        response = service.content(route, argument, Range=header)
        assert response.status_code == 409
        assert response.json["error_summary"].startswith("range/not_satisfiable/")
        assert response.json["error"] == {".tag": "range", "range": {".tag": "not_satisfiable"}}


@pytest.mark.parametrize("target", ["files/get_metadata%5C", "no/route%5c", "files/a%5Cb%5C"])
def test_path_that_ends_in_a_backslash_is_redirected(service, target):
    """An encoded backslash at the end is redirected to a slash in its place."""
    response = service.open("POST", f"/2/{target}", data=b"{}")
    assert (response.status_code, response.data) == (307, b"")
    location = response.headers["Location"]
    assert location.removeprefix("http://localhost").startswith("/2/")
    assert location.endswith("/")
    assert "Location" not in service.open("POST", f"/2/{target}x").headers
