"""Every method of an emulator, in this process and in another process, with the same results."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from unicodedata import normalize
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3

from fakebox import Fakebox, Fault
from fakebox.config import InvalidSetting
from fakebox.core.errors import (
    AlreadyTaken,
    DataDirectoryError,
    DropboxError,
    IllegalPath,
    InvalidRedirectUri,
    InvalidScope,
    NotAFile,
    NotFound,
    RequestTokenNotFound,
)
from fakebox.directory_sync import DirectoryError
from fakebox.middleware.faults import InvalidFault
from fakebox.testing.emulator import Emulator, UnknownAccount
from tests.raw_http import V1

OTHER = "other@fakebox.example"


def bearer(box: Emulator, path: str, token: object) -> urllib3.BaseHTTPResponse:
    """Send a GET with a bearer token."""
    headers = {"Authorization": f"Bearer {token}"}
    return urllib3.request("GET", box.url + path, headers=headers, retries=False)


def test_url_and_environment_lead_to_the_emulator(box: Emulator) -> None:
    """The variables of the environment have the URL and ready-made credentials."""
    environment = box.env()
    assert environment["DROPBOX_ENDPOINT_URL"] == box.url == box.endpoint
    client = V1(box.url, environment["DROPBOX_ACCESS_TOKEN"])
    assert client.get("/account/info").json()["uid"] == 1


def test_file_is_written_and_read(box: Emulator) -> None:
    """Bytes and text are stored, in folders that are created, for each account."""
    box.write("/Photos/ünï%2F?#.bin", b"\x00\xff")
    box.write("/a.txt", "é")
    box.write("/a.txt", "other", OTHER)
    assert box.read("/Photos/ünï%2F?#.bin") == b"\x00\xff"
    assert (box.read("/a.txt"), box.read("/a.txt", OTHER)) == ("é".encode(), b"other")
    assert box.tree() == ["/Photos/", "/Photos/ünï%2F?#.bin", "/a.txt"]
    assert box.tree(OTHER) == ["/a.txt"]


def test_empty_file_is_stored(box: Emulator) -> None:
    """A file without content exists."""
    box.write("/empty", b"")
    assert (box.read("/empty"), box.tree()) == (b"", ["/empty"])


def test_reading_a_missing_file_raises_an_error(box: Emulator) -> None:
    """A missing file and a folder have different errors, with the path."""
    box.write("/Folder/a.txt", "a")
    with pytest.raises(NotFound) as caught:
        box.read("/missing.txt")
    assert caught.value.path == "/missing.txt"
    with pytest.raises(NotAFile):
        box.read("/Folder")


@pytest.mark.parametrize("path", ["/a\\b", "/a/../b", "/./a", "/a ", "/a\x00b"])
def test_reading_an_impossible_path_raises_an_error(box: Emulator, path: str) -> None:
    """The error is that of a write, with the path and the reason."""
    with pytest.raises(IllegalPath) as caught:
        box.read(path)
    assert caught.value.path == path


@pytest.mark.parametrize("path", ["/a\\b", "/.DS_Store", "/", "", "/a/../b", "/./a", "/a "])
def test_writing_an_impossible_path_raises_an_error(box: Emulator, path: str) -> None:
    """Nothing is stored at a path that cannot exist."""
    with pytest.raises(DropboxError):
        box.write(path, "x")
    assert box.tree() == []


@pytest.mark.parametrize("path", ["/a\n", "/\U0001f60a", "/\x1f:?*", "/e\u0301"])
def test_every_path_of_version_2_can_be_written_and_read(box: Emulator, path: str) -> None:
    """Names that version 2 accepts are stored composed, and found by every spelling."""
    box.write(path, "x")
    assert box.tree() == [normalize("NFC", path)]
    assert box.read(path) == b"x"


@pytest.mark.parametrize("path", ["/a//b", "//a", "/a/", "a", "/a%2e", "/a;b", "/%00", "/a?b#c"])
def test_unusual_path_is_the_same_everywhere(
    remote: Emulator, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path is stored and read, or rejected, as in this process."""

    def outcome(box: Emulator) -> object:
        try:
            box.write(path, "x")
            return box.read(path), box.tree()
        except DropboxError as error:
            return type(error), vars(error)

    with Fakebox("inprocess") as local:
        assert outcome(remote) == outcome(local)


