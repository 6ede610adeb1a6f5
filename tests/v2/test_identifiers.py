"""The forms of ids, revs, cursors and references of version 2."""

from __future__ import annotations

import json
import re

import pytest

from fakebox.core.defaults import SANDBOX_BEARER_TOKEN

NOW_S = 1_700_000_000
NAMESPACE = "029684ff"
BASE64URL = "[A-Za-z0-9_-]"


def parts_of(rev):
    """Return the microseconds and the namespace of a rev."""
    assert re.fullmatch("[0-9a-f]{21}", rev)
    return int(rev[:13], 16), rev[13:]


@pytest.fixture
def frozen(api):
    """A frozen clock."""
    api.world.clock.freeze()
    api.world.clock.set(NOW_S)
    return api.world.clock


@pytest.fixture
def v1_rev(api):
    """A function that returns the rev of a file in version 1."""

    def rev_of(path, who=None):
        return json.loads(api.raw(f"/1/metadata/auto{path}", None, None, who, method="GET").text)[
            "rev"
        ]

    return rev_of


@pytest.mark.parametrize("moment_s", [NOW_S, 0, 1.25, 4_503_599_627, 32_000_000_000])
def test_rev_is_the_time_and_the_namespace(api, moment_s):
    """A rev has the microseconds of server_modified and the namespace, in hexadecimal."""
    api.world.clock.freeze()
    api.world.clock.set(moment_s)
    rev = api.upload("/a")["rev"]
    assert (int(rev[:-8], 16), rev[-8:]) == (moment_s * 1_000_000, NAMESPACE)
    assert len(rev) == (21 if moment_s < 4_503_599_627.4 else 22)
    assert api.rpc("files/get_metadata", path=f"rev:{rev}")["rev"] == rev


def test_writes_of_one_microsecond_have_consecutive_revs(api, frozen):
    """With a frozen clock, each write takes the next free microsecond."""
    revs = [api.upload(path, mode="overwrite", body=path.encode())["rev"] for path in ("/a", "/b")]
    revs.append(api.upload("/a", b"again", mode="overwrite")["rev"])
    assert [parts_of(rev)[0] - NOW_S * 1_000_000 for rev in revs] == [0, 1, 2]


def test_copied_files_have_revs_of_their_own(api, frozen):
    """Each file of a copied or moved folder has a rev that no other file has."""
    for number in range(5):
        api.upload(f"/from/{number}", str(number).encode())
    for route, paths in {"copy": ("/from", "/copy"), "move": ("/copy", "/moved")}.items():
        api.rpc(f"files/{route}_v2", from_path=paths[0], to_path=paths[1])
    entries = api.rpc("files/list_folder", path="", recursive=True)["entries"]
    revs = [entry["rev"] for entry in entries if entry[".tag"] == "file"]
    assert len(set(revs)) == len(revs) == 10
    for rev in revs:
        assert api.rpc("files/get_metadata", path=f"rev:{rev}")["rev"] == rev


def test_rev_is_unique_after_the_clock_was_set_back(api, frozen):
    """A microsecond that a file has, or had in an earlier revision, is not taken again."""
    first = [api.upload("/a", bytes([number]), mode="overwrite")["rev"] for number in range(3)]
    frozen.set(NOW_S + 10)
    later = api.upload("/a", b"later", mode="overwrite")["rev"]
    frozen.set(NOW_S)
    again = [api.upload("/b", bytes([number]), mode="overwrite")["rev"] for number in range(2)]
    frozen.set(NOW_S + 10)
    last = api.upload("/c")["rev"]
    times = [parts_of(rev)[0] - NOW_S * 1_000_000 for rev in (*first, later, *again, last)]
    assert times == [0, 1, 2, 10_000_000, 3, 4, 10_000_001]


def test_revs_of_two_accounts_are_independent(api, frozen):
    """A rev is unique in its namespace; other accounts may have the same time."""
    revs = [api.upload("/a", who=api.bearer(number))["rev"] for number in (1, 2)]
    assert [parts_of(rev)[0] for rev in revs] == [NOW_S * 1_000_000] * 2
    assert parts_of(revs[0])[1] != parts_of(revs[1])[1]


