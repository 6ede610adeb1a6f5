"""Uploads, downloads, metadata and the past of files."""

from __future__ import annotations

import io
import json
import zipfile
from hashlib import sha256

import pytest

from fakebox.core.blobs import ContentHash

FILE_FIELDS = {
    "name",
    "path_lower",
    "path_display",
    "id",
    "client_modified",
    "server_modified",
    "rev",
    "size",
    "is_downloadable",
    "content_hash",
}


def content_hash(data):
    """The published hash of one block's worth."""
    return sha256(sha256(data).digest()).hexdigest()


def test_upload_answers_the_file(api):
    """Every field of it."""
    payload = api.upload("/Ünï.TXT", client_modified="2020-02-03T04:05:06Z")
    assert set(payload) == FILE_FIELDS
    assert (payload["name"], payload["path_lower"], payload["size"]) == ("Ünï.TXT", "/ünï.txt", 7)
    assert payload["client_modified"] == "2020-02-03T04:05:06Z"
    assert payload["content_hash"] == content_hash(b"content")


def test_metadata_tells_what_it_is(api):
    """By a tag; a folder has no revision."""
    api.upload("/folder/file")
    assert api.rpc("files/get_metadata", path="/folder/FILE")[".tag"] == "file"
    folder = api.rpc("files/get_metadata", path="/Folder")
    assert set(folder) == {".tag", "name", "path_lower", "path_display", "id"}
    assert folder["path_display"] == "/folder"


def test_file_is_found_by_its_id_and_by_its_revision(api):
    """Wherever it was moved to."""
    payload = api.upload("/a")
    api.rpc("files/move_v2", from_path="/a", to_path="/b")
    assert api.rpc("files/get_metadata", path=payload["id"])["path_display"] == "/b"
    assert api.rpc("files/get_metadata", path=f"rev:{payload['rev']}")["path_display"] == "/a"


def test_path_may_begin_at_a_namespace(api):
    """The account's own is the only one."""
    api.upload("/a")
    root = api.tell("users/get_current_account")["root_info"]["root_namespace_id"]
    assert api.rpc("files/get_metadata", path=f"ns:{root}/a")["name"] == "a"
    assert api.fails("files/get_metadata", path="ns:1/a")["path"] == {".tag": "not_found"}


def test_deleted_file_is_shown_if_that_is_asked_for(api):
    """Otherwise it isn't found."""
    api.upload("/A")
    api.rpc("files/delete_v2", path="/a")
    assert api.fails("files/get_metadata", path="/a")["path"] == {".tag": "not_found"}
    shown = api.rpc("files/get_metadata", path="/a", include_deleted=True)
    assert shown == {
        ".tag": "deleted",
        "name": "A",
        "path_lower": "/a",
        "path_display": "/A",
    }


@pytest.mark.parametrize("path", ["/a/", "/\\"], ids=["slash at the end", "backslash"])
def test_path_that_cannot_be_is_malformed(api, path):
    """It is told of as a failed lookup."""
    assert api.fails("files/get_metadata", path=path)["path"] == {".tag": "malformed_path"}


def test_root_has_no_metadata(api):
    """Nor is it spelled with a slash."""
    answer = api.ask("files/list_folder", {"path": "/"})
    assert 'Specify the root folder as an empty string rather than as "/".' in answer.text
    ours = api.ask("files/delete_v2", {"path": "ns:0"})
    assert ours.status_code == 409


def test_same_bytes_are_no_conflict(api):
    """Nothing is written, and the revision stays."""
    first = api.upload("/a")
    assert api.upload("/a")["rev"] == first["rev"]


@pytest.mark.parametrize(
    ("mode", "name"),
    [
        ("add", "a (1).txt"),
        ({".tag": "update", "update": "123456789"}, "a (Test User's conflicted copy).txt"),
    ],
    ids=["add", "update"],
)
def test_conflict_is_renamed_if_that_is_asked_for(api, mode, name, failed):
    """Otherwise it fails; how it is named depends on the mode."""
    api.upload("/a.txt", b"old")
    error = failed(api.send("files/upload", {"path": "/a.txt", "mode": mode}, b"new"))
    conflict = {".tag": "conflict", "conflict": {".tag": "file"}}
    assert error == {".tag": "path", "reason": conflict, "upload_session_id": ""}
    payload = api.upload("/a.txt", b"new", mode=mode, autorename=True)
    assert payload["name"].startswith(name[:3])
    assert payload["name"] != "a.txt"


def test_update_replaces_the_revision_that_it_names(api, failed):
    """And only that one."""
    first = api.upload("/a", b"one")
    update = {".tag": "update", "update": first["rev"]}
    second = api.upload("/a", b"two", mode=update)
    assert second["id"] == first["id"]
    assert failed(api.send("files/upload", {"path": "/a", "mode": update}, b"three"))


