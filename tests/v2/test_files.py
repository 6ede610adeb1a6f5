"""Uploads, downloads, metadata and revisions of files."""

from __future__ import annotations

import io
import json
import re
import zipfile
from hashlib import sha256

import pytest

from fakebox.core.blobs import ContentHash
from tests.v2.recorded import FILE


def content_hash(data):
    """Return the content hash of data that fits in one block."""
    return sha256(sha256(data).digest()).hexdigest()


def test_upload_returns_the_metadata_of_the_file(api):
    """The result of an upload has all documented fields of a file."""
    payload = api.upload("/Ünï.TXT", client_modified="2020-02-03T04:05:06Z")
    assert set(payload) == set(FILE)
    assert (payload["name"], payload["path_lower"], payload["size"]) == ("Ünï.TXT", "/ünï.txt", 7)
    assert payload["client_modified"] == "2020-02-03T04:05:06Z"
    assert payload["content_hash"] == content_hash(b"content")


def test_metadata_has_a_tag_for_files_and_folders(api):
    """The tag is "file" or "folder", and a folder has no rev."""
    api.upload("/folder/file")
    assert api.rpc("files/get_metadata", path="/folder/FILE")[".tag"] == "file"
    folder = api.rpc("files/get_metadata", path="/Folder")
    assert set(folder) == {".tag", "name", "path_lower", "path_display", "id"}
    assert folder["path_display"] == "/folder"


def test_metadata_is_found_by_id_and_by_rev(api):
    """After a move, the ID finds the new path and the rev finds the old path."""
    payload = api.upload("/a")
    api.rpc("files/move_v2", from_path="/a", to_path="/b")
    assert api.rpc("files/get_metadata", path=payload["id"])["path_display"] == "/b"
    assert api.rpc("files/get_metadata", path=f"rev:{payload['rev']}")["path_display"] == "/a"


def test_path_can_start_with_a_namespace(api):
    """The only known namespace is the root namespace of the account."""
    api.upload("/a")
    root = api.rpc_null("users/get_current_account")["root_info"]["root_namespace_id"]
    assert api.rpc("files/get_metadata", path=f"ns:{root}/a")["name"] == "a"
    assert api.fails("files/get_metadata", path="ns:1/a")["path"] == {".tag": "not_found"}


def test_deleted_file_is_found_only_with_include_deleted(api):
    """Metadata of a deleted file has the tag "deleted", the name and the paths."""
    api.upload("/A")
    api.rpc("files/delete_v2", path="/a")
    assert api.fails("files/get_metadata", path="/a")["path"] == {".tag": "not_found"}
    deleted = api.rpc("files/get_metadata", path="/a", include_deleted=True)
    assert deleted == {
        ".tag": "deleted",
        "name": "A",
        "path_lower": "/a",
        "path_display": "/A",
    }


@pytest.mark.parametrize("path", ["/a/", "/\\"], ids=["slash at the end", "backslash"])
def test_illegal_path_is_malformed(api, path):
    """An illegal path is a lookup error with the tag "malformed_path"."""
    assert api.fails("files/get_metadata", path=path)["path"] == {".tag": "malformed_path"}


def test_root_path_with_a_slash_is_400(api):
    """The root must be written as an empty string, and cannot be deleted."""
    response = api.post("files/list_folder", {"path": "/"})
    assert 'Specify the root folder as an empty string rather than as "/".' in response.text
    response = api.post("files/delete_v2", {"path": "ns:0"})
    assert response.status_code == 409


def test_upload_of_the_same_bytes_is_not_a_conflict(api):
    """An upload of the current bytes returns the current rev."""
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
def test_conflict_is_renamed_only_with_autorename(api, mode, name, failed):
    """A conflict is an error without autorename; with it, the new name depends on the mode."""
    api.upload("/a.txt", b"old")
    error = failed(api.send("files/upload", {"path": "/a.txt", "mode": mode}, b"new"))
    conflict = {".tag": "conflict", "conflict": {".tag": "file"}}
    assert error.pop("upload_session_id").startswith("pid_upload_session:")
    assert error == {".tag": "path", "reason": conflict}
    payload = api.upload("/a.txt", b"new", mode=mode, autorename=True)
    assert payload["name"].startswith(name[:3])
    assert payload["name"] != "a.txt"