def test_app_folder_has_a_namespace_of_its_own(api):
    """The revs of an app folder differ from those of the account in their last part."""
    who = f"Bearer {SANDBOX_BEARER_TOKEN}"
    rev = api.upload("/a", who=who)["rev"]
    assert parts_of(rev)[1] != NAMESPACE
    assert api.rpc("files/get_metadata", who, path=f"rev:{rev}")["name"] == "a"
    assert api.fails("files/get_metadata", path=f"rev:{rev}")["path"] == {".tag": "not_found"}


def test_rev_has_another_form_in_version_1(api, v1_rev):
    """Version 1 keeps its counter."""
    rev = api.upload("/a")["rev"]
    assert re.fullmatch(f"[1-9a-f][0-9a-f]*{NAMESPACE}", v1_rev("/a"))
    assert len(v1_rev("/a")) < len(rev)


@pytest.fixture(params=["time", "counter", "capitals"])
def form(request, v1_rev):
    """A function that returns the current rev of a file in one of the accepted forms."""

    def rev_of(entry):
        rev = v1_rev(entry["path_lower"]) if request.param == "counter" else entry["rev"]
        return rev.upper() if request.param == "capitals" else rev

    rev_of.is_lower = request.param != "capitals"
    return rev_of


def test_every_argument_accepts_both_forms(api, form):
    """Revs of both forms are accepted as parent, to restore, to page and to download."""
    old = form(api.upload("/a", b"old"))
    entry = api.upload("/a", b"new", mode="overwrite")
    if form.is_lower:
        assert api.send("files/download", {"path": f"rev:{old}"}).data == b"old"
        assert api.rpc("files/get_metadata", path=f"rev:{old}")["size"] == 3
        page = api.rpc("files/list_revisions", path="/a", before_rev=form(entry))
        assert [one["size"] for one in page["entries"]] == [3]
        assert api.rpc("files/restore", path="/a", rev=old)["size"] == 3
        update = {".tag": "update", "update": form(api.rpc("files/get_metadata", path="/a"))}
        assert api.upload("/a", b"newest", mode=update)["name"] == "a"
    target = f"/1/files/auto/a?rev={old}"
    assert api.raw(target, None, None, method="GET").data == b"old"


def test_version_1_accepts_the_rev_of_version_2_as_parent(api, form):
    """A version 1 upload with the current rev of either form replaces the file."""
    entry = api.upload("/a", b"old")
    target = f"/1/files_put/auto/a?parent_rev={form(entry)}"
    assert json.loads(api.raw(target, b"new", None, method="PUT").text)["path"] == "/a"


def test_deletion_accepts_both_forms_of_the_parent_rev(api, form):
    """parent_rev of a deletion may have either form, and must be the current rev."""
    stale = form(api.upload("/a", b"old"))
    entry = api.upload("/a", b"new", mode="overwrite")
    if form.is_lower:
        error = api.fails("files/delete_v2", path="/a", parent_rev=stale)
        assert error["path_write"] == {".tag": "conflict", "conflict": {".tag": "file"}}
        assert api.rpc("files/delete_v2", path="/a", parent_rev=form(entry))


@pytest.mark.parametrize(
    "change",
    [
        lambda rev: rev[:12] + format(15 - int(rev[12], 16), "x") + rev[13:],
        lambda rev: rev[:13] + "00000000",
        lambda rev: "0" + rev,
        lambda rev: rev[1:],
        lambda rev: "0" * 40 + rev,
    ],
    ids=["time", "namespace", "longer", "shorter", "long"],
)
def test_rev_that_was_not_issued_is_not_found(api, change):
    """A rev with a changed character is no revision of the file."""
    rev = change(api.upload("/a")["rev"])
    assert api.fails("files/get_metadata", path=f"rev:{rev}")["path"] == {".tag": "not_found"}
    assert api.fails("files/restore", path="/a", rev=rev) == {".tag": "invalid_revision"}


def test_time_of_a_deletion_is_no_revision(api, frozen):
    """The rev that a deletion would have cannot be restored."""
    rev = api.upload("/a")["rev"]
    api.rpc("files/delete_v2", path="/a")
    deletion = f"{parts_of(rev)[0] + 1:013x}{NAMESPACE}"
    assert api.fails("files/restore", path="/a", rev=deletion) == {".tag": "invalid_revision"}
    assert api.rpc("files/restore", path="/a", rev=rev)["name"] == "a"


