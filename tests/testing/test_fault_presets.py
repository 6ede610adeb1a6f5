"""Tests of ready-made faults, computed bodies and the endpoints of faults."""

from __future__ import annotations

import json

import pytest
import urllib3

from fakebox import Fakebox, Fault
from fakebox.core.defaults import BEARER_TOKEN
from fakebox.middleware.faults import InvalidFault

TOKEN = {"Authorization": f"Bearer {BEARER_TOKEN}"}
OCTETS = {**TOKEN, "Content-Type": "application/octet-stream"}
PRESETS = {
    "bad_gateway",
    "bad_request_page",
    "cursor_reset",
    "expired_token",
    "gateway_timeout",
    "insufficient_space",
    "internal_error",
    "over_quota",
    "restricted_content",
    "service_unavailable",
    "takedown",
    "too_many_requests",
    "too_many_write_operations",
}


@pytest.fixture
def box():
    """Starts an emulator with a socket."""
    with Fakebox() as started:
        yield started


@pytest.fixture
def upload(box):
    """Returns a function that uploads a file by API v2."""

    def send_request(path="/a.txt"):
        headers = {**OCTETS, "Dropbox-API-Arg": json.dumps({"path": path})}
        url = f"{box.url}/2/files/upload"
        return urllib3.request("POST", url, body=b"hello", headers=headers, retries=False)

    return send_request


@pytest.fixture
def put(box):
    """Returns a function that uploads a file by API v1."""

    def send_request():
        url = f"{box.url}/1/files_put/auto/a.txt"
        return urllib3.request("PUT", url, body=b"hello", headers=TOKEN, retries=False)

    return send_request


@pytest.fixture
def get_metadata(box):
    """Returns a function that requests metadata by API v2."""

    def send_request(path="/a.txt"):
        url = f"{box.url}/2/files/get_metadata"
        return urllib3.request("POST", url, json={"path": path}, headers=TOKEN, retries=False)

    return send_request


def test_unknown_preset_is_rejected_with_the_accepted_names():
    """The error lists all ready-made faults."""
    with pytest.raises(InvalidFault, match="unknown preset 'takedwn'; accepted: ") as raised:
        Fault.preset("takedwn")
    assert set(str(raised.value).partition("accepted: ")[2].split(", ")) == PRESETS


@pytest.mark.parametrize("name", [None, 3, [], {}])
def test_preset_that_is_not_a_string_is_rejected(name):
    """A preset in JSON may have any type, and only a name is accepted."""
    with pytest.raises(InvalidFault, match="preset must be of type str"):
        Fault.of({"preset": name})


def test_preset_rejects_unknown_fields():
    """The fields of a ready-made fault are checked as those of any other."""
    with pytest.raises(InvalidFault, match="did you mean 'times'"):
        Fault.preset("takedown", tims=2)
    with pytest.raises(InvalidFault, match="exclude each other"):
        Fault.preset("expired_token", status=500)


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_preset_is_the_same_after_a_round_trip(name):
    """`to_dict` returns the name and the other fields, and `Fault.of` accepts them."""
    fault = Fault.preset(name, path="/a", times=2)
    assert fault.to_dict() == {"preset": name, "path": "/a", "times": 2}
    assert Fault.of(fault.to_dict()) == fault


def test_takedown_has_status_461_with_its_text(box):
    """A file that was taken down has the status 461 of the service of 2015."""
    box.write("/a.txt", b"")
    box.faults.add(Fault.preset("takedown", endpoint="files", path="/a.txt"))
    url = f"{box.url}/1/files/auto/a.txt"
    response = urllib3.request("GET", url, headers=TOKEN, retries=False)
    assert response.status == 461
    assert "Digital Millennium Copyright Act" in response.json()["error"]


@pytest.mark.parametrize("name", ["preset", "status"])
def test_429_of_a_write_has_its_own_reason(box, upload, name):
    """A write has `too_many_write_operations`, Retry-After and no `retry_after` in the body."""
    fields = {"preset": "too_many_write_operations"} if name == "preset" else {"status": 429}
    box.faults.add(endpoint="files/upload", **fields)
    response = upload()
    assert (response.status, response.headers["Retry-After"]) == (429, "1")
    payload = response.json()
    assert payload["error"] == {"reason": {".tag": "too_many_write_operations"}}
    assert payload["error_summary"].rstrip(".") == "too_many_write_operations/"
    assert len(response.headers["X-Dropbox-Request-Id"]) == 32
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert upload().status == 200


def test_429_of_a_write_can_have_the_other_reason(box, upload):
    """The preset `too_many_requests` sends this reason for writes as well."""
    box.faults.add(preset="too_many_requests", endpoint="files/upload", retry_after_s=7)
    response = upload()
    assert (response.status, response.headers["Retry-After"]) == (429, "7")
    error = {"reason": {".tag": "too_many_requests"}, "retry_after": 7}
    assert response.json()["error"] == error


def test_preset_without_an_endpoint_fits_the_api_version(box, upload, put):
    """Presets of both versions have the body of the version of the request."""
    box.faults.add(preset="too_many_requests", times=2)
    assert put().json() == {"error": "Too many requests."}
    assert upload().json()["error"]["reason"] == {".tag": "too_many_requests"}
    box.faults.add(preset="internal_error", times=2)
    first, second = put(), upload()
    assert (first.status, b"Dropbox - 5xx" in first.data) == (500, True)
    assert (second.status, second.data) == (500, b"")