def test_update_replaces_only_the_given_rev(api, failed):
    """An upload in the mode `update` with an earlier rev is a conflict."""
    first = api.upload("/a", b"one")
    update = {".tag": "update", "update": first["rev"]}
    second = api.upload("/a", b"two", mode=update)
    assert second["id"] == first["id"]
    assert failed(api.send("files/upload", {"path": "/a", "mode": update}, b"three"))


def test_strict_upload_conflicts_with_the_same_bytes_and_with_deletions(api, failed):
    """With `strict_conflict`, the same bytes and a deleted file are conflicts."""
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
        ("/folder/", {".tag": "malformed_path", "malformed_path": None}),
        ("id:nobody", {".tag": "malformed_path", "malformed_path": None}),
        ("id:-nobody/a", {".tag": "malformed_path", "malformed_path": None}),
        ("ns:9999/a", {".tag": "malformed_path", "malformed_path": None}),
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
def test_upload_error_has_the_reason(api, path, reason, failed):
    """The error of an upload to an impossible path contains the reason."""
    api.upload("/folder/file")
    for mode in ("add", "overwrite"):
        error = failed(api.send("files/upload", {"path": path, "mode": mode}, b"x"))
        assert error["reason"] == reason


def test_upload_over_quota_has_insufficient_space(api, failed):
    """An upload over quota has the reason "insufficient_space"."""
    api.world.accounts.configure(1, quota_bytes=3)
    error = failed(api.send("files/upload", {"path": "/a"}, b"four"))
    assert error["reason"] == {".tag": "insufficient_space"}


def test_upload_with_a_wrong_content_hash_is_not_stored(api, failed):
    """The content hash is checked before the file is stored."""
    response = api.send("files/upload", {"path": "/a", "content_hash": content_hash(b"x")}, b"y")
    assert failed(response) == {".tag": "content_hash_mismatch"}
    assert api.rpc("files/list_folder", path="")["entries"] == []
    assert api.upload("/a", b"x", content_hash=content_hash(b"x"))["size"] == 1


def test_content_hash_is_computed_from_blocks_of_4_mib(api):
    """The content hash is the hash of the hashes of all blocks."""
    data = b"x" * (4 * 1024 * 1024 + 1)
    hasher = ContentHash()
    hasher.update(data)
    payload = api.upload("/big", data, content_hash=hasher.content().hash)
    blocks = sha256(data[:-1]).digest() + sha256(data[-1:]).digest()
    assert payload["content_hash"] == sha256(blocks).hexdigest()


def test_upload_over_the_size_limit_is_an_error(api, failed):
    """An upload over the size limit gives the error "payload_too_large"."""
    api.configure(upload_limit_bytes=3)
    assert failed(api.send("files/upload", {"path": "/a"}, b"four")) == {
        ".tag": "payload_too_large"
    }


def test_download_has_the_metadata_in_an_ascii_header(api):
    """The metadata is in a response header that contains only ASCII characters."""
    payload = api.upload("/Ünï", b"0123456789")
    response = api.send("files/download", {"path": "/Ünï"})
    assert response.data == b"0123456789"
    assert json.loads(response.headers["Dropbox-API-Result"]) == payload
    assert response.headers["Dropbox-API-Result"].isascii()


def test_download_supports_ranges_and_etags(api):
    """A range is answered with 206, a matching ETag with 304, a range after the end with 416."""
    api.upload("/a", b"0123456789")
    part = api.send("files/download", {"path": "/a"}, Range="bytes=2-4")
    assert (part.status_code, part.data) == (206, b"234")
    same = {"If-None-Match": part.headers["ETag"]}
    assert api.send("files/download", {"path": "/a"}, **same).status_code == 304
    beyond = api.send("files/download", {"path": "/a"}, Range="bytes=99-")
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, "bytes */10")


