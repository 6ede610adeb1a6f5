"""The control plane over HTTP, as used by tests in other languages."""

from __future__ import annotations

import json
from importlib.metadata import version
from urllib.parse import urlencode

import pytest
import urllib3

from tests.raw_http import V1


def test_health_returns_ok(control):
    """The health route returns the response that health checks expect."""
    response = control("GET", "/health")
    expected = {"status": "ok", "version": version("fakebox")}
    assert (response.status, response.json()) == (200, expected)


def test_reset_removes_all_files(control, box):
    """A reset, as between two tests, removes all files."""
    box.write("/a.txt", "a")
    assert control("POST", "/reset").status == 200
    assert box.tree() == []


def test_no_fault_is_accepted_under_both_names_but_not_with_two_values(control):
    """The response contains the name `no_fault`. Two different values are answered with 400."""
    for name in ("no_fault", "fine"):
        control("POST", "/faults", {name: True})
    shown = [planned["fault"] for planned in control("GET", "/faults").json()["faults"]]
    assert shown == [{"no_fault": True}] * 2
    rejected = control("POST", "/faults", [{"status": 500}, {"no_fault": True, "fine": False}])
    assert rejected.status == 400
    assert rejected.json() == {"error": "no_fault and fine are the same field; give one of them"}
    assert len(control("GET", "/faults").json()["faults"]) == 2


def test_faults_are_added_listed_and_deleted(control, box):
    """Faults are added one by one or as a list, and the list shows which ones were used."""
    assert control("POST", "/faults", {"endpoint": "delta", "status": 404}).json() == {"ids": [1]}
    listed = [{"no_fault": True}, {"status": 500, "times": None}]
    assert control("POST", "/faults", listed).json() == {"ids": [2, 3]}
    assert control("GET", "/faults").json()["all_consumed"] is False
    assert V1(box.url).post("/delta").status == 404
    first = control("GET", "/faults").json()["faults"][0]
    assert first == {
        "id": 1,
        "fault": {"endpoint": "delta", "status": 404},
        "matched": 1,
        "used": 1,
        "is_consumed": True,
    }
    assert control("DELETE", "/faults/3").status == 204
    assert control("DELETE", "/faults").status == 204
    assert control("GET", "/faults").json() == {"faults": [], "all_consumed": True}


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/faults", {"statsu": 1}, "unknown field 'statsu'; did you mean 'status'?"),
        ("/faults", [], "the list of faults must not be empty"),
        ("/faults", [{"status": 500}, {}], "a fault needs at least one of status"),
        ("/faults", b"{", "the body is not JSON"),
        ("/clock", {"advance": 1}, "unknown field 'advance'; accepted: set_s, advance_s"),
        ("/clock", {"advance_s": "1"}, "advance_s must be of type int or float, not str"),
        ("/clock", {"set_s": 1e18}, "must be from 1970 up to the year 3000"),
        ("/clock", {"advance_s": -1e12}, "must be from 1970 up to the year 3000"),
        ("/clock", {"frozen": 1}, "frozen must be of type bool, not int"),
        ("/clock", [1], "the body must be a JSON object"),
        ("/accounts", {}, "email is missing"),
        ("/accounts", {"email": "user@fakebox.example"}, "exists already"),
        (
            "/accounts",
            {"email": "x@example", "quota_bytes": -1},
            "quota_bytes must be at least 0, not -1",
        ),
        ("/apps", {}, "name is missing"),
        ("/apps", {"name": "x", "access": "all"}, "access must be one of dropbox"),
        ("/apps", {"name": "a\0b"}, "name must be valid as the name of a folder"),
        ("/apps", {"name": "x" * 300}, "name must be valid as the name of a folder"),
        ("/apps", {"name": "x", "redirect_uris": [1]}, "redirect_uris must be a list"),
        (
            "/apps",
            {"name": "x", "redirect_uris": ["http://a b"]},
            "redirect_uris must be a list",
        ),
        ("/tokens", {"token": "fakebox-token"}, "exists already"),
        ("/snapshots", b"nonsense", "the body is not a valid snapshot"),
    ],
)
def test_invalid_body_is_400_with_a_message(control, path, body, message):
    """The error is one line with the reason."""
    response = control("POST", path, body)
    assert response.status == 400
    assert message in response.json()["error"]
    assert "\n" not in response.json()["error"]


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
def test_missing_object_is_404_with_json(control, method, path):
    """The response to a request for a missing object is JSON with an error."""
    response = control(method, path)
    assert response.status == 404
    assert "error" in response.json()


def test_negative_quota_is_400_and_changes_nothing(control, box):
    """A negative quota is rejected, and the account is unchanged."""
    before = control("GET", "/accounts/1").json()
    assert control("PATCH", "/accounts/1", {"quota_bytes": -1}).status == 400
    assert control("GET", "/accounts/1").json() == before