def test_presets_for_a_full_account(box, upload, put, get_metadata):
    """`insufficient_space` has the error of the route, and `over_quota` is that of version 1."""
    box.faults.add(preset="insufficient_space", times=2)
    box.faults.add(preset="over_quota")
    error = upload().json()["error"]
    assert (error[".tag"], error["reason"]) == ("path", {".tag": "insufficient_space"})
    assert error["upload_session_id"]
    assert get_metadata().json()["error"]["path"] == {".tag": "insufficient_space"}
    response = put()
    assert response.status == 507
    assert "storage quota" in response.json()["error"]


@pytest.mark.parametrize(
    ("name", "status"), [("bad_gateway", 502), ("gateway_timeout", 504), ("bad_request_page", 400)]
)
def test_preset_of_a_proxy_is_a_page(box, get_metadata, name, status):
    """A proxy of the service sends HTML where the API sends JSON."""
    box.faults.add(preset=name)
    response = get_metadata()
    assert (response.status, response.headers["Content-Type"].split(";")[0]) == (
        status,
        "text/html",
    )
    assert b"<h1>" in response.data


def test_preset_over_http(box, upload):
    """The control plane accepts a preset, lists it by its name, and rejects an unknown name."""
    url = f"{box.url}/_fakebox/faults"
    fault = {"preset": "too_many_write_operations", "endpoint": "files/upload"}
    assert urllib3.request("POST", url, json=fault).status == 201
    (listed,) = urllib3.request("GET", url).json()["faults"]
    assert listed["fault"] == fault
    assert upload().status == 429
    response = urllib3.request("POST", url, json={"preset": "too_many_writes"})
    assert response.status == 400
    assert "too_many_write_operations" in response.json()["error"]


def test_body_can_be_a_function_of_the_request(box, get_metadata):
    """The function gets a view of the request with its path and arguments."""

    def body(request):
        return {"method": request.method, "path": request.path, "arguments": request.arguments}

    box.faults.add(endpoint="files/get_metadata", status=418, body=body, times=None)
    for path in ("/a", "/b"):
        response = get_metadata(path)
        assert response.status == 418
        expected = {"method": "POST", "path": path, "arguments": {"path": path}}
        assert response.json() == expected


def test_view_of_a_request_masks_credentials(box, get_metadata):
    """The view has the URL and the headers without the token, and so has its `repr`."""
    seen = []
    box.faults.add(status=500, body=lambda request: seen.append(request) or "")
    get_metadata()
    (request,) = seen
    assert request.headers["Authorization"] == "Bearer ***"
    assert request.url == f"{box.url}/2/files/get_metadata"
    assert repr(request) == "<request POST files/get_metadata /a.txt>"


@pytest.mark.parametrize(
    "body",
    [lambda _: 1 / 0, lambda _: None, lambda _: {"a": object()}],
    ids=["raises", "none", "no-json"],
)
def test_failed_function_for_a_body_is_500_and_logged(box, get_metadata, body, caplog):
    """The response names the fault, and the log has the exception; the emulator goes on."""
    box.faults.add(status=503, body=body)
    response = get_metadata()
    assert (response.status, "body of fault 1 failed" in response.data.decode()) == (500, True)
    assert "the body of fault 1 failed" in caplog.text
    assert get_metadata().status == 409


def test_coroutine_function_for_a_body_is_rejected():
    """The body of a fault cannot be awaited."""

    async def body(_):
        return ""

    with pytest.raises(InvalidFault, match="coroutine"):
        Fault(status=500, body=body)


def test_function_for_a_body_is_listed_by_its_name(box):
    """The control plane shows the name of the function."""

    def explain(_):
        return ""

    box.faults.add(status=500, body=explain)
    (listed,) = urllib3.request("GET", f"{box.url}/_fakebox/faults").json()["faults"]
    assert "explain" in listed["fault"]["body"]


@pytest.mark.parametrize(
    ("endpoint", "hint"),
    [
        ("files/uplod", "did you mean 'files/upload'"),
        ("/2/files/upload", "did you mean 'files/upload'"),
        ("file_put", "did you mean 'files_put'"),
        ("files/uplo*d2", "did you mean 'files/upload'"),
        ("xyzzy", "accepted: "),
        ("", "accepted: "),
    ],
)
def test_unknown_endpoint_is_rejected(box, endpoint, hint):
    """The error has the most similar endpoint, in Python and over HTTP; no fault is added."""
    with pytest.raises(ValueError, match=hint):
        box.faults.add(endpoint=endpoint, status=500)
    with pytest.raises(ValueError, match=hint):
        box.faults.plan(endpoint, Fault(status=500))
    url, fault = f"{box.url}/_fakebox/faults", {"endpoint": endpoint, "status": 500}
    response = urllib3.request("POST", url, json=[{"status": 500}, fault])
    assert (response.status, hint in response.json()["error"]) == (400, True)
    assert len(box.faults) == 0


@pytest.mark.parametrize(
    "endpoint",
    [
        "files",
        "files_put",
        "fileops/*",
        "shared_folders/*",
        "files/upload",
        "files/*",
        "*/get_metadata",
        "oauth/request_token",
        "oauth/authorize",
        "oauth2/token",
        "/oauth2/token",
        "/apitul/*",
        "/s/*",
        "/s/token/name.txt",
        "*",
    ],
)
def test_endpoints_of_both_versions_and_patterns_are_accepted(box, endpoint):
    """A pattern is accepted if it matches an endpoint of either version, or a page."""
    box.faults.add(endpoint=endpoint, status=500)


def test_endpoint_of_a_fault_is_checked_in_a_namespace(box):
    """A namespace that a request creates checks endpoints as well."""
    url = f"{box.url}/_fakebox/faults?namespace=billing"
    fault = {"endpoint": "files/uplod", "status": 500}
    response = urllib3.request("POST", url, json=fault)
    assert (response.status, "did you mean" in response.json()["error"]) == (400, True)