def test_folder_cannot_be_downloaded(api, failed):
    """Downloading a folder as a file gives the error "not_file"."""
    api.upload("/folder/file")
    error = failed(api.send("files/download", {"path": "/folder"}))
    assert error["path"] == {".tag": "not_file"}


def test_folder_is_downloaded_as_an_archive(api):
    """The ZIP archive contains all files and folders below the name of the folder."""
    api.upload("/folder/sub/file", b"inside")
    response = api.send("files/download_zip", {"path": "/folder"})
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        assert sorted(archive.namelist()) == ["folder/", "folder/sub/", "folder/sub/file"]
        assert archive.read("folder/sub/file") == b"inside"
        folders = [entry for entry in archive.infolist() if entry.is_dir()]
        # Others can list and enter the folders that `unzip` makes.
        assert {entry.external_attr >> 16 & 0o555 for entry in folders} == {0o555}
    assert json.loads(response.headers["Dropbox-API-Result"])["metadata"]["name"] == "folder"


def test_archive_of_a_file_or_of_too_many_files_is_an_error(api, failed):
    """A file gives the error "not_folder", and too many files give "too_many_files"."""
    api.upload("/folder/file")
    error = failed(api.send("files/download_zip", {"path": "/folder/file"}))
    assert error["path"] == {".tag": "not_folder"}
    api.configure(operation_limit=0)
    assert failed(api.send("files/download_zip", {"path": "/folder"})) == {".tag": "too_many_files"}


def test_revisions_are_listed_newest_first_in_pages(api):
    """Revisions are listed in pages, and the list of a deleted file has its deletion time."""
    revs = [api.upload("/a", text, mode="overwrite")["rev"] for text in (b"1", b"2", b"3")]
    page = api.rpc("files/list_revisions", path="/a", limit=2)
    assert [entry["rev"] for entry in page["entries"]] == revs[:0:-1]
    assert page["has_more"]
    rest = api.rpc("files/list_revisions", path="/a", before_rev=revs[1])
    assert [entry["rev"] for entry in rest["entries"]] == revs[:1]
    api.rpc("files/delete_v2", path="/a")
    deleted = api.rpc("files/list_revisions", path="/a")
    assert deleted["is_deleted"]
    assert deleted["server_deleted"]


def test_restored_file_has_its_bytes_and_its_id(api):
    """Restoring a deleted file restores its bytes and its ID."""
    payload = api.upload("/a", b"old")
    api.rpc("files/delete_v2", path="/a")
    restored = api.rpc("files/restore", path="/a", rev=payload["rev"])
    assert restored["id"] == payload["id"]
    assert api.send("files/download", {"path": "/a"}).data == b"old"


def test_restore_error_names_the_path_or_the_rev(api):
    """A missing path and an unknown rev give different errors."""
    api.upload("/folder/a")
    unknown_rev = "123456789"
    assert api.fails("files/restore", path="/x", rev=unknown_rev)["path_lookup"] == {
        ".tag": "not_found"
    }
    assert api.fails("files/restore", path="/folder/a", rev=unknown_rev) == {
        ".tag": "invalid_revision"
    }


def test_permanently_deleted_file_cannot_be_restored(api):
    """A permanently deleted file has no revision that can be restored."""
    rev = api.upload("/a")["rev"]
    who = api.bearer_of_app("files.permanent_delete")
    api.rpc("files/permanently_delete", who, path="/a")
    assert api.fails("files/restore", path="/a", rev=rev) == {".tag": "invalid_revision"}


def test_temporary_link_has_the_metadata_and_a_url_of_this_emulator(api):
    """The result contains the link and the metadata of the file."""
    api.upload("/a b")
    payload = api.rpc("files/get_temporary_link", path="/a b")
    assert payload["metadata"]["name"] == "a b"
    assert re.fullmatch("http://api.example/cd/0/get/[A-Za-z0-9]+/file", payload["link"])


