"""Tests of faults as the SDK reports them, over HTTP and in process."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
import urllib3

from dropbox.rest import ErrorResponse, RESTSocketError
from dropbox.retry import NEVER
from fakebox import Fakebox
from fakebox.middleware.faults import Fault, InvalidFault

DATA = b"0123456789" * 100


@pytest.fixture
def stored(box):
    """Writes a file of 1000 bytes and returns its path."""
    box.write("/a.bin", DATA)
    return "/a.bin"


def test_status_fault_is_applied_once(box, client):
    """A fault with a status and `Retry-After` applies to one request, and not to the next."""
    box.faults.add(endpoint="account/info", status=503, retry_after_s=7)
    with pytest.raises(ErrorResponse) as raised:
        client.account_info()
    assert raised.value.status == 503
    assert raised.value.headers["Retry-After"] == "7"
    assert client.account_info()["uid"] == 1


def test_client_retries_after_503(box):
    """The SDK retries after two 503 responses, and its request succeeds."""
    box.faults.add(status=503, retry_after_s=0, times=2)
    assert box.client().account_info()["uid"] == 1
    box.faults.assert_consumed()


def test_planned_faults_are_applied_in_order(box, client, stored):
    """The faults of a plan apply to one request each, in the given order."""
    box.faults.plan(
        "files",
        Fault(status=503, retry_after_s=1),
        Fault(cut_after_bytes=100),
        Fault(no_fault=True),
        Fault(reset="before_read"),
    )

    def outcome():
        try:
            return len(client.get_file(stored).read())
        except (ErrorResponse, RESTSocketError) as error:
            return type(error).__name__

    outcomes = [outcome() for _ in range(5)]
    assert outcomes == ["RateLimitError", "RESTSocketError", 1000, "RESTSocketError", 1000]
    box.faults.assert_consumed()


@pytest.mark.parametrize(
    "body",
    ['{"error": "Too bad"}', b'{"error": "Too bad"}', {"error": "Too bad"}],
    ids=["text", "bytes", "object"],
)
def test_fault_body_accepts_text_bytes_and_json(box, client, body):
    """The body of a fault can be text, bytes or an object that is sent as JSON."""
    box.faults.add(status=418, body=body, headers={"X-Why": "teapot"})
    with pytest.raises(ErrorResponse) as raised:
        client.account_info()
    assert raised.value.error_msg == "Too bad"
    assert raised.value.headers["X-Why"] == "teapot"


def test_5xx_fault_has_an_html_body(box, client):
    """The default body of a 5xx fault is HTML, as the service sent it."""
    box.faults.add(status=502)
    with pytest.raises(ErrorResponse) as raised:
        client.account_info()
    assert "<title>Dropbox - 5xx</title>" in raised.value.body


@pytest.mark.parametrize("in_blocks", [True, False])
def test_cut_download_raises_after_the_received_bytes(box, client, stored, in_blocks):
    """A read past the last received byte of a cut response raises `RESTSocketError`."""
    box.faults.add(endpoint="files", cut_after_bytes=300)
    response = client.get_file(stored)
    blocks = iter(lambda: response.read(100 if in_blocks else None), b"")
    with pytest.raises(RESTSocketError, match=r"IncompleteRead\(300 bytes read, 700 more"):
        list(blocks)


def test_cut_after_0_bytes_sends_no_head(box, client, stored):
    """A response cut after 0 bytes has no head either, so the request raises."""
    box.faults.add(cut_after_bytes=0)
    with pytest.raises(RESTSocketError, match="RemoteDisconnected"):
        client.get_file(stored)


def test_reset_before_read_makes_no_change(box, client):
    """A `before_read` reset raises an error for the client, and no folder is created."""
    box.faults.add(reset="before_read")
    with pytest.raises(RESTSocketError, match="ConnectionResetError"):
        client.file_create_folder("/new")
    assert box.tree() == []


def test_reset_after_applied_keeps_the_change(box, client):
    """An `after_applied` reset raises an error for the client, though the folder is created."""
    box.faults.add(reset="after_applied")
    with pytest.raises(RESTSocketError, match="ConnectionResetError"):
        client.file_create_folder("/new")
    assert box.tree() == ["/new/"]


def test_reset_mid_body_breaks_a_download_halfway(box, client, stored):
    """With a `mid_body` reset, the client receives half of the file and then an error."""
    box.faults.add(reset="mid_body")
    response = client.get_file(stored)
    assert response.read(500) == DATA[:500]
    with pytest.raises(RESTSocketError, match="ConnectionResetError"):
        response.read(500)


def test_reset_mid_body_breaks_an_upload_halfway(box, client):
    """An upload with a `mid_body` reset raises an error and stores no file."""
    box.faults.add(endpoint="files_put", reset="mid_body")
    with pytest.raises(RESTSocketError):
        client.put_file("/big.bin", b"x" * 3_000_000)
    assert box.tree() == []


def test_malformed_json_raises_an_error_response(box, client):
    """A response with status 200 and invalid JSON raises `ErrorResponse` with status 200."""
    box.faults.add(endpoint="metadata", malformed="json")
    with pytest.raises(ErrorResponse) as raised:
        client.metadata("/")
    assert raised.value.status == 200


def test_malformed_metadata_header_raises_an_error_response(box, client, stored):
    """A download with an invalid metadata header raises `ErrorResponse` with status 200."""
    box.faults.add(endpoint="files", malformed="metadata")
    with pytest.raises(ErrorResponse) as raised:
        client.get_file_and_metadata(stored)
    assert raised.value.status == 200


def test_expired_token_fault_is_applied_once(box, client):
    """An `expired_token` fault gives one request 401, and the next request succeeds."""
    box.faults.add(expired_token=True)
    with pytest.raises(ErrorResponse) as raised:
        client.account_info()
    assert raised.value.status == 401
    assert client.account_info()["uid"] == 1


def test_delta_reset_fault_returns_all_entries_again(box, client, stored):
    """A `delta_reset` fault gives one page with `reset` and all entries."""
    cursor = client.delta()["cursor"]
    box.faults.add(endpoint="delta", delta_reset=True)
    page = client.delta(cursor)
    assert page["reset"]
    assert [path for path, _ in page["entries"]] == [stored]
    assert not client.delta(page["cursor"])["reset"]


def test_latency_fault_exceeds_the_read_timeout(box):
    """A client with a read timeout shorter than the latency raises "Read timed out"."""
    box.faults.add(latency_s=0.6, jitter_s=0.1)
    session = box.session()
    session.rest_client._read_timeout_s = 0.05
    with pytest.raises(RESTSocketError, match="Read timed out"):
        type(box.client())(session, session.rest_client).file_create_folder("/late")


def test_bandwidth_fault_passes_complete_bodies(box, client, stored):
    """With limited bandwidth, an upload and a download are complete."""
    box.faults.add(bandwidth_bytes_per_s=20_000, times=None)
    client.put_file("/b.bin", DATA)
    assert client.get_file("/b.bin").read() == DATA


# --- request matching ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "conditions",
    [
        {"endpoint": "metadata"},
        {"endpoint": "meta*"},
        {"method": "GET"},
        {"path": "/Photos/*"},
        {"account": "user@fakebox.example"},
        {"account": "1"},
        {"endpoint": "metadata", "method": "GET", "path": "/Photos/a.jpg", "account": "1"},
    ],
)
def test_fault_applies_to_a_matching_request(quick, conditions):
    """A fault matches by endpoint, method, path and account, alone or combined."""
    quick.write("/Photos/a.jpg", "")
    quick.faults.add(**conditions, status=500, body="gone", times=None)
    client = quick.client()
    with pytest.raises(ErrorResponse, match="gone"):
        client.metadata("/Photos/a.jpg")


@pytest.mark.parametrize(
    "conditions",
    [
        {"endpoint": "files"},
        {"endpoint": "delta"},
        {"method": "POST"},
        {"path": "/Photos/*.png"},
        {"account": "other@fakebox.example"},
        {"account": "2"},
        {"endpoint": "metadata", "path": "/Other/*"},
    ],
)
def test_fault_does_not_apply_to_other_requests(quick, conditions):
    """A fault does not apply to a request that differs in one condition."""
    quick.write("/Photos/a.jpg", "")
    quick.faults.add(**conditions, status=500)
    assert quick.client().metadata("/Photos/a.jpg")["bytes"] == 0
    assert quick.faults.unconsumed()


@pytest.mark.parametrize("path", ["/from.txt", "/to.txt"])
def test_fault_matches_paths_of_form_parameters(quick, path):
    """A fault's path matches the source or the destination parameter of a copy."""
    quick.write("/from.txt", "")
    quick.faults.add(endpoint="fileops/*", path=path, status=500)
    with pytest.raises(ErrorResponse):
        quick.client().file_copy("/from.txt", "/to.txt")