def test_header_of_a_download_has_the_rev(api):
    """The ETag of a download contains the rev of version 2."""
    rev = api.upload("/a")["rev"]
    assert rev in api.send("files/download", {"path": "/a"}).headers["ETag"]


def test_revisions_by_id_follow_the_file(api):
    """In mode id, the revisions are those of the file at all its paths, and of no other file."""
    file_id = api.upload("/before", b"1")["id"]
    api.upload("/before", b"22", mode="overwrite")
    api.rpc("files/move_v2", from_path="/before", to_path="/after")
    other = api.upload("/before", b"other")
    api.upload("/after", b"333", mode="overwrite")
    for path in (file_id, "/after"):
        found = api.rpc("files/list_revisions", path=path, mode="id")
        shown = [(entry["path_lower"], entry["size"]) for entry in found["entries"]]
        assert shown == [("/after", 3), ("/after", 2), ("/before", 2), ("/before", 1)]
        assert {entry["id"] for entry in found["entries"]} == {file_id}
        assert found["is_deleted"] is False
    by_path = api.rpc("files/list_revisions", path="/before")["entries"]
    assert [entry["id"] for entry in by_path] == [other["id"], file_id, file_id]


def test_revisions_by_id_of_a_deleted_file(api):
    """A deleted file has the time of its deletion in both modes, also if a folder was deleted."""
    api.upload("/folder/a", b"1")
    api.rpc("files/move_v2", from_path="/folder/a", to_path="/folder/b")
    api.world.clock.freeze()
    api.world.clock.set(NOW_S)
    api.rpc("files/delete_v2", path="/folder")
    for mode, count in {"path": 1, "id": 2}.items():
        found = api.rpc("files/list_revisions", path="/folder/b", mode=mode)
        assert len(found["entries"]) == count
        assert found["is_deleted"] is True
        assert found["server_deleted"] == "2023-11-14T22:13:20Z"


def test_revisions_by_id_do_not_leave_the_app_folder(api):
    """An app folder shows only the revisions at paths in it."""
    who = f"Bearer {SANDBOX_BEARER_TOKEN}"
    api.upload("/inside", b"1", who=who)
    (folder,) = api.rpc("files/list_folder", path="/Apps")["entries"]
    path = f"{folder['path_display']}/inside"
    api.rpc("files/move_v2", from_path=path, to_path="/outside")
    api.upload("/outside", b"22", mode="overwrite")
    api.rpc("files/move_v2", from_path="/outside", to_path=path)
    found = api.rpc("files/list_revisions", who, path="/inside", mode="id")["entries"]
    assert [entry["path_display"] for entry in found] == ["/inside", "/inside"]


def test_before_rev_is_not_supported_by_id(api):
    """before_rev is an error in mode id."""
    rev = api.upload("/a")["rev"]
    error = api.fails("files/list_revisions", path="/a", mode="id", before_rev=rev)
    assert error == {".tag": "before_rev_not_supported"}


@pytest.mark.parametrize("mode", ["path", "id"])
def test_folder_has_no_revisions(api, mode):
    """A folder and a deleted folder are not files; a deleted file stays one below a new folder."""
    api.rpc("files/create_folder_v2", path="/folder")
    for _ in range(2):
        error = api.fails("files/list_revisions", path="/folder", mode=mode)
        assert error == {".tag": "path", "path": {".tag": "not_file"}}
        if api.rpc("files/list_folder", path="")["entries"]:
            api.rpc("files/delete_v2", path="/folder")
    api.upload("/both")
    api.rpc("files/delete_v2", path="/both")
    api.rpc("files/create_folder_v2", path="/both")
    assert api.fails("files/list_revisions", path="/both", mode=mode)["path"][".tag"] == "not_file"
    api.rpc("files/delete_v2", path="/both")
    assert len(api.rpc("files/list_revisions", path="/both", mode=mode)["entries"]) == 1