def test_strict_upload_takes_nothing_for_its_own(api, failed):
    """Neither the same bytes nor a file that is gone."""
    rev = api.upload("/a")["rev"]
    assert failed(api.send("files/upload", {"path": "/a", "strict_conflict": True}, b"content"))
    api.rpc("files/delete_v2", path="/a")
    update = {".tag": "update", "update": rev}
    assert api.send("files/upload", {"path": "/a", "mode": update}, b"x").status_code == 200
    api.rpc("files/delete_v2", path="/a")
    strict = {"path": "/a", "mode": update, "strict_conflict": True}
    assert failed(api.send("files/upload", strict, b"x"))


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/folder", {".tag": "conflict", "conflict": {".tag": "folder"}}),
        ("/folder/file/below", {".tag": "conflict", "conflict": {".tag": "file_ancestor"}}),
        ("/.DS_Store", {".tag": "disallowed_name"}),
        ("/folder/", {".tag": "malformed_path"}),
        ("id:nobody", {".tag": "malformed_path"}),
        ("id:-nobody/a", {".tag": "malformed_path"}),
        ("ns:9999/a", {".tag": "malformed_path"}),
    ],
    ids=[
        "folder",
        "below a file",
        "ignored",
        "malformed",
        "unknown id",
        "below an unknown id",
        "unknown namespace",
    ],
)
def test_upload_says_why_nothing_can_stand_there(api, path, reason, failed):
    """Below `path`, with the reason."""
    api.upload("/folder/file")
    for mode in ("add", "overwrite"):
        error = failed(api.send("files/upload", {"path": path, "mode": mode}, b"x"))
        assert error["reason"] == reason


def test_upload_over_quota_has_insufficient_space(api, failed):
    """And nothing is stored."""
    api.world.accounts.configure(1, quota_bytes=3)
    error = failed(api.send("files/upload", {"path": "/a"}, b"four"))
    assert error["reason"] == {".tag": "insufficient_space"}


def test_content_that_is_not_what_its_hash_says_is_not_stored(api, failed):
    """The hash is verified before anything is kept."""
    answer = api.send("files/upload", {"path": "/a", "content_hash": content_hash(b"x")}, b"y")
    assert failed(answer) == {".tag": "content_hash_mismatch"}
    assert api.rpc("files/list_folder", path="")["entries"] == []
    assert api.upload("/a", b"x", content_hash=content_hash(b"x"))["size"] == 1


def test_content_hash_is_made_of_blocks(api):
    """4 MiB each."""
    data = b"x" * (4 * 1024 * 1024 + 1)
    hasher = ContentHash()
    hasher.update(data)
    payload = api.upload("/big", data, content_hash=hasher.content().hash)
    blocks = sha256(data[:-1]).digest() + sha256(data[-1:]).digest()
    assert payload["content_hash"] == sha256(blocks).hexdigest()


def test_upload_that_is_too_large_is_refused(api, failed):
    """Before it is read."""
    api.configure(upload_limit_bytes=3)
    assert failed(api.send("files/upload", {"path": "/a"}, b"four")) == {
        ".tag": "payload_too_large"
    }


def test_download_has_the_metadata_beside_it(api):
    """In a header, in ASCII."""
    payload = api.upload("/Ünï", b"0123456789")
    answer = api.send("files/download", {"path": "/Ünï"})
    assert answer.data == b"0123456789"
    assert json.loads(answer.headers["Dropbox-API-Result"]) == payload
    assert answer.headers["Dropbox-API-Result"].isascii()


def test_download_honours_ranges_and_etags(api):
    """A part; nothing if it is the same; 416 beyond the end."""
    api.upload("/a", b"0123456789")
    part = api.send("files/download", {"path": "/a"}, Range="bytes=2-4")
    assert (part.status_code, part.data) == (206, b"234")
    same = {"If-None-Match": part.headers["ETag"]}
    assert api.send("files/download", {"path": "/a"}, **same).status_code == 304
    assert api.send("files/download", {"path": "/a"}, Range="bytes=99-").status_code == 416


def test_folder_cannot_be_downloaded(api, failed):
    """It is no file."""
    api.upload("/folder/file")
    error = failed(api.send("files/download", {"path": "/folder"}))
    assert error["path"] == {".tag": "not_file"}


def test_folder_is_downloaded_as_an_archive(api):
    """With everything in it, below its own name."""
    api.upload("/folder/sub/file", b"inside")
    answer = api.send("files/download_zip", {"path": "/folder"})
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert sorted(archive.namelist()) == ["folder/", "folder/sub/", "folder/sub/file"]
        assert archive.read("folder/sub/file") == b"inside"
    assert json.loads(answer.headers["Dropbox-API-Result"])["metadata"]["name"] == "folder"