def test_nth_fault_applies_to_the_nth_matching_request(quick):
    """`nth` counts from 1, and only the requests that match the fault."""
    quick.faults.add(endpoint="account/info", nth=3, status=404)
    client = quick.client()
    client.metadata("/")
    for _ in range(2):
        client.account_info()
    with pytest.raises(ErrorResponse):
        client.account_info()
    assert client.account_info()["uid"] == 1


def test_nth_counts_requests_that_other_faults_take(quick):
    """`nth` also counts a request to which another fault is applied."""
    quick.faults.add(endpoint="delta", status=429)
    quick.faults.add(endpoint="delta", nth=2, status=500, body="second")
    client = quick.client()
    client.retries = NEVER
    statuses = []
    for _ in range(3):
        try:
            client.delta()
        except ErrorResponse as error:
            statuses.append(error.status)
    assert statuses == [429, 500]


def test_probability_repeats_with_the_same_seed(quick):
    """With the same seed, a fault with a probability applies to the same requests."""

    def failures(seed):
        quick.reset()
        # The SDK does not retry after this status.
        quick.faults.add(endpoint="delta", probability=0.5, seed=seed, times=None, status=418)
        for _ in range(20):
            with suppress(ErrorResponse):
                quick.client().delta()
        return [record.number for record in quick.requests.find(status=418)]

    assert failures(1) == failures(1) != failures(2)
    assert 0 < len(failures(1)) < 20