def test_clock_is_frozen_set_advanced_and_reset(control, box):
    """Each change of the clock returns the new time."""
    payload = control("POST", "/clock", {"frozen": True, "set_s": 1_350_000_000}).json()
    assert (payload["now"], payload["is_frozen"]) == ("2012-10-12T00:00:00Z", True)
    control("POST", "/clock", {"advance_s": 60})
    assert box.clock.now() == pytest.approx(1_350_000_060)
    assert control("POST", "/clock", {"frozen": False}).json()["is_frozen"] is False
    assert control("POST", "/clock", {"reset": True}).json()["now_s"] > 1_700_000_000
    assert control("GET", "/clock").json()["is_frozen"] is False


@pytest.mark.parametrize(
    "changes",
    [
        {"frozen": True, "set_s": -1},
        {"frozen": True, "advance_s": 1e300},
        {"set_s": 1_000, "advance_s": 1e300},
        {"reset": True, "set_s": -1},
    ],
)
def test_rejected_clock_change_has_no_effect(control, box, changes):
    """If one part of the change is invalid, no part is applied."""
    box.clock.freeze()
    box.clock.set(1_400_000_000)
    box.clock.run()
    assert control("POST", "/clock", changes).status == 400
    assert not box.clock.is_frozen
    assert 1_400_000_000 <= box.clock.now() < 1_400_000_000 + 600


def test_clock_change_with_several_fields_is_applied_in_a_fixed_order(control, box):
    """The clock is frozen, set and advanced, in any order of the fields."""
    control("POST", "/clock", {"advance_s": 5, "set_s": 1_400_000_000, "frozen": True})
    assert box.clock.now() == 1_400_000_005


def test_snapshot_is_uploaded_with_chunked_transfer_encoding(control, box):
    """A snapshot without a Content-Length is stored."""
    box.write("/a", b"x")
    control("POST", "/snapshots")
    snapshot = control("GET", "/snapshots/1").data
    box.reset()
    urllib3.request(
        "POST", f"{box.url}/_fakebox/snapshots", body=iter([snapshot[:100], snapshot[100:]])
    )
    number = json.loads(control("GET", "/snapshots").data)["snapshots"][-1]
    control("POST", f"/snapshots/{number}/restore")
    assert box.read("/a") == b"x"


def test_settings_are_changed_by_name(control, box):
    """The response contains all settings."""
    changed = control("PATCH", "/settings", {"delta_page_size": 7, "auth": "lenient"}).json()
    assert (changed["delta_page_size"], changed["auth"]) == (7, "lenient")
    assert control("GET", "/settings").json() == changed
    assert control("PATCH", "/settings", {"nothing": 7}).status == 400
    assert control("PATCH", "/settings", [7]).status == 400
    assert box.world.settings.delta_page_size == 7


def test_rate_limit_is_set_and_removed(control, box):
    """A limit with invalid values is answered with 400."""
    assert control("PUT", "/rate-limit", {"requests": 1, "per_s": 3600}).status == 200
    client = V1(box.url)
    assert client.get("/account/info").status == 200
    assert client.get("/account/info").status == 429
    assert control("DELETE", "/rate-limit").status == 200
    assert client.get("/account/info").status == 200
    assert control("PUT", "/rate-limit", {"requests": -1, "per_s": 1}).status == 400
    assert control("PUT", "/rate-limit", {"requests": 1}).status == 400
    assert control("PUT", "/rate-limit", {"requests": 1, "per_s": float("nan")}).status == 400
    assert control("PUT", "/rate-limit", {"requests": 1, "per_s": 1, "status": 200}).status == 400


def test_accounts_apps_and_tokens_are_created(control, box):
    """The responses contain the credentials that a client needs."""
    account = control("POST", "/accounts", {"email": "ann@fakebox.example"}).json()
    app = control(
        "POST", "/apps", {"name": "Notes", "redirect_uris": ["https://x.example/"]}
    ).json()
    token = control("POST", "/tokens", {"app": app["key"], "uid": account["uid"]}).json()
    assert (token["type"], token["uid"], token["app"]) == ("oauth1", 3, app["key"])
    bearer = control("POST", "/tokens", {"type": "bearer", "token": "mine"}).json()
    assert (bearer["token"], bearer["secret"]) == ("mine", None)
    client = V1(box.url, token["token"], token["secret"], app["key"], app["secret"])
    assert client.get("/account/info").json()["uid"] == 3
    assert len(control("GET", "/accounts").json()["accounts"]) == 3
    assert len(control("GET", "/apps").json()["apps"]) == 2
    assert "mine" in {each["token"] for each in control("GET", "/tokens").json()["tokens"]}


