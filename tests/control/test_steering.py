"""The control plane, as a test in another language steers the emulator by it."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
import urllib3

from tests.raw_http import V1


def test_tester_asks_whether_it_is_there(steer):
    """The answer that a health check waits for."""
    answer = steer("GET", "/health")
    assert (answer.status, answer.json()) == (200, {"status": "ok"})


def test_tester_resets_it(steer, box):
    """Between two tests."""
    box.write("/a.txt", "a")
    assert steer("POST", "/reset").status == 200
    assert box.tree() == []


def test_tester_plans_faults_and_sees_what_became_of_them(steer, box):
    """One at a time or as a list, in their order."""
    assert steer("POST", "/faults", {"endpoint": "delta", "status": 404}).json() == {"ids": [1]}
    listed = [{"fine": True}, {"status": 500, "times": None}]
    assert steer("POST", "/faults", listed).json() == {"ids": [2, 3]}
    assert steer("GET", "/faults").json()["all_consumed"] is False
    assert V1(box.url).post("/delta").status == 404
    first = steer("GET", "/faults").json()["faults"][0]
    assert first == {
        "id": 1,
        "fault": {"endpoint": "delta", "status": 404},
        "matched": 1,
        "used": 1,
        "is_consumed": True,
    }
    assert steer("DELETE", "/faults/3").status == 204
    assert steer("DELETE", "/faults").status == 204
    assert steer("GET", "/faults").json() == {"faults": [], "all_consumed": True}


@pytest.mark.parametrize(
    ("path", "body", "complaint"),
    [
        ("/faults", {"statsu": 1}, "unknown field 'statsu'; do you mean 'status'?"),
        ("/faults", [], "the list is empty"),
        ("/faults", [{"status": 500}, {}], "nothing happens"),
        ("/faults", b"{", "the body is not JSON"),
        ("/clock", {"advance": 1}, "unknown field 'advance'; known: set_s, advance_s"),
        ("/clock", {"advance_s": "1"}, "advance_s is of the wrong type"),
        ("/clock", {"set_s": 1e18}, "times from 1970 up to the year 3000"),
        ("/clock", {"advance_s": -1e12}, "times from 1970 up to the year 3000"),
        ("/clock", {"frozen": 1}, "frozen is of the wrong type"),
        ("/clock", [1], "the body is to be a JSON object"),
        ("/accounts", {}, "email is missing"),
        ("/accounts", {"email": "user@fakebox.example"}, "is taken"),
        ("/accounts", {"email": "x@example", "quota_bytes": -1}, "quota_bytes is negative"),
        ("/apps", {}, "name is missing"),
        ("/apps", {"name": "x", "access": "all"}, "access is one of dropbox"),
        ("/apps", {"name": "a\0b"}, "there can be no folder of this name"),
        ("/apps", {"name": "x" * 300}, "there can be no folder of this name"),
        ("/apps", {"name": "x", "redirect_uris": [1]}, "redirect_uris are texts"),
        ("/apps", {"name": "x", "redirect_uris": ["http://a b"]}, "redirect_uris are texts"),
        ("/tokens", {"token": "fakebox-token"}, "is taken"),
        ("/snapshots", b"nonsense", "the body isn't usable"),
    ],
)
def test_tester_sends_what_makes_no_sense(steer, path, body, complaint):
    """One line that says why, and nothing is changed."""
    answer = steer("POST", path, body)
    assert answer.status == 400
    assert complaint in answer.json()["error"]
    assert "\n" not in answer.json()["error"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nothing"),
        ("DELETE", "/faults/9"),
        ("GET", "/accounts/9"),
        ("PATCH", "/apps/none"),
        ("POST", "/snapshots/9/restore"),
        ("GET", "/tree/9"),
        ("GET", "/files/1/none.txt"),
    ],
)
def test_tester_names_what_is_not_there(steer, method, path):
    """404, in JSON."""
    answer = steer(method, path)
    assert answer.status == 404
    assert "error" in answer.json()


def test_account_keeps_its_quota_when_a_negative_one_is_asked_for(steer, box):
    """There is no such room."""
    before = steer("GET", "/accounts/1").json()
    assert steer("PATCH", "/accounts/1", {"quota_bytes": -1}).status == 400
    assert steer("GET", "/accounts/1").json() == before


def test_tester_moves_the_clock(steer, box):
    """It stops, is set, is moved, and goes on."""
    payload = steer("POST", "/clock", {"frozen": True, "set_s": 1_350_000_000}).json()
    assert (payload["now"], payload["is_frozen"]) == ("2012-10-12T00:00:00Z", True)
    steer("POST", "/clock", {"advance_s": 60})
    assert box.clock.now() == pytest.approx(1_350_000_060)
    assert steer("POST", "/clock", {"frozen": False}).json()["is_frozen"] is False
    assert steer("POST", "/clock", {"reset": True}).json()["now_s"] > 1_700_000_000
    assert steer("GET", "/clock").json()["is_frozen"] is False


@pytest.mark.parametrize(
    "sent",
    [
        {"frozen": True, "set_s": -1},
        {"frozen": True, "advance_s": 1e300},
        {"set_s": 1_000, "advance_s": 1e300},
        {"reset": True, "set_s": -1},
    ],
)
def test_refused_wish_leaves_the_clock_alone(steer, box, sent):
    """All of it, though a part would have been possible."""
    box.clock.freeze()
    box.clock.set(1_400_000_000)
    box.clock.run()
    assert steer("POST", "/clock", sent).status == 400
    assert not box.clock.is_frozen
    assert 1_400_000_000 <= box.clock.now() < 1_400_000_000 + 600


def test_clock_stands_still_where_it_is_set(steer, box):
    """Whatever the order of the words."""
    steer("POST", "/clock", {"advance_s": 5, "set_s": 1_400_000_000, "frozen": True})
    assert box.clock.now() == 1_400_000_005


def test_tester_carries_a_snapshot_of_unknown_length(steer, box):
    """It is sent in chunks, as streams are."""
    box.write("/a", b"x")
    steer("POST", "/snapshots")
    snapshot = steer("GET", "/snapshots/1").data
    box.reset()
    urllib3.request(
        "POST", f"{box.url}/_fakebox/snapshots", body=iter([snapshot[:100], snapshot[100:]])
    )
    number = json.loads(steer("GET", "/snapshots").data)["snapshots"][-1]
    steer("POST", f"/snapshots/{number}/restore")
    assert box.read("/a") == b"x"


def test_tester_changes_settings(steer, box):
    """By name; what there is stands in the answer."""
    changed = steer("PATCH", "/settings", {"delta_page_size": 7, "auth": "lenient"}).json()
    assert (changed["delta_page_size"], changed["auth"]) == (7, "lenient")
    assert steer("GET", "/settings").json() == changed
    assert steer("PATCH", "/settings", {"nothing": 7}).status == 400
    assert steer("PATCH", "/settings", [7]).status == 400
    assert box.world.settings.delta_page_size == 7


def test_tester_limits_the_rate(steer, box):
    """And lifts the limit again."""
    assert steer("PUT", "/rate-limit", {"requests": 1, "per_s": 3600}).status == 200
    client = V1(box.url)
    assert client.get("/account/info").status == 200
    assert client.get("/account/info").status == 429
    assert steer("DELETE", "/rate-limit").status == 200
    assert client.get("/account/info").status == 200
    assert steer("PUT", "/rate-limit", {"requests": -1, "per_s": 1}).status == 400
    assert steer("PUT", "/rate-limit", {"requests": 1}).status == 400
    assert steer("PUT", "/rate-limit", {"requests": 1, "per_s": float("nan")}).status == 400
    assert steer("PUT", "/rate-limit", {"requests": 1, "per_s": 1, "status": 200}).status == 400


def test_tester_makes_an_account_an_app_and_tokens(steer, box):
    """With what a client needs in the answers."""
    account = steer("POST", "/accounts", {"email": "ann@fakebox.example"}).json()
    app = steer("POST", "/apps", {"name": "Notes", "redirect_uris": ["https://x.example/"]}).json()
    token = steer("POST", "/tokens", {"app": app["key"], "uid": account["uid"]}).json()
    assert (token["type"], token["uid"], token["app"]) == ("oauth1", 3, app["key"])
    bearer = steer("POST", "/tokens", {"type": "bearer", "token": "mine"}).json()
    assert (bearer["token"], bearer["secret"]) == ("mine", None)
    client = V1(box.url, token["token"], token["secret"], app["key"], app["secret"])
    assert client.get("/account/info").json()["uid"] == 3
    assert len(steer("GET", "/accounts").json()["accounts"]) == 3
    assert len(steer("GET", "/apps").json()["apps"]) == 2
    assert "mine" in {each["token"] for each in steer("GET", "/tokens").json()["tokens"]}


def test_tester_changes_an_account_an_app_and_revokes_a_token(steer, box):
    """Each is felt at once."""
    assert steer("PATCH", "/accounts/1", {"quota_bytes": 5}).json()["quota_bytes"] == 5
    assert steer("GET", "/accounts/1").json()["quota_bytes"] == 5
    assert steer("DELETE", "/tokens/fakebox-token").status == 204
    assert V1(box.url).get("/account/info").status == 401
    disabled = steer("PATCH", "/apps/fakebox-app-key", {"is_disabled": True})
    assert disabled.json()["is_disabled"] is True


def test_tester_ends_a_refresh_token(steer, box):
    """It fetches nothing any more, as when its user disconnects the app."""
    app, secret = box.world.apps.find("fakebox-app-key"), "fakebox-app-secret"
    code = box.world.oauth2.issue_code(app, 1, offline=True)
    refresh_token = box.world.oauth2.exchange_code(app, code).refresh_token
    assert steer("DELETE", f"/tokens/{refresh_token}").status == 204
    fields = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    answer = urllib3.request(
        "POST",
        f"{box.url}/oauth2/token",
        body=urlencode({**fields, "client_id": "fakebox-app-key", "client_secret": secret}),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert (answer.status, answer.json()["error"]) == (400, "invalid_grant")


def test_journal_shows_no_secret_of_version_2(steer, box):
    """Neither from an argument nor from a URL."""
    url = f"{box.url}/2/auth/token/from_oauth1"
    body = {"oauth1_token": "hush-1", "oauth1_token_secret": "hush-2"}
    urllib3.request("POST", url, json=body)
    argument = json.dumps({"url": "x", "link_password": "hush-3"})
    target = f"{box.url}/2/sharing/get_shared_link_file?authorization=Bearer%20hush-4"
    urllib3.request("POST", target, headers={"Dropbox-API-Arg": argument})
    shown = steer("GET", "/journal").data + steer("GET", "/journal.har").data
    assert b"from_oauth1" in shown
    assert b"hush" not in shown


def test_tester_reads_the_journal(steer, box):
    """All of it, or what matches; as JSON and as an archive."""
    client = V1(box.url)
    client.upload("/a.txt", b"hello")
    client.get("/metadata/dropbox")
    assert len(steer("GET", "/journal").json()["requests"]) == 2
    assert steer("GET", "/requests").json() == steer("GET", "/journal").json()
    (put,) = steer("GET", "/journal?endpoint=files_put&status=200").json()["requests"]
    assert (put["method"], put["path"], put["request_bytes"]) == ("PUT", "/a.txt", 5)
    assert "app-secret" not in str(put)
    assert steer("GET", "/journal?status=x").status == 400
    assert len(steer("GET", "/journal.har").json()["log"]["entries"]) == 2
    assert steer("DELETE", "/journal").status == 204
    assert len(box.requests) == 0


def test_control_plane_is_not_in_the_journal(steer, box):
    """It is no part of the emulated API, and meets no fault."""
    box.faults.add(status=500, times=None)
    assert steer("GET", "/usage").status == 200
    assert len(box.requests) == 0


def test_tester_takes_snapshots_and_goes_back(steer, box):
    """In memory, by number."""
    box.write("/a.txt", "a")
    assert steer("POST", "/snapshots").json() == {"id": "1"}
    steer("POST", "/reset")
    assert steer("POST", "/snapshots/1/restore").status == 200
    assert box.tree() == ["/a.txt"]
    assert steer("GET", "/snapshots").json() == {"snapshots": ["1"]}
    assert steer("DELETE", "/snapshots/1").status == 204
    assert steer("GET", "/snapshots").json() == {"snapshots": []}


def test_tester_carries_a_snapshot_elsewhere(steer, box):
    """As a file, from one emulator to another."""
    box.write("/a.txt", "a")
    steer("POST", "/snapshots")
    file = steer("GET", "/snapshots/1").data
    steer("POST", "/reset")
    number = steer("POST", "/snapshots", file).json()["id"]
    steer("POST", f"/snapshots/{number}/restore")
    assert box.read("/a.txt") == b"a"


def test_tester_keeps_too_many_snapshots(steer):
    """A server that runs for weeks doesn't grow by them."""
    for _ in range(20):
        assert steer("POST", "/snapshots").status == 201
    assert steer("POST", "/snapshots").status == 400


