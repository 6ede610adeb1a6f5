"""What goes wrong on purpose, as the SDK's caller meets it: the same by either way."""

from __future__ import annotations

from contextlib import suppress

import pytest
import urllib3

from dropbox.rest import ErrorResponse, RESTSocketError
from dropbox.retry import NEVER
from fakebox import Fakebox
from fakebox.middleware.faults import Fault, InvalidFault

DATA = b"0123456789" * 100


@pytest.fixture
def stored(box):
    """A file of a thousand bytes."""
    box.write("/a.bin", DATA)
    return "/a.bin"


def test_client_is_told_to_come_back_later(box, client):
    """A status, a body and a Retry-After, once; then all is well again."""
    box.faults.add(endpoint="account/info", status=503, retry_after_s=7)
    with pytest.raises(ErrorResponse) as refused:
        client.account_info()
    assert refused.value.status == 503
    assert refused.value.headers["Retry-After"] == "7"
    assert client.account_info()["uid"] == 1


def test_client_retries_what_passes(box):
    """The SDK's own patience meets a storm of two, and gets through."""
    box.faults.add(status=503, retry_after_s=0, times=2)
    assert box.client().account_info()["uid"] == 1
    box.faults.assert_consumed()


def test_faults_of_an_operation_happen_in_their_order(box, client, stored):
    """503 with Retry-After, then a cut, then fine, then a reset, and then no more."""
    box.faults.plan(
        "files",
        Fault(status=503, retry_after_s=1),
        Fault(cut_after_bytes=100),
        Fault(fine=True),
        Fault(reset="before_read"),
    )

    def outcome():
        try:
            return len(client.get_file(stored).read())
        except (ErrorResponse, RESTSocketError) as error:
            return type(error).__name__

    seen = [outcome() for _ in range(5)]
    assert seen == ["ErrorResponse", "RESTSocketError", 1000, "RESTSocketError", 1000]
    box.faults.assert_consumed()


@pytest.mark.parametrize(
    "body",
    ['{"error": "Too bad"}', b'{"error": "Too bad"}', {"error": "Too bad"}],
    ids=["text", "bytes", "object"],
)
def test_author_gives_the_answers_body(box, client, body):
    """As text, as bytes, or as what JSON is made from."""
    box.faults.add(status=418, body=body, headers={"X-Why": "teapot"})
    with pytest.raises(ErrorResponse) as refused:
        client.account_info()
    assert refused.value.error_msg == "Too bad"
    assert refused.value.headers["X-Why"] == "teapot"


def test_server_trouble_is_a_page_of_html(box, client):
    """As the service's front end answered; an SDK has to survive that."""
    box.faults.add(status=502)
    with pytest.raises(ErrorResponse) as refused:
        client.account_info()
    assert "<title>Dropbox - 5xx</title>" in refused.value.body


@pytest.mark.parametrize("piecewise", [True, False])
def test_client_misses_the_end_of_an_answer(box, client, stored, piecewise):
    """The connection ends after so many bytes: what came can be read, the end is an error."""
    box.faults.add(endpoint="files", cut_after_bytes=300)
    answer = client.get_file(stored)
    pieces = iter(lambda: answer.read(100 if piecewise else None), b"")
    with pytest.raises(RESTSocketError, match=r"IncompleteRead\(300 bytes read, 700 more"):
        list(pieces)


def test_client_gets_no_answer_at_all(box, client, stored):
    """A cut after 0 bytes leaves nothing of the head either."""
    box.faults.add(cut_after_bytes=0)
    with pytest.raises(RESTSocketError, match="RemoteDisconnected"):
        client.get_file(stored)


def test_request_is_lost_before_it_is_read(box, client):
    """The connection is reset, and nothing was done."""
    box.faults.add(reset="before_read")
    with pytest.raises(RESTSocketError, match="ConnectionResetError"):
        client.file_create_folder("/new")
    assert box.tree() == []


def test_answer_is_lost_after_the_change(box, client):
    """The connection is reset, but all was done: what a retry has to cope with."""
    box.faults.add(reset="after_applied")
    with pytest.raises(RESTSocketError, match="ConnectionResetError"):
        client.file_create_folder("/new")
    assert box.tree() == ["/new/"]


def test_download_breaks_half_way(box, client, stored):
    """The first half comes, then a reset."""
    box.faults.add(reset="mid_body")
    answer = client.get_file(stored)
    assert answer.read(500) == DATA[:500]
    with pytest.raises(RESTSocketError, match="ConnectionResetError"):
        answer.read(500)