def test_accounts_and_apps_are_changed_and_tokens_revoked(control, box):
    """Changes of accounts, apps and tokens take effect at once."""
    assert control("PATCH", "/accounts/1", {"quota_bytes": 5}).json()["quota_bytes"] == 5
    assert control("GET", "/accounts/1").json()["quota_bytes"] == 5
    assert control("DELETE", "/tokens/fakebox-token").status == 204
    assert V1(box.url).get("/account/info").status == 401
    disabled = control("PATCH", "/apps/fakebox-app-key", {"is_disabled": True})
    assert disabled.json()["is_disabled"] is True


def test_refresh_token_is_revoked(control, box):
    """A revoked refresh token is an invalid grant, as when a user disconnects the app."""
    app, secret = box.world.apps.find("fakebox-app-key"), "fakebox-app-secret"
    code = box.world.oauth2.issue_code(app, 1, offline=True)
    refresh_token = box.world.oauth2.exchange_code(app, code).refresh_token
    assert control("DELETE", f"/tokens/{refresh_token}").status == 204
    fields = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    response = urllib3.request(
        "POST",
        f"{box.url}/oauth2/token",
        body=urlencode({**fields, "client_id": "fakebox-app-key", "client_secret": secret}),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert (response.status, response.json()["error"]) == (400, "invalid_grant")


def test_journal_contains_no_secrets_of_version_2(control, box):
    """Secrets in arguments and URLs are masked."""
    url = f"{box.url}/2/auth/token/from_oauth1"
    body = {"oauth1_token": "hush-1", "oauth1_token_secret": "hush-2"}
    urllib3.request("POST", url, json=body)
    argument = json.dumps({"url": "x", "link_password": "hush-3"})
    target = f"{box.url}/2/sharing/get_shared_link_file?authorization=Bearer%20hush-4"
    urllib3.request("POST", target, headers={"Dropbox-API-Arg": argument})
    shown = control("GET", "/journal").data + control("GET", "/journal.har").data
    assert b"from_oauth1" in shown
    assert b"hush" not in shown


def test_journal_is_filtered_exported_and_cleared(control, box):
    """The journal is returned as JSON and as a HAR archive."""
    client = V1(box.url)
    client.upload("/a.txt", b"hello")
    client.get("/metadata/dropbox")
    assert len(control("GET", "/journal").json()["requests"]) == 2
    assert control("GET", "/requests").json() == control("GET", "/journal").json()
    (put,) = control("GET", "/journal?endpoint=files_put&status=200").json()["requests"]
    assert (put["method"], put["path"], put["request_bytes"]) == ("PUT", "/a.txt", 5)
    assert "app-secret" not in str(put)
    assert control("GET", "/journal?status=x").status == 400
    assert len(control("GET", "/journal.har").json()["log"]["entries"]) == 2
    assert control("DELETE", "/journal").status == 204
    assert len(box.requests) == 0


def test_control_plane_is_not_in_the_journal(control, box):
    """Requests to the control plane are not in the journal and have no faults."""
    box.faults.add(status=500, times=None)
    assert control("GET", "/usage").status == 200
    assert len(box.requests) == 0


def test_snapshots_are_taken_restored_and_deleted(control, box):
    """Snapshots in memory are identified by numbers."""
    box.write("/a.txt", "a")
    assert control("POST", "/snapshots").json() == {"id": "1"}
    control("POST", "/reset")
    assert control("POST", "/snapshots/1/restore").status == 200
    assert box.tree() == ["/a.txt"]
    assert control("GET", "/snapshots").json() == {"snapshots": ["1"]}
    assert control("DELETE", "/snapshots/1").status == 204
    assert control("GET", "/snapshots").json() == {"snapshots": []}


def test_snapshot_is_downloaded_and_uploaded(control, box):
    """A downloaded snapshot can be uploaded to another emulator."""
    box.write("/a.txt", "a")
    control("POST", "/snapshots")
    file = control("GET", "/snapshots/1").data
    control("POST", "/reset")
    number = control("POST", "/snapshots", file).json()["id"]
    control("POST", f"/snapshots/{number}/restore")
    assert box.read("/a.txt") == b"a"


def test_number_of_snapshots_is_limited(control):
    """The limit bounds the memory of a server that runs for a long time."""
    for _ in range(20):
        assert control("POST", "/snapshots").status == 201
    assert control("POST", "/snapshots").status == 400


def test_files_are_read_and_written_without_the_api(control, box):
    """Files can be set up without credentials."""
    assert control("PUT", "/files/1/Photos/a.txt", b"hello").status == 204
    assert control("GET", "/files/1/Photos/a.txt").data == b"hello"
    assert control("GET", "/tree/1").json() == {"tree": ["/Photos/", "/Photos/a.txt"]}
    assert control("PUT", "/files/1/a%5Cb", b"").status == 400
    assert control("PUT", "/files/1/a%20", b"").status == 400
    assert box.tree() == ["/Photos/", "/Photos/a.txt"]


def test_control_plane_accepts_every_name_of_version_2(control, box):
    """Names with emoji, control characters and decomposed letters are read and written."""
    for name in ("%F0%9F%98%8A", "two%0Alines", "a%3Ab"):
        assert control("PUT", f"/files/1/{name}", b"hello").status == 204
        assert control("GET", f"/files/1/{name}").data == b"hello"
        assert control("PUT", f"/accounts/1/folders/dir/{name}", b"").status < 300
    assert control("PUT", "/files/1/e%CC%81", b"hello").status == 204
    assert "/\u00e9" in box.tree()
    assert control("GET", "/files/1/E%CC%81").data == b"hello"
    assert "/dir/two\nlines/" in control("GET", "/tree/1").json()["tree"]


def test_usage_has_counts_of_bytes_requests_and_faults(control, box):
    """Usage has the used bytes, the requests by endpoint and status, and the unused faults."""
    V1(box.url).upload("/a.txt", b"hello")
    box.faults.add(status=500)
    usage = control("GET", "/usage").json()
    assert usage["accounts"][0]["used_bytes"] == 5
    assert usage["by_endpoint"] == {"files_put": 1}
    assert usage["by_status"] == {"200": 1}
    assert (usage["faults"], usage["unconsumed_faults"]) == (1, 1)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "http://evil.example"},
        {"Sec_Fetch_Site": "cross-site"},
    ],
    ids=["rebinding", "form", "fetch"],
)
def test_request_from_another_site_changes_nothing(control, box, headers):
    """Requests with a foreign Host, Origin or Sec-Fetch-Site are answered with 403."""
    box.write("/a.txt", "a")
    assert control("POST", "/reset", **headers).status == 403
    assert box.tree() == ["/a.txt"]


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.9", "[::1]:8710", "box.localhost"])
def test_local_host_names_are_accepted(control, host):
    """Every host name that resolves to the machine itself is accepted."""
    assert control("GET", "/usage", Host=host).status == 200


