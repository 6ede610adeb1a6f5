"""Tokens, apps and account types over the control plane."""

from __future__ import annotations

import pytest
import urllib3

from tests.raw_http import V1

BEARER = {"token": "my-token", "scopes": ["sharing.read"], "expires_in_s": 60, "refresh": True}


def account_of(box, token):
    """Return the uid of the account of a bearer token, or else the status."""
    url = f"{box.url}/1/account/info?access_token={token}"
    response = urllib3.request("GET", url)
    return response.json()["uid"] if response.status == 200 else -response.status


def test_bearer_token_is_created_listed_and_revoked(control, box):
    """A token has the fields of the request; it and its refresh token are listed until revoked."""
    box.clock.freeze()
    box.clock.set(1_400_000_000)
    made = control("POST", "/tokens", {**BEARER, "uid": 2})
    assert made.status == 201
    refresh_token = made.json().pop("refresh_token")
    assert made.json() == {
        "token": "my-token",
        "secret": None,
        "type": "bearer",
        "app": "fakebox-app-key",
        "uid": 2,
        "access": "dropbox",
        "scopes": ["sharing.read"],
        "expires_at_s": 1_400_000_060,
        "refresh_token": refresh_token,
    }
    assert account_of(box, "my-token") == 2
    for token in (refresh_token, "my-token"):
        listed = control("GET", "/tokens").json()["tokens"]
        assert token in [each["token"] for each in listed]
        assert control("DELETE", f"/tokens/{token}").status == 204
        listed = control("GET", "/tokens").json()["tokens"]
        assert token not in [each["token"] for each in listed]
    assert account_of(box, "my-token") == -401


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({}, "oauth1"),
        ({"token": "t"}, "bearer"),
        ({"token": "t", "secret": "s"}, "oauth1"),
        ({"token": "t", "type": "oauth1"}, "oauth1"),
        ({"type": "bearer"}, "bearer"),
        ({"refresh": "my-refresh"}, "bearer"),
    ],
)
def test_type_of_a_token_follows_from_its_fields(control, box, fields, kind):
    """As in Python, a token with a value and no secret is a bearer token by default."""
    made = control("POST", "/tokens", fields).json()
    assert made["type"] == kind
    if kind == "oauth1":
        assert V1(box.url, made["token"], made["secret"]).get("/account/info").status == 200
    else:
        assert account_of(box, made["token"]) == 1


def test_app_is_created_and_changed(control):
    """Redirect URIs, scopes and the other fields of an app are stored, shown and changed."""
    fields = {"name": "App", "key": "my-key", "secret": "my-secret"}
    lists = {"redirect_uris": ["https://a.example/"], "scopes": ["sharing.read"]}
    made = control("POST", "/apps", {**fields, **lists}).json()
    assert {name: made[name] for name in (*fields, *lists)} == {**fields, **lists}
    changes = {"redirect_uris": ["https://b.example/"], "scopes": [], "secret": "other"}
    changed = control("PATCH", "/apps/my-key", {**changes, "is_disabled": True})
    assert changed.status == 200
    assert changed.json() == {**made, **changes, "is_disabled": True}
    assert control("GET", "/apps").json()["apps"][-1] == changed.json()


def test_rejected_change_of_an_app_changes_nothing(control):
    """A change with a field that is not valid does not change the other fields."""
    before = control("GET", "/apps").json()
    for fields in ({"scopes": ["x"]}, {"redirect_uris": ["/x"]}, {"name": "a/b"}):
        response = control("PATCH", "/apps/fakebox-app-key", {"secret": "x", **fields})
        assert response.status == 400
    assert control("GET", "/apps").json() == before


def test_account_type_is_stored_and_changed(control):
    """The type of an account is pro by default, and can be set and changed."""
    made = control("POST", "/accounts", {"email": "a@b.example", "type": "business"})
    assert made.json()["type"] == "business"
    changed = control("PATCH", f"/accounts/{made.json()['uid']}", {"type": "basic"})
    assert changed.json() == {**made.json(), "type": "basic"}


def test_account_type_decides_over_the_settings_of_links(control, box):
    """After a change of the type, the next request may set what the new type has."""
    box.write("/a.txt", b"")
    url = f"{box.url}/2/sharing/create_shared_link_with_settings"
    argument = {"path": "/a.txt", "settings": {"audience": "team"}}
    headers = {"Authorization": "Bearer fakebox-bearer-token"}
    statuses = []
    for kind in ("basic", "pro", "business"):
        assert control("PATCH", "/accounts/1", {"type": kind}).status == 200
        response = urllib3.request("POST", url, json=argument, headers=headers)
        statuses.append(response.status)
        if response.status == 409:
            error = response.json()["error"]["settings_error"]
            assert error == {".tag": "not_authorized"}
    assert statuses == [409, 409, 200]
    response = control("PATCH", "/accounts/1", {"type": "gold"})
    assert response.status == 400
    assert "must be one of basic, pro, business, not 'gold'" in response.json()["error"]


def test_reset_and_world_of_a_namespace(control):
    """The written form of a namespace contains its own files only."""
    assert control("PUT", "/files/1/a.txt", b"x", X_Fakebox_Namespace="one").status == 204
    form = control("GET", "/world", X_Fakebox_Namespace="one").json()
    assert [file["path"] for file in form["files"]] == ["/a.txt"]
    assert control("GET", "/world").json()["files"] == []


def test_world_with_large_files_is_400(control, box, monkeypatch):
    """The form of a world with more bytes than the limit is an error that names snapshots."""
    monkeypatch.setattr("fakebox.world_form.writer.CONTENT_LIMIT_BYTES", 4)
    box.write("/a.txt", "hello")
    response = control("GET", "/world")
    assert (response.status, "use a snapshot" in response.json()["error"]) == (400, True)