def test_upload_breaks_half_way(box, client):
    """And leaves nothing behind."""
    box.faults.add(endpoint="files_put", reset="mid_body")
    with pytest.raises(RESTSocketError):
        client.put_file("/big.bin", b"x" * 3_000_000)
    assert box.tree() == []


def test_answers_json_is_spoiled(box, client):
    """A 200 that is no JSON: an error with that status."""
    box.faults.add(endpoint="metadata", malformed="json")
    with pytest.raises(ErrorResponse) as refused:
        client.metadata("/")
    assert refused.value.status == 200


def test_metadata_in_the_header_is_spoiled(box, client, stored):
    """The documented 'request was okay but response was malformed in some way'."""
    box.faults.add(endpoint="files", malformed="metadata")
    with pytest.raises(ErrorResponse) as refused:
        client.get_file_and_metadata(stored)
    assert refused.value.status == 200


def test_token_seems_to_have_expired(box, client):
    """401 for one request, though the token is good."""
    box.faults.add(expired_token=True)
    with pytest.raises(ErrorResponse) as refused:
        client.account_info()
    assert refused.value.status == 401
    assert client.account_info()["uid"] == 1


def test_cursor_has_to_start_again(box, client, stored):
    """A reset in the middle of following changes."""
    cursor = client.delta()["cursor"]
    box.faults.add(endpoint="delta", delta_reset=True)
    page = client.delta(cursor)
    assert page["reset"]
    assert [path for path, _ in page["entries"]] == [stored]
    assert not client.delta(page["cursor"])["reset"]


def test_client_loses_its_patience(box):
    """An answer that takes longer than the client waits, and all is done nevertheless."""
    box.faults.add(latency_s=0.6, jitter_s=0.1)
    session = box.session()
    session.rest_client._read_timeout_s = 0.05
    with pytest.raises(RESTSocketError, match="Read timed out"):
        type(box.client())(session, session.rest_client).file_create_folder("/late")


def test_slow_link_carries_everything(box, client, stored):
    """In both directions, in many small pieces."""
    box.faults.add(bandwidth_bytes_per_s=20_000, times=None)
    client.put_file("/b.bin", DATA)
    assert client.get_file("/b.bin").read() == DATA


# --- which requests --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule",
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
def test_rule_befalls_what_it_describes(quick, rule):
    """By endpoint, method, path and account, alone or together."""
    quick.write("/Photos/a.jpg", "")
    quick.faults.add(**rule, status=500, body="gone", times=None)
    client = quick.client()
    with pytest.raises(ErrorResponse, match="gone"):
        client.metadata("/Photos/a.jpg")


@pytest.mark.parametrize(
    "rule",
    [
        {"endpoint": "files"},
        {"endpoint": "meta"},
        {"method": "POST"},
        {"path": "/Photos/*.png"},
        {"account": "other@fakebox.example"},
        {"account": "2"},
        {"endpoint": "metadata", "path": "/Other/*"},
    ],
)
def test_rule_leaves_other_requests_alone(quick, rule):
    """One thing that differs is enough."""
    quick.write("/Photos/a.jpg", "")
    quick.faults.add(**rule, status=500)
    assert quick.client().metadata("/Photos/a.jpg")["bytes"] == 0
    assert quick.faults.unconsumed()


@pytest.mark.parametrize("path", ["/from.txt", "/to.txt"])
def test_rule_finds_the_paths_in_a_form(quick, path):
    """An operation names its files by parameters."""
    quick.write("/from.txt", "")
    quick.faults.add(endpoint="fileops/*", path=path, status=500)
    with pytest.raises(ErrorResponse):
        quick.client().file_copy("/from.txt", "/to.txt")


def test_rule_befalls_the_nth_request(quick):
    """Counted from 1, among those that it describes."""
    quick.faults.add(endpoint="account/info", nth=3, status=404)
    client = quick.client()
    client.metadata("/")
    for _ in range(2):
        client.account_info()
    with pytest.raises(ErrorResponse):
        client.account_info()
    assert client.account_info()["uid"] == 1


def test_nth_means_the_same_behind_other_faults(quick):
    """A request that another fault takes is counted all the same."""
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


def test_chance_repeats_itself(quick):
    """The same seed, the same requests that fail."""

    def failures(seed):
        quick.reset()
        quick.faults.add(endpoint="delta", probability=0.5, seed=seed, times=None, status=500)
        for _ in range(20):
            with suppress(ErrorResponse):
                quick.client().delta()
        return [record.number for record in quick.requests.find(status=500)]

    assert failures(1) == failures(1) != failures(2)
    assert 0 < len(failures(1)) < 20