def test_temporary_link_has_a_host_of_its_own_for_clients_of_the_service(api):
    """A client of the real host gets a link whose host depends on the link."""
    api.upload("/a")
    links = []
    for _ in range(2):
        response = api.raw(
            "/2/files/get_temporary_link",
            b'{"path": "/a"}',
            "application/json",
            overrides={"HTTP_HOST": "api.dropboxapi.com", "wsgi.url_scheme": "https"},
        )
        links.append(json.loads(response.text)["link"])
    for link in links:
        form = r"https://(uc[0-9a-f]{26})\.dl\.dropboxusercontent\.com/cd/0/get/[A-Za-z0-9]+/file"
        assert re.fullmatch(form, link)
    assert links[0].partition(".")[0] != links[1].partition(".")[0]


def test_path_can_start_with_a_folder_id(api):
    """The ID of a folder can be followed by a relative path; an unknown ID is not found."""
    api.upload("/folder/a")
    folder = api.rpc("files/get_metadata", path="/folder")["id"]
    assert api.rpc("files/get_metadata", path=f"{folder}/a")["path_display"] == "/folder/a"
    for unknown in ("id:nonsense", "id:AAAAAAKWhP8AAAAAAAAnEA"):
        assert api.fails("files/get_metadata", path=unknown)["path"] == {".tag": "not_found"}


def test_folder_has_no_revisions_and_is_not_replaced_by_a_restore(api):
    """Listing revisions of a folder, and restoring a file over a folder, are errors."""
    api.upload("/folder/a")
    assert api.fails("files/list_revisions", path="/folder")["path"] == {".tag": "not_file"}
    error = api.fails("files/list_revisions", path="/folder/a", before_rev="123456789")
    assert error == {".tag": "invalid_before_rev"}
    rev = api.upload("/b")["rev"]
    api.rpc("files/delete_v2", path="/b")
    api.rpc("files/create_folder_v2", path="/b")
    error = api.fails("files/restore", path="/b", rev=rev)
    assert error["path_write"] == {".tag": "conflict", "conflict": {".tag": "folder"}}


def test_archive_of_a_deleted_folder_is_not_found(api, failed):
    """Downloading a deleted folder gives the error "not_found"."""
    api.upload("/folder/a")
    api.rpc("files/delete_v2", path="/folder")
    error = failed(api.send("files/download_zip", {"path": "/folder"}))
    assert error["path"] == {".tag": "not_found"}


def test_upload_with_chunked_transfer_encoding_is_accepted(api, failed):
    """Some clients use chunked transfer encoding; the size limit applies to it as well."""
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    argument = {"Dropbox-API-Arg": json.dumps({"path": "/a"})}
    octets = "application/octet-stream"
    payload = api.raw("/2/files/upload", b"content", octets, headers=argument, overrides=chunked)
    assert json.loads(payload.text)["size"] == 7
    api.configure(upload_limit_bytes=3)
    payload = api.raw("/2/files/upload", b"content", octets, headers=argument, overrides=chunked)
    assert failed(payload) == {".tag": "payload_too_large"}


def test_client_modified_always_has_a_four_digit_year(api):
    """Early years are padded with zeros, so that clients can parse the date."""
    for stamp in ("0900-01-02T03:04:05Z", "0002-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        payload = api.upload(f"/{stamp[:4]}", client_modified=stamp)
        assert payload["client_modified"] == stamp


@pytest.mark.parametrize("stamp", ["0001-01-01T00:00:00Z", "0001-12-31T23:59:59Z"])
def test_year_1_is_stored_as_2001(api, stamp):
    """The year 1, which some clients send if there is no time, is stored as 2001."""
    stored = stamp.replace("0001", "2001")
    assert api.upload("/a", client_modified=stamp)["client_modified"] == stored
    started = json.loads(api.send("files/upload_session/start", {}, b"b").text)
    cursor = {"session_id": started["session_id"], "offset": 1}
    argument = {"cursor": cursor, "commit": {"path": "/b", "client_modified": stamp}}
    finished = api.send("files/upload_session/finish", argument, b"")
    assert json.loads(finished.text)["client_modified"] == stored