def test_forms_of_ids(api):
    """Each kind of id has its recorded form."""
    file_id = api.upload("/a")["id"]
    assert re.fullmatch(f"id:{BASE64URL}{{22}}", file_id)
    account = api.rpc_null("users/get_current_account")
    assert re.fullmatch(f"dbid:{BASE64URL}{{35}}", account["account_id"])
    session = json.loads(api.send("files/upload_session/start", {}).text)["session_id"]
    assert re.fullmatch(f"pid_upload_session:{BASE64URL}{{50}}", session)
    (started,) = api.rpc("files/upload_session/start_batch", num_sessions=1)["session_ids"]
    assert started.startswith("pid_upload_session:")
    reference = api.rpc("files/copy_reference/get", path="/a")["copy_reference"]
    assert re.fullmatch(f"{BASE64URL}{{22}}", reference)
    entries = [{"from_path": "/a", "to_path": "/b"}]
    launches = [
        api.rpc("files/copy_batch_v2", entries=entries),
        api.rpc("files/move_batch_v2", entries=entries),
        api.rpc("files/delete_batch", entries=[{"path": "/b"}]),
        api.rpc("files/create_folder_batch", paths=["/c"], force_async=True),
        api.rpc("files/upload_session/finish_batch", entries=[]),
    ]
    for launch in launches:
        assert re.fullmatch(f"dbjid:{BASE64URL}{{88}}", launch["async_job_id"])
    job = api.rpc("files/save_url", path="/d", url="https://www.dropbox.com/s/x/y")
    assert re.fullmatch(f"{BASE64URL}{{22}}", job["async_job_id"])


def test_chunked_upload_of_version_1_has_a_shorter_id(api):
    """The upload_id of version 1 has 22 characters."""
    response = api.raw("/1/chunked_upload", b"x", None, method="PUT")
    assert re.fullmatch("[A-Za-z0-9]{22}", json.loads(response.text)["upload_id"])


@pytest.mark.parametrize("depth", [0, 1, 20])
def test_form_of_a_cursor(api, depth):
    """A cursor of a listing begins with AA, and has at least 152 characters of base64url."""
    path = "/folder" * depth
    if path:
        api.rpc("files/create_folder_v2", path=path)
    for route in ("files/list_folder", "files/list_folder/get_latest_cursor"):
        for recursive in (False, True):
            cursor = api.rpc(route, path=path, recursive=recursive)["cursor"]
            assert re.fullmatch(f"AA{BASE64URL}{{150,}}", cursor)
            assert len(cursor) % 4 != 1
            assert "entries" in api.rpc("files/list_folder/continue", cursor=cursor)


@pytest.mark.parametrize("text", ["nonsense", "AAAA", "AAAA" * 50])
def test_long_poll_rejects_a_text_that_is_no_cursor(api, text):
    """The text of the error is that of the notify host."""
    route = "files/list_folder/longpoll"
    response = api.post(route, {"cursor": text}, who="")
    assert response.status_code == 400
    assert response.text == (
        f'Error in call to API function "{route}": request body: cursor: unsupported cursor type'
    )


def test_cursor_without_its_beginning_is_rejected(api):
    """The beginning of a cursor is a part of it."""
    cursor = api.rpc("files/list_folder", path="")["cursor"]
    assert api.post("files/list_folder/continue", {"cursor": cursor[4:]}).status_code == 400


def test_copy_reference_to_a_deleted_file_is_not_found(api):
    """A known reference to a deleted file is not found; an unknown one is invalid."""
    api.upload("/folder/a")
    reference = api.rpc("files/copy_reference/get", path="/folder/a")["copy_reference"]
    api.rpc("files/delete_v2", path="/folder")
    error = api.fails("files/copy_reference/save", path="/b", copy_reference=reference)
    assert error == {".tag": "not_found"}
    error = api.fails("files/copy_reference/save", path="/b", copy_reference="x" * 22)
    assert error == {".tag": "invalid_copy_reference"}


def test_copy_reference_is_not_saved_to_two_slashes(api):
    """A path that begins with two slashes is malformed, and nothing is stored."""
    api.upload("/a")
    reference = api.rpc("files/copy_reference/get", path="/a")["copy_reference"]
    error = api.fails("files/copy_reference/save", path="//b", copy_reference=reference)
    assert error == {".tag": "path", "path": {".tag": "malformed_path"}}
    assert len(api.rpc("files/list_folder", path="")["entries"]) == 1