def test_author_learns_which_faults_did_not_happen(quick):
    """By name, with how often they did."""
    quick.faults.add(endpoint="files_put", status=503, times=2)
    quick.faults.add(endpoint="delta", reset="before_read")
    with pytest.raises(ErrorResponse):
        quick.client().put_file("/a.txt", b"")
    with pytest.raises(AssertionError) as missing:
        quick.faults.assert_consumed()
    assert str(missing.value).splitlines() == [
        "2 planned faults did not happen:",
        "  <fault 1: endpoint='files_put' times=2 status=503 (happened once)>",
        "  <fault 2: endpoint='delta' reset='before_read' (happened 0 times)>",
    ]


def test_author_learns_which_one_fault_did_not_happen(quick):
    """In the singular."""
    quick.faults.add(status=503)
    with pytest.raises(AssertionError, match=r"^1 planned fault did not happen:"):
        quick.faults.assert_consumed()


def test_page_brings_its_style_along_past_every_fault():
    """A browser asks for that, and for an icon; neither is what a test has planned for."""
    with Fakebox() as box:
        box.faults.add(status=503)
        style = urllib3.request("GET", f"{box.url}/static/pages.css")
        icon = urllib3.request("GET", f"{box.url}/favicon.ico")
        assert (style.status, icon.status) == (200, 404)
        assert len(box.requests) == 0
        assert box.faults.unconsumed()


def test_author_takes_a_fault_back(quick):
    """It doesn't happen any more."""
    number = quick.faults.add(status=500, times=None)
    quick.faults.remove(number)
    assert quick.client().account_info()["uid"] == 1
    with pytest.raises(KeyError):
        quick.faults.remove(number)


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"statsu": 500}, "unknown field 'statsu'; do you mean 'status'"),
        ({"zzz": 1}, "unknown field 'zzz'; known: endpoint"),
        ({}, "nothing happens; give one of status"),
        ({"endpoint": "files"}, "nothing happens"),
        ({"status": "500"}, "status is of type int, not str"),
        ({"status": True}, "status is of type int, not bool"),
        ({"status": 99}, "status is at least 200"),
        ({"status": 600}, "status is a number from 200 to 599"),
        ({"status": 500, "times": 0}, "times is at least 1"),
        ({"status": 500, "probability": 1.5}, "probability is a number from 0 to 1"),
        ({"status": 500, "reset": "mid_body"}, "status and reset can't both happen"),
        ({"cut_after_bytes": 0, "fine": True}, "cut_after_bytes and fine can't both happen"),
        ({"reset": "now"}, "reset is one of before_read, after_applied, mid_body, not 'now'"),
        ({"malformed": "xml"}, "malformed is one of json, metadata"),
        ({"latency_s": 1, "body": "x"}, "body and retry_after_s belong to a status"),
        ({"latency_s": -1}, "latency_s is at least 0"),
        ({"fine": None}, "fine is of type bool"),
        ({"latency_s": float("inf")}, "latency_s is a number, not inf"),
        ({"status": 500, "headers": {"X-Why": 5}}, "'X-Why' and its value are texts of one line"),
        ({"status": 500, "headers": {"X-Why": "a\nb"}}, "'X-Why' and its value are texts"),
    ],
)
def test_author_plans_what_cannot_be(values, complaint):
    """One line that says why; nothing is planned."""
    with pytest.raises(InvalidFault, match=complaint):
        Fault.of(values)


@pytest.mark.parametrize("values", [None, 3, [], "status"])
def test_author_plans_what_is_no_object(values):
    """The same from a file or over HTTP."""
    with pytest.raises(InvalidFault, match="an object with fields"):
        Fault.of(values)


@pytest.mark.parametrize("method", ["add", "plan"])
def test_author_names_the_call_where_a_fault_belongs(quick, method):
    """At once, and with how to name it."""
    plan = getattr(quick.faults, method)
    with pytest.raises(TypeError, match=r"not 'put_file'; .*endpoint="):
        plan("files_put", "put_file") if method == "plan" else plan("put_file", status=503)
    assert len(quick.faults) == 0


def test_adding_nothing_is_an_error(quick):
    """Rather than a test that tests nothing."""
    with pytest.raises(TypeError):
        quick.faults.add()