def test_assert_consumed_lists_unused_faults(quick):
    """`assert_consumed` raises an error that lists each unused fault and its count."""
    quick.faults.add(endpoint="files_put", status=503, times=2)
    quick.faults.add(endpoint="delta", reset="before_read")
    with pytest.raises(ErrorResponse):
        quick.client().put_file("/a.txt", b"")
    with pytest.raises(AssertionError) as raised:
        quick.faults.assert_consumed()
    assert str(raised.value).splitlines() == [
        "2 planned faults were not applied as often as planned:",
        "  <fault 1: endpoint='files_put' times=2 status=503 (applied once)>",
        "  <fault 2: endpoint='delta' reset='before_read' (applied 0 times)>",
    ]


def test_assert_consumed_names_one_unused_fault(quick):
    """The error of `assert_consumed` uses the singular for one fault."""
    quick.faults.add(status=503)
    with pytest.raises(
        AssertionError, match=r"^1 planned fault was not applied as often as planned:"
    ):
        quick.faults.assert_consumed()


def test_static_files_are_not_affected_by_faults():
    """A fault for all requests does not apply to the style sheet and the icon of a page."""
    with Fakebox() as box:
        box.faults.add(status=503)
        style = urllib3.request("GET", f"{box.url}/static/pages.css")
        icon = urllib3.request("GET", f"{box.url}/favicon.ico")
        assert (style.status, icon.status) == (200, 404)
        assert len(box.requests) == 0
        assert box.faults.unconsumed()


