"""Recorded response headers of each host of version 2, by raw HTTP on a socket.

The table of headers is from the VCR cassettes of Jesus/dropbox_api (2016 to 2022), the replay files
of watermint/toolbox (2020), a network capture of the password extension (2023) and lists in public
clients (2020, 2021). Where they differ, the newest one counts.
"""

from __future__ import annotations

import json
import re

import pytest
import urllib3

from fakebox import Fakebox, Fault
from fakebox.core import defaults

API, CONTENT, NOTIFY = (f"{name}.dropboxapi.com" for name in ("api", "content", "notify"))
# Values of headers that are not the same in each response.
MILLISECONDS, REQUEST_ID = "[0-9]+", "[0-9a-f]{32}"
ERROR_POLICY = "sandbox allow-forms allow-scripts"


@pytest.fixture
def service():
    """A new emulator on a socket, with a text and a table."""
    with Fakebox() as box:
        box.write("/a.txt", b"content")
        box.write("/a.csv", b"a,b")
        yield box


def send(box, host, route, argument=None, *, body=None, token=defaults.BEARER_TOKEN, **headers):
    """Send a request to a host; the argument is in the body, or in a header if there is a body."""
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if body is None:
        headers["Content-Type"] = "application/json"
        body = json.dumps(argument)
    else:
        headers["Content-Type"] = "application/octet-stream"
        headers["Dropbox-API-Arg"] = json.dumps(argument)
    return urllib3.request(
        "POST",
        f"{box.url}/2/{route}",
        body=body,
        headers={"Host": host, **headers},
        retries=False,
        redirect=False,
    )


def download(box, **headers):
    """Download the file."""
    return urllib3.request(
        "POST",
        f"{box.url}/2/files/download",
        headers={
            "Host": CONTENT,
            "Authorization": f"Bearer {defaults.BEARER_TOKEN}",
            "Dropbox-API-Arg": '{"path": "/a.txt"}',
            **headers,
        },
    )


def check(response, status, expected, absent=()):
    """Check the status and the headers of a response; an expected value is a pattern."""
    assert response.status == status, response.data
    found = {name: response.headers.get(name) for name in expected}
    wrong = {
        name: found[name]
        for name, pattern in expected.items()
        if not re.fullmatch(pattern, found[name] or "")
    }
    assert wrong == {}
    assert [name for name in absent if name in response.headers] == []