def test_archive_of_a_file_or_of_too_much_is_refused(api, failed):
    """Each with its own tag."""
    api.upload("/folder/file")
    error = failed(api.send("files/download_zip", {"path": "/folder/file"}))
    assert error["path"] == {".tag": "not_folder"}
    api.configure(operation_limit=0)
    assert failed(api.send("files/download_zip", {"path": "/folder"})) == {".tag": "too_many_files"}


def test_revisions_are_told_newest_first(api):
    """In pages, and with the deletion beside them."""
    revs = [api.upload("/a", text, mode="overwrite")["rev"] for text in (b"1", b"2", b"3")]
    page = api.rpc("files/list_revisions", path="/a", limit=2)
    assert [entry["rev"] for entry in page["entries"]] == revs[:0:-1]
    assert page["has_more"]
    rest = api.rpc("files/list_revisions", path="/a", before_rev=revs[1])
    assert [entry["rev"] for entry in rest["entries"]] == revs[:1]
    api.rpc("files/delete_v2", path="/a")
    gone = api.rpc("files/list_revisions", path="/a")
    assert gone["is_deleted"]
    assert gone["server_deleted"]


def test_file_is_restored_as_it_was(api):
    """And known by the same id."""
    payload = api.upload("/a", b"old")
    api.rpc("files/delete_v2", path="/a")
    restored = api.rpc("files/restore", path="/a", rev=payload["rev"])
    assert restored["id"] == payload["id"]
    assert api.send("files/download", {"path": "/a"}).data == b"old"


def test_restore_says_what_is_wrong(api):
    """With the path, or with the revision."""
    api.upload("/folder/a")
    wrong = "123456789"
    assert api.fails("files/restore", path="/x", rev=wrong)["path_lookup"] == {".tag": "not_found"}
    assert api.fails("files/restore", path="/folder/a", rev=wrong) == {".tag": "invalid_revision"}


def test_file_that_is_permanently_deleted_has_no_past(api):
    """It can't be restored."""
    rev = api.upload("/a")["rev"]
    api.rpc("files/permanently_delete", path="/a")
    assert api.fails("files/restore", path="/a", rev=rev) == {".tag": "invalid_revision"}


def test_temporary_link_is_told_with_the_file(api):
    """A URL of this emulator."""
    api.upload("/a b")
    payload = api.rpc("files/get_temporary_link", path="/a b")
    assert payload["metadata"]["name"] == "a b"
    assert payload["link"].startswith("http://api.example/0/view/")


def test_id_may_be_followed_by_a_path(api):
    """Of a folder."""
    api.upload("/folder/a")
    folder = api.rpc("files/get_metadata", path="/folder")["id"]
    assert api.rpc("files/get_metadata", path=f"{folder}/a")["path_display"] == "/folder/a"
    for unknown in ("id:nonsense", "id:AAAAAAKWhP8AAAAAAAAnEA"):
        assert api.fails("files/get_metadata", path=unknown)["path"] == {".tag": "not_found"}


def test_folder_has_no_revisions_and_comes_not_back(api):
    """Neither has a revision that never was."""
    api.upload("/folder/a")
    assert api.fails("files/list_revisions", path="/folder")["path"] == {".tag": "not_file"}
    error = api.fails("files/list_revisions", path="/folder/a", before_rev="123456789")
    assert error == {".tag": "invalid_before_rev"}
    rev = api.upload("/b")["rev"]
    api.rpc("files/delete_v2", path="/b")
    api.rpc("files/create_folder_v2", path="/b")
    error = api.fails("files/restore", path="/b", rev=rev)
    assert error["path_write"] == {".tag": "conflict", "conflict": {".tag": "folder"}}


def test_archive_of_what_is_gone_is_not_found(api, failed):
    """Though it was a folder."""
    api.upload("/folder/a")
    api.rpc("files/delete_v2", path="/folder")
    error = failed(api.send("files/download_zip", {"path": "/folder"}))
    assert error["path"] == {".tag": "not_found"}


def test_content_may_come_in_chunks_of_unknown_length(api, failed):
    """As some clients send it; but no more than one request may carry."""
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    argument = {"Dropbox-API-Arg": json.dumps({"path": "/a"})}
    octets = "application/octet-stream"
    payload = api.raw("/2/files/upload", b"content", octets, headers=argument, overrides=chunked)
    assert json.loads(payload.text)["size"] == 7
    api.configure(upload_limit_bytes=3)
    payload = api.raw("/2/files/upload", b"content", octets, headers=argument, overrides=chunked)
    assert failed(payload) == {".tag": "payload_too_large"}


def test_year_of_a_file_from_long_ago_has_four_digits(api):
    """So that clients can read it back."""
    for stamp in ("0900-01-02T03:04:05Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        payload = api.upload(f"/{stamp[:4]}", client_modified=stamp)
        assert payload["client_modified"] == stamp