def test_tester_reads_and_writes_files(steer, box):
    """Past the API, so that a test can be set up in any language."""
    assert steer("PUT", "/files/1/Photos/a.txt", b"hello").status == 204
    assert steer("GET", "/files/1/Photos/a.txt").data == b"hello"
    assert steer("GET", "/tree/1").json() == {"tree": ["/Photos/", "/Photos/a.txt"]}
    assert steer("PUT", "/files/1/a%5Cb", b"").status == 400
    assert box.tree() == ["/Photos/", "/Photos/a.txt"]


def test_tester_reads_figures(steer, box):
    """Room used, requests by endpoint and status, faults outstanding."""
    V1(box.url).upload("/a.txt", b"hello")
    box.faults.add(status=500)
    figures = steer("GET", "/usage").json()
    assert figures["accounts"][0]["used_bytes"] == 5
    assert figures["by_endpoint"] == {"files_put": 1}
    assert figures["by_status"] == {"200": 1}
    assert (figures["faults"], figures["unconsumed_faults"]) == (1, 1)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "http://evil.example"},
        {"Sec_Fetch_Site": "cross-site"},
    ],
    ids=["rebinding", "form", "fetch"],
)
def test_page_of_another_site_steers_nothing(steer, box, headers):
    """Neither under a name of its own nor by a form that it sends here."""
    box.write("/a.txt", "a")
    assert steer("POST", "/reset", **headers).status == 403
    assert box.tree() == ["/a.txt"]


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.9", "[::1]:8710", "box.localhost"])
def test_names_of_this_machine_are_let_in(steer, host):
    """However it is called."""
    assert steer("GET", "/usage", Host=host).status == 200


def test_user_of_the_page_moves_the_clock_too_far(box):
    """One line that says how far it goes, and the clock stays where it was."""
    box.clock.freeze()
    before_s = box.clock.now()
    with urllib3.PoolManager() as pool:
        fields = {"action": "advance", "hours": "9" * 18}
        url = f"{box.url}/_fakebox/page/clock"
        answer = pool.request_encode_body("POST", url, fields, encode_multipart=False)
    assert (answer.status, b"up to the year 3000" in answer.data) == (400, True)
    assert box.clock.now() == before_s


@pytest.mark.parametrize(
    ("method", "path", "status", "payload"),
    [
        ("GET", "/page/files/1/gone.txt", 404, b"there is nothing at /gone.txt"),
        ("GET", "/page/files/99/", 404, b"99"),
        ("POST", "/page/faults", 400, b"that is no fault of this page"),
    ],
)
def test_user_of_the_page_reads_why_not_on_a_page(steer, method, path, status, payload):
    """With a way back, where a program would get JSON."""
    answer = steer(method, path)
    assert (answer.status, answer.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert payload in answer.data
    assert b'href="/_fakebox/"' in answer.data