EVERYWHERE = {"X-Dropbox-Request-Id": REQUEST_ID}
API_200 = {
    **EVERYWHERE,
    "Content-Type": "application/json",
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "X-Server-Response-Time": MILLISECONDS,
    "X-Dropbox-Response-Origin": "far_remote",
    "Accept-Encoding": "identity,gzip",
    "Vary": "Accept-Encoding",
}
ERROR = {
    **EVERYWHERE,
    "Content-Security-Policy": re.escape(ERROR_POLICY),
    "X-Dropbox-Response-Origin": "far_remote",
}
# Of 2018 to 2020; a 429 and a 500 of the API host were not recorded later.
ERROR_OF_2020 = {
    **EVERYWHERE,
    "Content-Disposition": "attachment; filename='error'",
    "Content-Security-Policy": "sandbox; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
CONTENT_200 = {
    **EVERYWHERE,
    "Cache-Control": "no-cache",
    "X-Robots-Tag": "noindex, nofollow, noimageindex",
    "X-Content-Type-Options": "nosniff",
    "X-Server-Response-Time": MILLISECONDS,
}
CONTENT_ERROR = {**EVERYWHERE, "X-Robots-Tag": "noindex, nofollow, noimageindex"}


def test_result_of_the_api_host_has_its_headers(service):
    """A 200 of the API host has these headers, and no `Pragma` since late 2021.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2021 to 2022, and a network capture, 2023.
    """
    response = send(service, API, "files/get_metadata", {"path": "/a.txt"})
    check(response, 200, API_200, absent=("Pragma",))


@pytest.mark.xfail(strict=True, reason="there is no proxy in front of the emulator")
def test_result_of_the_api_host_has_the_time_of_its_proxy(service):
    """A 200 of the API host has the time that the proxy waited for the service.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2020 to 2022.
    """
    response = send(service, API, "files/get_metadata", {"path": "/a.txt"})
    check(response, 200, {"X-Envoy-Upstream-Service-Time": MILLISECONDS})


def test_result_of_a_search_is_sandboxed_as_an_attachment(service):
    """A 200 of files/search_v2 is an attachment, with the policy of a sandbox in three headers.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2021.
    """
    response = send(service, API, "files/search_v2", {"query": "a.txt"})
    policies = ("Content-Security-Policy", "X-Content-Security-Policy", "X-WebKit-CSP")
    sandboxed = dict.fromkeys(policies, "sandbox")
    expected = {"Content-Disposition": "attachment", **sandboxed, "X-Frame-Options": "sameorigin"}
    check(response, 200, expected)


@pytest.mark.parametrize(
    ("status", "argument"),
    [(400, {"path": 1}), (409, {"path": "/no"})],
    ids=["400", "409"],
)
def test_error_of_the_api_host_has_its_headers(service, status, argument):
    """A 400 and a 409 of the API host are sandboxed.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2021.
    """
    response = send(service, API, "files/get_metadata", argument)
    check(response, status, ERROR)


def test_unauthorized_response_has_its_challenge(service):
    """A 401 has the challenge of a bearer token.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2021.
    """
    response = send(service, API, "files/get_metadata", {"path": "/a.txt"}, token="sl.unknown")
    expected = {
        **ERROR,
        "Cache-Control": "no-cache",
        "WWW-Authenticate": 'Bearer realm="Dropbox-API"',
        "X-Content-Type-Options": "nosniff",
    }
    check(response, 401, expected)


def test_root_that_is_not_permitted_has_its_headers(service):
    """A 422 of the API host is sandboxed.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2021.
    """
    root = json.dumps({".tag": "namespace_id", "namespace_id": "999"})
    response = send(
        service, API, "files/list_folder", {"path": ""}, **{"Dropbox-API-Path-Root": root}
    )
    check(response, 422, {"Content-Security-Policy": re.escape(ERROR_POLICY)})


def test_limit_of_the_api_host_has_its_headers(service):
    """A 429 has Retry-After and the headers of other errors.

    Recorded by the replay files of watermint/toolbox, 2020.
    """
    service.faults.add(Fault(status=429, retry_after_s=1))
    response = send(service, API, "files/get_metadata", {"path": "/a.txt"})
    check(response, 429, {**ERROR_OF_2020, "Retry-After": "1"})


def test_internal_error_has_no_content(service):
    """A 500 has the type of binary data, and no content.

    Recorded by the replay files of watermint/toolbox, 2020.
    """
    service.faults.add(Fault(status=500))
    response = send(service, API, "files/get_metadata", {"path": "/a.txt"})
    check(response, 500, {"Content-Type": "application/octet-stream", "Content-Length": "0"})


def test_internal_error_has_the_headers_of_other_errors(service):
    """A 500 of the API host is sandboxed.

    Recorded by the replay files of watermint/toolbox, 2020.
    """
    service.faults.add(Fault(status=500))
    response = send(service, API, "files/get_metadata", {"path": "/a.txt"})
    check(response, 500, ERROR_OF_2020)


def test_result_of_the_content_host_has_its_headers(service):
    """A 200 of the content host must not be indexed, and has no X-Frame-Options.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2016 to 2021, and a network capture, 2023.
    """
    uploaded = send(service, CONTENT, "files/upload", {"path": "/b.txt"}, body=b"content")
    for response in (uploaded, download(service)):
        check(response, 200, CONTENT_200, absent=("X-Frame-Options",))


@pytest.mark.xfail(strict=True, reason="RFC 6797 does not allow the header without TLS")
def test_content_host_requires_tls(service):
    """A 200 of the content host has Strict-Transport-Security.

    Recorded by the VCR cassettes of Jesus/dropbox_api and a network capture, 2021 to 2023, by TLS.
    """
    check(download(service), 200, {"Strict-Transport-Security": "max-age=.*"})


def test_error_of_the_content_host_must_not_be_indexed(service):
    """A 409 of the content host has X-Robots-Tag.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2016 to 2018.
    """
    response = send(service, CONTENT, "files/upload", {"path": "/a.txt"}, body=b"other")
    check(response, 409, CONTENT_ERROR)


def test_limit_of_the_content_host_has_its_headers(service):
    """A 429 of the content host has Retry-After, X-Robots-Tag and a sandbox.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2018 to 2020.
    """
    service.faults.add(Fault(status=429))
    response = send(service, CONTENT, "files/upload", {"path": "/b.txt"}, body=b"content")
    policy = {"Content-Security-Policy": re.escape(ERROR_POLICY)}
    check(response, 429, {**CONTENT_ERROR, **policy, "Retry-After": "1"})


def test_many_writes_at_once_are_too_many_write_operations(service):
    """The error of a 429 has a reason, and neither a tag nor `retry_after`.

    Recorded 149 times by the VCR cassettes of Jesus/dropbox_api and unmanbearpig/dropbox_api, 2017
    to 2019, and by the replay files of watermint/toolbox, 2020.
    """
    service.faults.add(Fault(status=429))
    response = send(service, CONTENT, "files/upload", {"path": "/b.txt"}, body=b"content")
    check(response, 429, {"Content-Type": "application/json", "Retry-After": "1"})
    found = response.json()
    assert found["error"] == {"reason": {".tag": "too_many_write_operations"}}
    assert re.fullmatch(r"too_many_write_operations/\.{0,3}", found["error_summary"])


@pytest.mark.parametrize(
    ("route", "path"), [("files/download", "/a.txt"), ("files/get_preview", "/a.csv")]
)
def test_download_has_the_rev_as_a_weak_etag(service, route, path):
    """A download and a preview have a weak ETag, and accept ranges.

    Recorded by the VCR cassettes of Jesus/dropbox_api, July and December 2016, without compression.
    """
    response = urllib3.request(
        "POST",
        f"{service.url}/2/{route}",
        headers={
            "Host": CONTENT,
            "Authorization": f"Bearer {defaults.BEARER_TOKEN}",
            "Dropbox-API-Arg": json.dumps({"path": path}),
        },
    )
    metadata = json.loads(response.headers["Dropbox-API-Result"])
    expected = {
        "Accept-Ranges": "bytes",
        "Original-Content-Length": "[0-9]+",
        "ETag": re.escape(f'W/"{metadata["rev"]}"'),
    }
    check(response, 200, expected)


@pytest.mark.parametrize("status", [200, 400])
def test_response_of_the_notify_host_has_its_headers(service, status):
    """A long poll names the timeout of the host, and must not be stored.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2016 to 2022.
    """
    listed = send(service, API, "files/list_folder", {"path": ""}).json()
    service.write("/b.txt", b"new")
    cursor = listed["cursor"] if status == 200 else "no cursor"
    response = send(service, NOTIFY, "files/list_folder/longpoll", {"cursor": cursor}, token="")
    expected = {
        **EVERYWHERE,
        "Cache-Control": "no-cache",
        "Pragma": "no-cache",
        "X-Db-Timeout": "120",
        "X-Dropbox-Response-Origin": "remote",
    }
    check(response, status, expected)


@pytest.mark.parametrize("host", [API, CONTENT])
def test_response_to_a_page_exposes_headers(service, host):
    """A request with an Origin is answered with the headers that its page may read.

    Recorded by a network capture of the password extension, 2023.
    """
    origin = {"Origin": "chrome-extension://example"}
    if host == CONTENT:
        response = download(service, **origin)
    else:
        response = send(service, API, "files/get_metadata", {"path": "/a.txt"}, **origin)
    expected = {
        "Access-Control-Allow-Origin": re.escape("*"),
        "Access-Control-Expose-Headers": "Accept-Ranges, Content-Range, ETag, Dropbox-API-Result",
    }
    check(response, 200, expected)


def test_path_that_ends_in_a_backslash_is_redirected(service):
    """A POST to a path that ends in an encoded backslash is redirected to that with a slash.

    Recorded by the VCR cassettes of Jesus/dropbox_api, 2021.
    """
    response = send(service, API, "files/list_folder%5C", {"path": ""})
    assert (response.status, response.data) == (307, b"")
    assert response.headers["Location"].endswith("/2/files/list_folder/")