def test_directory_is_copied_and_compared(box: Emulator, directory: Path) -> None:
    """A directory is stored with its times, and differences to it are found."""
    box.seed(directory)
    assert box.tree() == ["/Drafts/", "/Drafts/lettre à Ada?.txt", "/Empty/"]
    assert not box.diff(directory)
    (directory / "Drafts" / "lettre à Ada?.txt").write_text("Dear Bob,")
    box.write("/new.txt", "new")
    assert str(box.diff(directory)) == "+ /new.txt\n! /Drafts/lettre à Ada?.txt"
    metadata = V1(box.url).get("/metadata/dropbox/Drafts").json()["contents"][0]
    assert "client_mtime" in metadata


def test_time_of_a_copied_file_is_stored(box: Emulator, directory: Path) -> None:
    """The time when a file was changed is `client_mtime`."""
    os.utime(directory / "Drafts" / "lettre à Ada?.txt", (1_400_000_000, 1_400_000_000))
    box.seed(directory)
    metadata = V1(box.url).get("/metadata/dropbox/Drafts").json()["contents"][0]
    assert metadata["client_mtime"] == "Tue, 13 May 2014 16:53:20 +0000"


def test_directory_that_cannot_be_copied_raises_an_error(box: Emulator, tmp_path: Path) -> None:
    """A missing directory, and a file that Dropbox does not store, raise `DirectoryError`."""
    with pytest.raises(DirectoryError, match="is not a directory that can be read"):
        box.seed(tmp_path / "missing")
    (tmp_path / "a\\b").write_text("x")
    with pytest.raises(DirectoryError, match=r"cannot be stored in a Dropbox: .*backslash"):
        box.seed(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file that cannot be read")
def test_file_that_cannot_be_read_raises_an_error(box: Emulator, tmp_path: Path) -> None:
    """An error while a file is read is a `DirectoryError` with the reason."""
    # A regular file that root cannot read either.
    (tmp_path / "a.txt").symlink_to("/proc/self/mem")
    for method in (box.seed, box.diff):
        with pytest.raises(DirectoryError) as caught:
            method(tmp_path)
        assert str(caught.value) == f"cannot read {tmp_path / 'a.txt'}: Input/output error"


def test_snapshot_is_restored(box: Emulator, tmp_path: Path) -> None:
    """A snapshot is restored from memory and from a file."""
    box.write("/a.txt", "first")
    snapshot = box.snapshot()
    snapshot.save(tmp_path / "start.zip")
    box.write("/a.txt", "second")
    box.restore(snapshot)
    assert box.read("/a.txt") == b"first"
    box.reset()
    box.restore(tmp_path / "start.zip")
    assert box.read("/a.txt") == b"first"


def test_many_snapshots_can_be_taken(box: Emulator) -> None:
    """The limit of the control plane does not apply, because no snapshot stays there."""
    for _ in range(25):
        snapshot = box.snapshot()
        box.restore(snapshot)
    assert box.tree() == []


def test_invalid_snapshot_is_rejected(box: Emulator, tmp_path: Path) -> None:
    """A file that is not a snapshot changes nothing."""
    box.write("/a.txt", "a")
    (tmp_path / "text.zip").write_text("no archive")
    with pytest.raises(DataDirectoryError):
        box.restore(tmp_path / "text.zip")
    assert box.tree() == ["/a.txt"]


def test_reset_removes_everything(box: Emulator) -> None:
    """After a reset there are no files, faults, requests, limits and new accounts."""
    box.write("/a.txt", "a")
    box.add_account("ada@fakebox.example")
    box.limit_rate(1, per_s=60)
    V1(box.url).get("/account/info")
    box.faults.add(status=500)
    box.reset()
    assert (box.tree(), len(box.requests), len(box.faults)) == ([], 0, 0)
    with pytest.raises(UnknownAccount):
        box.account("ada@fakebox.example")
    assert [V1(box.url).get("/account/info").status for _ in range(2)] == [200, 200]


def test_account_is_created_and_found(box: Emulator) -> None:
    """An account has the values that it was created with."""
    details: dict[str, Any] = {"given_name": "Ada", "surname": "L", "country": "GB", "locale": "fr"}
    made = box.add_account(
        "ada@fakebox.example", "secret", **details, type="basic", quota_bytes=7, auto_approve=True
    )
    for account in (made, box.account("ada@fakebox.example")):
        assert (account.id, account.email) == (3, "ada@fakebox.example")
        assert (account.display_name, account.given_name, account.surname) == ("Ada L", "Ada", "L")
        assert (account.country, account.locale, account.type) == ("GB", "fr", "basic")
        assert (account.quota_bytes, account.used_bytes, account.auto_approve) == (7, 0, True)


def test_account_with_defaults_is_that_of_the_emulator(box: Emulator) -> None:
    """Arguments that are not given have the same defaults everywhere."""
    account = box.add_account("ada@fakebox.example")
    assert (account.display_name, account.country, account.type) == ("Test User", "US", "pro")
    assert (account.quota_bytes, account.auto_approve) == (2 * 1024**4, False)


# A call with invalid arguments, the type of the exception, and a part of its text.
INVALID: list[tuple[Callable[[Any], object], type[Exception], str]] = [
    (lambda box: box.account("nobody"), UnknownAccount, "there is no account 'nobody'"),
    (lambda box: box.read("/a", "nobody"), LookupError, "there is no account 'nobody'"),
    (lambda box: box.add_account(OTHER), AlreadyTaken, "exists already"),
    (lambda box: box.add_account("x", type="gold"), ValueError, "type must be one of basic"),
    (lambda box: box.add_account("x", quota_bytes=-1), ValueError, "from 0 to"),
    (lambda box: box.set_quota(-5), ValueError, "quota_bytes must be from 0 to"),
    (lambda box: box.add_app("A", "all"), ValueError, "access must be one of dropbox"),
    (lambda box: box.add_app("a/b"), ValueError, "valid as the name of a folder, not 'a/b'"),
    (lambda box: box.add_app("A", key="k y"), ValueError, "key must be 1 to 4096"),
    (lambda box: box.add_app("A", key="fakebox-app-key"), AlreadyTaken, "exists already"),
    (lambda box: box.add_app("A", scopes=["x.read"]), InvalidScope, "x.read"),
    (
        lambda box: box.add_app("A", redirect_uris=["https://x.example/#a"]),
        InvalidRedirectUri,
        "must not have a fragment",
    ),
    (lambda box: box.add_token("nobody"), UnknownAccount, "there is no account 'nobody'"),
    (lambda box: box.add_token(app="key"), ValueError, "app must be an App"),
    (lambda box: box.add_token(token="fakebox-token"), ValueError, "exists already"),
    (lambda box: box.add_token(scopes=["x.read"]), InvalidScope, "x.read"),
    (lambda box: box.add_token(expires_in_s=-1), ValueError, "expires_in_s must be a whole"),
    (lambda box: box.authorize("https://x.example/"), ValueError, "must be an authorization"),
    (
        lambda box: box.authorize("https://www.dropbox.com/oauth2/authorize?client_id=x"),
        ValueError,
        "client_id",
    ),
    (lambda box: box.configure(page=1), InvalidSetting, "unknown setting 'page'"),
    (lambda box: box.configure(delta_page_size=0), InvalidSetting, "at least 1, not 0"),
    (lambda box: box.limit_rate(0, per_s=1), ValueError, "requests must be at least 1"),
    (lambda box: box.clock.set(-1), ValueError, "the clock cannot be set to -1 s"),
    (lambda box: box.clock.advance(1e300), ValueError, "the clock cannot be advanced by"),
    (lambda box: box.faults.add(), TypeError, "requires at least one Fault"),
    (lambda box: box.faults.add("delta"), TypeError, "expected a Fault, not 'delta'"),
    (lambda box: box.faults.add(statsu=5), InvalidFault, "did you mean 'status'?"),
    (lambda box: box.faults.add(endpoint="zz", status=500), InvalidFault, "no endpoint"),
    (lambda box: box.faults.remove(99), KeyError, "99"),
    (lambda box: box.requests.assert_made("delta"), AssertionError, "delta was expected"),
    (lambda box: box.requests.assert_made("dleta", times=0), ValueError, "did you mean 'delta'?"),
    (lambda box: box.requests.find("dleta"), ValueError, "did you mean 'delta'?"),
]


@pytest.mark.parametrize(("call", "kind", "text"), INVALID, ids=range(len(INVALID)))
def test_invalid_argument_raises_the_same_error(
    box: Emulator, call: Callable[[Any], object], kind: type[Exception], text: str
) -> None:
    """The type and the text of an error do not depend on where the emulator runs."""
    with pytest.raises(kind) as caught:
        call(box)
    assert text in str(caught.value)
    assert "\n" not in str(caught.value) or kind is AssertionError


def test_allowing_an_unknown_request_token_raises_an_error(box: Emulator) -> None:
    """A request token that does not exist cannot be allowed."""
    with pytest.raises(RequestTokenNotFound):
        box.allow("unknown")


def test_app_is_created(box: Emulator) -> None:
    """An app has the values that it was created with, or random credentials."""
    app = box.add_app(
        "Printer",
        "app_folder",
        key="printer",
        secret="hush",
        auto_approve=True,
        redirect_uris=("https://x.example/",),
        scopes=["account_info.read"],
    )
    assert (app.key, app.secret) == ("printer", "hush")
    assert (app.name, app.access) == ("Printer", "app_folder")
    assert (app.auto_approve, app.redirect_uris) == (True, ("https://x.example/",))
    assert app.scopes == ("account_info.read",)
    assert box.add_app("Random").key != box.add_app("Other").key


def test_token_is_created(box: Emulator) -> None:
    """OAuth 1.0 tokens and bearer tokens of an app and an account are accepted."""
    app = box.add_app("Printer", "app_folder")
    token = box.add_token(OTHER, "app_folder", app=app)
    assert token.secret
    client = V1(box.url, token.access_token, token.secret, app.key, app.secret)
    assert client.get("/account/info").json()["uid"] == 2
    mine = box.add_token(token="mine", scopes=iter(["files.metadata.read"]))
    assert (str(mine), mine.secret, mine.scopes) == ("mine", None, ("files.metadata.read",))
    assert bearer(box, "/1/account/info", mine).status == 200
    assert "mine" not in repr(mine)


def test_token_expires_and_has_a_refresh_token(box: Emulator) -> None:
    """The lifetime is counted by the emulated clock."""
    box.clock.freeze()
    box.clock.set(1_400_000_000)
    token = box.add_token(expires_in_s=60, refresh=True)
    assert token.expires_at == datetime(2014, 5, 13, 16, 54, 20)  # noqa: DTZ001 -- as the official SDK
    assert token.refresh_token
    assert box.add_token(refresh="chosen").refresh_token == "chosen"
    box.clock.advance(61)
    assert bearer(box, "/1/account/info", token).status == 401


@pytest.mark.parametrize("host", ["https://www.dropbox.com", ""])
def test_authorization_url_is_allowed(box: Emulator, host: str) -> None:
    """The result is the redirect URL with a code, and no request is recorded."""
    url = (
        f"{host or box.url}/oauth2/authorize?client_id=fakebox-app-key&response_type=code"
        "&redirect_uri=https://app.example/callback&state=x"
    )
    query = parse_qs(urlsplit(box.authorize(url, OTHER)).query)
    assert query["state"] == ["x"]
    assert query["code"]
    assert len(box.requests) == 0


def test_request_token_is_allowed_once(box: Emulator) -> None:
    """An allowed request token is exchanged for an access token of the account."""
    pairs = parse_qs(V1(box.url, "", "").post("/oauth/request_token").data.decode())
    token, secret = pairs["oauth_token"][0], pairs["oauth_token_secret"][0]
    box.allow(token, OTHER)
    with pytest.raises(RequestTokenNotFound):
        box.allow(token)
    access = parse_qs(V1(box.url, token, secret).post("/oauth/access_token").data.decode())
    assert access["uid"] == ["2"]


def test_quota_is_set(box: Emulator) -> None:
    """An upload over the quota is rejected."""
    box.set_quota(3)
    assert V1(box.url).put("/files_put/dropbox/a.txt", b"hello").status == 503
    assert box.account().quota_bytes == 3
    with pytest.raises(DropboxError):
        box.write("/a.txt", "hello")


def test_settings_are_changed(box: Emulator) -> None:
    """A setting applies to the next request."""
    box.configure(read_only=True)
    assert V1(box.url).post("/fileops/create_folder", root="dropbox", path="/x").status >= 400
    box.reset()
    assert V1(box.url).post("/fileops/create_folder", root="dropbox", path="/x").status == 200


def test_rate_is_limited(box: Emulator) -> None:
    """Further requests of a token have the status of the limit."""
    box.limit_rate(1, per_s=60, status=503)
    assert [V1(box.url).get("/account/info").status for _ in range(2)] == [200, 503]


def test_clock_is_controlled(box: Emulator) -> None:
    """The clock is frozen, set, advanced, continued and reset."""
    assert not box.clock.is_frozen
    box.clock.freeze()
    box.clock.set(1_400_000_000)
    box.clock.advance(0.5)
    assert (box.clock.now(), box.clock.is_frozen) == (1_400_000_000.5, True)
    box.clock.run()
    assert not box.clock.is_frozen
    assert box.clock.now() < 1_500_000_000
    box.clock.reset()
    assert box.clock.now() > 1_500_000_000


def test_faults_are_planned_listed_and_removed(box: Emulator) -> None:
    """Faults apply in their order, and their uses are counted."""
    first = box.faults.add(endpoint="account/info", status=500, body={"error": "x"})
    last = box.faults.add(Fault(endpoint="delta", status=503), Fault.preset("bad_gateway"))
    assert (len(box.faults), last) == (3, first + 2)
    box.faults.remove(last)
    assert V1(box.url).get("/account/info").json() == {"error": "x"}
    assert [planned.used for planned in box.faults] == [1, 0]
    assert [planned.fault.status for planned in box.faults] == [500, 503]
    (missing,) = box.faults.unconsumed()
    assert (missing.id, missing.is_consumed, missing.matched) == (first + 1, False, 0)
    with pytest.raises(AssertionError, match="1 planned fault was not applied as often as planned"):
        box.faults.assert_consumed()
    box.faults.clear()
    box.faults.assert_consumed()
    assert list(box.faults) == []


def test_faults_are_planned_for_an_endpoint(box: Emulator) -> None:
    """One fault is planned for each of the next requests to an endpoint."""
    box.faults.plan("account/info", Fault(no_fault=True), Fault(status=400, headers={"X-A": "b"}))
    responses = [V1(box.url).get("/account/info") for _ in range(2)]
    assert [response.status for response in responses] == [200, 400]
    assert responses[1].headers["X-A"] == "b"


@pytest.mark.parametrize("name", ["insufficient_space", "service_unavailable", "too_many_requests"])
def test_preset_fault_has_its_body(box: Emulator, name: str) -> None:
    """A preset has the body of the service, also if it is made for each request."""
    box.faults.add(Fault.preset(name, endpoint="files/upload"))
    (planned,) = box.faults
    assert planned.fault.to_dict() == {"preset": name, "endpoint": "files/upload"}
    response = urllib3.request("POST", f"{box.url}/2/files/upload", retries=False)
    assert response.status == Fault.preset(name).status


@pytest.mark.parametrize("body", ["text", b"bytes", {"a": 1}, ["a"], b""])
def test_body_of_a_fault_is_sent(box: Emulator, body: Any) -> None:
    """A text, bytes and JSON are sent with the same type everywhere."""
    box.faults.add(status=500, body=body)
    response = V1(box.url).get("/account/info")
    if isinstance(body, (dict, list)):
        assert response.json() == body
    else:
        assert response.data == (body.encode() if isinstance(body, str) else body)
    kinds = {str: "text/html", bytes: "application/octet-stream"}
    assert response.headers["Content-Type"].startswith(kinds.get(type(body), "application/json"))


def test_requests_are_found(box: Emulator) -> None:
    """The journal is a sequence with conditions, and each entry has the same values."""
    client = V1(box.url)
    client.upload("/a.txt", b"hello")
    client.get("/metadata/dropbox/a.txt", list="false")
    assert len(box.requests) == len(box.journal) == 2
    assert [request.endpoint for request in box.requests] == ["files_put", "metadata"]
    assert [request.number for request in box.requests[:1]] == [1]
    (put,) = box.requests.find("files_*", method="PUT", path="/a.txt", status=200)
    assert (put.request_bytes, put.status, put.path, put.paths) == (5, 200, "/a.txt", ("/a.txt",))
    (metadata,) = box.requests.assert_made("metadata", times=1, list="false")
    for values in (metadata.arguments, metadata.params, metadata.query):
        assert values["list"] == "false"
    assert "Content-Type" in metadata.response_headers
    assert json.loads(metadata.response_text)["bytes"] == 5
    assert metadata.response_bytes > 5
    # The entry may not have ended yet.
    assert (metadata.duration_s or 0) >= 0
    assert metadata.url.startswith(f"{box.url}/1/metadata/dropbox/a.txt?")
    assert (metadata.api_version, metadata.form, metadata.fault) == (1, {}, "")
    assert repr(metadata) == "GET metadata /a.txt list=false -> 200"
    assert str(box.requests).splitlines()[1].strip() == "2 GET metadata /a.txt list=false -> 200"
    assert "app-secret" not in str(metadata.headers) + metadata.url


def test_requests_are_exported_and_cleared(box: Emulator) -> None:
    """The archive has all requests."""
    V1(box.url).get("/account/info")
    (entry,) = box.requests.har()["log"]["entries"]  # type: ignore[index]
    assert entry["request"]["method"] == "GET"
    box.requests.clear()
    assert (len(box.requests), box.requests.find()) == (0, [])


def test_missing_request_is_reported_with_the_most_similar_one(box: Emulator) -> None:
    """The report has the conditions that were not met, and the latest requests."""
    V1(box.url).get("/metadata/dropbox/a.txt")
    with pytest.raises(AssertionError) as caught:
        box.requests.assert_made("metadata", path="/b.txt")
    assert "path is '/a.txt', not '/b.txt'" in str(caught.value)
    assert "the latest of 1 requests:" in str(caught.value)