def test_dashboard_rejects_a_time_out_of_range(box):
    """The error contains the accepted range, and the clock does not change."""
    box.clock.freeze()
    before_s = box.clock.now()
    with urllib3.PoolManager() as pool:
        fields = {"action": "advance", "hours": "9" * 18}
        url = f"{box.url}/_fakebox/page/clock"
        response = pool.request_encode_body("POST", url, fields, encode_multipart=False)
    assert (response.status, b"up to the year 3000" in response.data) == (400, True)
    assert box.clock.now() == before_s


def test_dashboard_creates_and_revokes_a_token_with_scopes(box):
    """The form has the account, the app, the value, the lifetime and any set of scopes."""
    form = [
        ("uid", "2"),
        ("app", "fakebox-app-key"),
        ("token", "my-token"),
        ("expires_in_s", "60"),
        ("scopes", "sharing.read"),
        ("scopes", "account_info.read"),
    ]
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    def post(path, fields):
        url = f"{box.url}/_fakebox/page/{path}"
        body = urlencode(fields)
        return urllib3.request("POST", url, body=body, headers=headers, redirect=False).status

    assert post("tokens", form) == 303
    (shown,) = [
        token
        for token in urllib3.request("GET", f"{box.url}/_fakebox/tokens").json()["tokens"]
        if token["token"] == "my-token"
    ]
    assert (shown["uid"], shown["type"]) == (2, "bearer")
    assert shown["scopes"] == ["account_info.read", "sharing.read"]
    page = urllib3.request("GET", f"{box.url}/_fakebox/").data.decode()
    assert "account_info.read, sharing.read" in page
    assert post("tokens/revoke", [("token", "my-token")]) == 303
    assert "account_info.read, sharing.read" not in (
        urllib3.request("GET", f"{box.url}/_fakebox/").data.decode()
    )


@pytest.mark.parametrize(
    ("method", "path", "status", "payload"),
    [
        ("GET", "/page/files/1/gone.txt", 404, b"there is no file or folder /gone.txt"),
        ("GET", "/page/files/99/", 404, b"99"),
        ("POST", "/page/faults", 400, b"effect must be one of 503, Retry-After 1; "),
        ("POST", "/page/tokens", 404, b"there is no app"),
    ],
)
def test_dashboard_error_is_an_html_page(control, method, path, status, payload):
    """The page contains the reason and a link to the dashboard."""
    response = control(method, path)
    assert (response.status, response.headers["Content-Type"]) == (
        status,
        "text/html; charset=utf-8",
    )
    assert payload in response.data
    assert b'href="/_fakebox/"' in response.data