def test_removed_fault_is_not_applied(quick):
    """A removed fault does not apply, and a second removal raises `KeyError`."""
    number = quick.faults.add(status=500, times=None)
    quick.faults.remove(number)
    assert quick.client().account_info()["uid"] == 1
    with pytest.raises(KeyError):
        quick.faults.remove(number)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"statsu": 500}, "unknown field 'statsu'; did you mean 'status'"),
        ({"zzz": 1}, "unknown field 'zzz'; accepted: endpoint"),
        ({}, "a fault needs at least one of status"),
        ({"endpoint": "files"}, "a fault needs at least one of status"),
        ({"status": "500"}, "status must be of type int, not str"),
        ({"status": True}, "status must be of type int, not bool"),
        ({"status": 99}, "status must be at least 200, not 99"),
        ({"status": 600}, "status must be between 200 and 599, not 600"),
        ({"status": 500, "times": 0}, "times must be at least 1, not 0"),
        ({"status": 500, "probability": 1.5}, "probability must be between 0 and 1, not 1.5"),
        ({"status": 500, "reset": "mid_body"}, "status and reset exclude each other"),
        (
            {"cut_after_bytes": 0, "fine": True},
            "cut_after_bytes and no_fault exclude each other",
        ),
        ({"no_fault": True, "fine": False}, "no_fault and fine are the same field"),
        ({"no_fault": False, "fine": True}, "no_fault and fine are the same field"),
        ({"no_fault": None}, "no_fault must be of type bool"),
        ({"reset": "now"}, "reset must be one of before_read, after_applied, mid_body, not 'now'"),
        ({"malformed": "xml"}, "malformed must be one of json, metadata"),
        ({"latency_s": 1, "body": "x"}, "body and retry_after_s need a status"),
        ({"latency_s": -1}, "latency_s must be at least 0, not -1"),
        ({"fine": None}, "fine must be of type bool"),
        ({"latency_s": float("inf")}, "latency_s must be a finite number, not inf"),
        (
            {"status": 500, "headers": {"X-Why": 5}},
            "'X-Why' and its value must be text on one line",
        ),
        ({"status": 500, "headers": {"X-Why": "a\nb"}}, "'X-Why' and its value must be text"),
    ],
)
def test_invalid_fault_raises(values, message):
    """Invalid or contradictory fields raise `InvalidFault` with the reason."""
    with pytest.raises(InvalidFault, match=message):
        Fault.of(values)


@pytest.mark.parametrize("name", ["no_fault", "fine"])
def test_no_fault_has_an_alias(quick, name):
    """Faults with `no_fault` and with its alias `fine` are equal, and the repr has `no_fault`."""
    made = Fault.of({"endpoint": "delta", name: True})
    assert made == Fault(endpoint="delta", no_fault=True) == Fault(endpoint="delta", fine=True)
    assert (made.no_fault, made.fine) == (True, True)
    assert made.to_dict() == {"endpoint": "delta", "no_fault": True}
    assert str(made) == "endpoint='delta' no_fault=True"
    assert replace(made, nth=2).no_fault
    quick.faults.add(endpoint="delta", **{name: True})
    quick.client().delta()
    quick.faults.assert_consumed()


@pytest.mark.parametrize("values", [None, 3, [], "status"])
def test_fault_from_a_value_that_is_not_an_object_raises(values):
    """A fault definition that is not an object raises `InvalidFault`."""
    with pytest.raises(InvalidFault, match="a fault must be an object"):
        Fault.of(values)


@pytest.mark.parametrize("method", ["add", "plan"])
def test_endpoint_as_positional_argument_raises(quick, method):
    """An endpoint in place of a fault raises `TypeError` that names the `endpoint` argument."""
    plan = getattr(quick.faults, method)
    with pytest.raises(TypeError, match=r"not 'put_file'; .*endpoint="):
        plan("files_put", "put_file") if method == "plan" else plan("put_file", status=503)
    assert len(quick.faults) == 0


def test_add_without_arguments_raises(quick):
    """`add` without arguments raises `TypeError`."""
    with pytest.raises(TypeError):
        quick.faults.add()
